"""Suppliers and owners who answer about remote accesses: links, answers, reviews; and the pages behind the links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.domain.access_links import REVIEW_VERDICTS, LinkKind, ReviewVerdict
from care.domain.access_reviews import YEARLY
from care.domain.supplier_questions import ASKED, Asked, AskedKind
from care.services.access_links import by_link, closing, comparing, reviews, rhythm, supplier_links
from care.services.access_links.by_link import Decision, Opened, SupplierReply
from care.services.access_links.rows import LINK, Made
from care.services.audit_report import DocumentError
from care.services.errors import Forbidden, Invalid, Refused
from care.web.access_links.forms import LinkForm, ReviewForm, RhythmForm
from care.web.formats import day
from care.web.forms import options
from care.web.language import current_language
from care.web.people import open_to_all, platform, scope
from care.web.place import may
from care.web.qr import qr
from care.web.refusals import said_as_refused

pages = Blueprint("access_links", __name__, template_folder="templates")
LINKS = "/establishments/<int:establishment_id>/supplier-links"
REVIEWS = "/establishments/<int:establishment_id>/access-reviews"
OUTSIDE = f"{LINK}<token>"


# ── links of suppliers ──────────────────────────────────────────────────────────────────────────────────────────────


@pages.get(LINKS)
def index(establishment_id: int) -> str:
    """The links, and the form of a new one."""
    return _links_page(establishment_id, LinkForm())


@pages.post(LINKS)
def make(establishment_id: int) -> ResponseReturnValue:
    """Make a link: shown once."""
    _may_manage()
    form = LinkForm(request.form)
    made: list[Made] = []
    code = form.saved(
        lambda: made.append(supplier_links.make_link(platform(), scope(), establishment_id, form.draft()))
    )
    if code:
        return _links_page(establishment_id, form), code
    return _made_page(made, url_for("access_links.index", establishment_id=establishment_id))


@pages.get(f"{LINKS}/<int:supplier_link_id>")
def answers(establishment_id: int, supplier_link_id: int) -> str:
    """What a supplier answered, beside the register and what was measured."""
    found = comparing.read_answers(platform(), scope(), establishment_id, supplier_link_id)
    return render_template("access_links/answers.html", found=found, link=found.link, said=value_words)


@pages.post(f"{LINKS}/<int:supplier_link_id>/withdraw")
def withdraw(establishment_id: int, supplier_link_id: int) -> ResponseReturnValue:
    """Make a link open nothing any more."""
    name = supplier_links.withdraw_link(platform(), scope(), establishment_id, supplier_link_id)
    flash(_("Le lien de %(name)s n’ouvre plus rien.", name=name))
    return redirect(url_for("access_links.index", establishment_id=establishment_id))


@pages.post(f"{LINKS}/<int:supplier_link_id>/take")
def take(establishment_id: int, supplier_link_id: int) -> ResponseReturnValue:
    """Write what was chosen of an answer into the register."""
    names, seen = request.form.getlist("names"), request.form.get("seen", "")
    try:
        changed = comparing.take_answers(platform(), scope(), establishment_id, _number("answer"), names, seen)
    except Invalid as refusal:
        flash(" ".join(_said(refusal).values()), "error")
    except Refused as refusal:
        flash(refusal.text.render(current_language()), "error")
    else:
        flash(
            ngettext("%(num)s champ du registre mis à jour.", "%(num)s champs du registre mis à jour.", len(changed))
            if changed
            else _("Le registre disait déjà cela.")
        )
    return redirect(
        url_for("access_links.answers", establishment_id=establishment_id, supplier_link_id=supplier_link_id)
    )


# ── reviews ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pages.get(REVIEWS)
def review_list(establishment_id: int) -> str:
    """The reviews, and the form of a new one."""
    return _reviews_page(establishment_id, ReviewForm())


@pages.post(REVIEWS)
def open_review(establishment_id: int) -> ResponseReturnValue:
    """Open a review; the links of owners are shown once."""
    _may_manage()
    form = ReviewForm(request.form)
    made: list[tuple[int, tuple[Made, ...]]] = []
    code = form.saved(lambda: made.append(reviews.open_review(platform(), scope(), establishment_id, form.draft())))
    if code:
        return _reviews_page(establishment_id, form), code
    number, links = made[0]
    here = url_for("access_links.review", establishment_id=establishment_id, access_review_id=number)
    return _made_page(links, here) if links else redirect(here)


@pages.post(f"{REVIEWS}/rhythm")
def set_rhythm(establishment_id: int) -> ResponseReturnValue:
    """How often accesses are reviewed, and whether reviews open by themselves."""
    _may_manage()
    form = RhythmForm(request.form)
    code = form.saved(
        lambda: rhythm.set_rhythm(
            platform(), scope(), establishment_id, form.months.data or 0, opens=bool(form.opens.data)
        )
    )
    if code:
        return _reviews_page(establishment_id, ReviewForm(), form), code
    flash(_("Rythme des revues enregistré."))
    return redirect(url_for("access_links.review_list", establishment_id=establishment_id))


@pages.get(f"{REVIEWS}/<int:access_review_id>")
def review(establishment_id: int, access_review_id: int) -> str:
    """A review: who decided what, what is to be closed."""
    return _review_page(establishment_id, access_review_id, {})


@pages.post(f"{REVIEWS}/<int:access_review_id>/decide")
def decide(establishment_id: int, access_review_id: int) -> ResponseReturnValue:
    """Decide in the place of owners."""
    try:
        count = reviews.decide_here(platform(), scope(), establishment_id, access_review_id, _decisions())
    except Invalid as refusal:
        return _review_page(establishment_id, access_review_id, _said(refusal)), 400
    except Refused as refusal:
        flash(refusal.text.render(current_language()), "error")
    else:
        flash(ngettext("%(num)s décision enregistrée.", "%(num)s décisions enregistrées.", count))
    return redirect(
        url_for("access_links.review", establishment_id=establishment_id, access_review_id=access_review_id)
    )


@pages.post(f"{REVIEWS}/<int:access_review_id>/remind")
def remind(establishment_id: int, access_review_id: int) -> ResponseReturnValue:
    """A new link for an owner, mailed when it can be."""
    here = url_for("access_links.review", establishment_id=establishment_id, access_review_id=access_review_id)
    with said_as_refused(Refused):
        made = reviews.renew_link(platform(), scope(), establishment_id, access_review_id, _number("link"))
        return _made_page([made], here)
    return redirect(here)


@pages.post(f"{REVIEWS}/<int:access_review_id>/close")
def close(establishment_id: int, access_review_id: int) -> ResponseReturnValue:
    """Close a review: its minutes become evidence."""
    try:
        closing.close_review(platform(), scope(), establishment_id, access_review_id)
    except (Refused, DocumentError) as refusal:
        flash(refusal.text.render(current_language()), "error")
    else:
        flash(_("Revue close : son compte rendu est déposé dans les preuves."))
    return redirect(
        url_for("access_links.review", establishment_id=establishment_id, access_review_id=access_review_id)
    )


# ── behind a link, without an account ───────────────────────────────────────────────────────────────────────────────


@pages.get(OUTSIDE)
@open_to_all
def asked(token: str) -> str:
    """What a link asks."""
    return _asked_page(token, {}, {})


@pages.post(OUTSIDE)
@open_to_all
def answer(token: str) -> ResponseReturnValue:
    """What the holder of a link answers."""
    opened = by_link.open_link(platform(), token)
    signed = request.form.get("signed_by", "")
    try:
        if opened.kind is LinkKind.SUPPLIER:
            by_link.reply(platform(), token, SupplierReply(signed, _by_access(opened)))
        else:
            by_link.decide(platform(), token, signed, _decisions())
    except Invalid as refusal:
        return _asked_page(token, request.form.to_dict(), _said(refusal)), 400
    flash(_("Merci : vos réponses sont enregistrées. Vous pouvez les corriger tant que ce lien est valable."))
    return redirect(url_for("access_links.asked", token=token))


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _links_page(establishment_id: int, form: LinkForm) -> str:
    found = supplier_links.read_links(platform(), scope(), establishment_id)
    form.supplier.choices = options(
        (name, ngettext("%(name)s (%(num)s accès)", "%(name)s (%(num)s accès)", count, name=name))
        for name, count in found.suppliers
    )
    return render_template("access_links/index.html", found=found, form=form)


def _reviews_page(establishment_id: int, form: ReviewForm, rhythm_form: RhythmForm | None = None) -> str:
    found = reviews.list_reviews(platform(), scope(), establishment_id)
    view = rhythm.read_rhythm(platform(), scope(), establishment_id)
    shown = rhythm_form or RhythmForm(months=view.rhythm.months, opens=view.rhythm.opens)
    return render_template(
        "access_links/reviews.html",
        found=found,
        form=form,
        view=view,
        rhythm_form=shown,
        yearly=YEARLY,
        may_manage=may(Right.MANAGE_TARGETS),
    )


def _review_page(establishment_id: int, access_review_id: int, wrong: Mapping[str, str]) -> str:
    found = reviews.read_review(platform(), scope(), establishment_id, access_review_id)
    typed = request.form.to_dict() if wrong else {}
    return render_template(
        "access_links/review.html", found=found, line=found.line, verdicts=_verdicts(), wrong=wrong, typed=typed
    )


def _made_page(made: list[Made] | tuple[Made, ...], back: str) -> str:
    pictures = {one.link_id: qr(one.link, _("QR du lien de %(name)s", name=one.name), "way-qr") for one in made}
    local = not platform().settings.public_url
    return render_template("access_links/made.html", made=made, pictures=pictures, back=back, local=local)


def _asked_page(token: str, typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    opened = by_link.open_link(platform(), token)
    return render_template(
        "access_links/asked.html",
        opened=opened,
        asked=[_question(one) for one in ASKED],
        verdicts=_verdicts(),
        typed=typed,
        wrong=wrong,
        typed_as=_typed_as,
    )


def value_words(asked: Asked, value: Any) -> str:  # noqa: ANN401 - a value of JSON
    """A value of the register, or of an answer, as it is read."""
    if value is None:
        return str(_("non renseigné"))
    if asked.kind is AskedKind.YES_NO:
        return str(_("oui") if value else _("non"))
    if asked.choices is not None:
        known = asked.choices.get(str(value))
        return known.render(current_language()) if known else str(value)
    if asked.kind is AskedKind.LINES:
        return ", ".join(map(str, value))
    return day(date.fromisoformat(value)) if asked.kind is AskedKind.DAY else str(value)


def _question(asked: Asked) -> dict[str, Any]:
    lang = current_language()
    yes_no = {"yes": _("oui"), "no": _("non")} if asked.kind is AskedKind.YES_NO else {}
    choices = {value: words.render(lang) for value, words in (asked.choices or {}).items()} or yes_no
    return {
        "name": asked.name,
        "kind": asked.kind.value,
        "title": asked.title.render(lang),
        "help": asked.help.render(lang),
        "choices": choices,
    }


def _typed_as(value: Any) -> str:  # noqa: ANN401 - a value of JSON
    """What was said before, as its field holds it."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    return "\n".join(value) if isinstance(value, list) else str(value)


def _number(field: str) -> int:
    return row_number_of(request.form.get(field, ""))


def row_number_of(typed: str) -> int:
    """The number of a row as a field holds it; 0, which is none, for anything else."""
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


def _may_manage() -> None:
    if not may(Right.MANAGE_TARGETS):
        raise Forbidden


def _verdicts() -> dict[str, str]:
    return {one.value: words.render(current_language()) for one, words in REVIEW_VERDICTS.items()}


def _by_access(opened: Opened) -> dict[int, dict[str, str]]:
    """What was typed, by access: fields are `<number>-<question>`."""
    known = {one.answer_id for one in opened.accesses}
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for field, value in request.form.items():
        number, _dash, name = field.partition("-")
        if row_number_of(number) in known:
            found[row_number_of(number)][name] = value
    return found


def _decisions() -> dict[int, Decision]:
    """What was decided, by number: `<number>-verdict` and `<number>-note`; what is no verdict decides nothing."""
    found: dict[int, Decision] = {}
    for field, value in request.form.items():
        number, _dash, name = field.partition("-")
        if name == "verdict" and value in list(ReviewVerdict):
            found[row_number_of(number)] = Decision(ReviewVerdict(value), request.form.get(f"{number}-note", ""))
    return found


def _said(refusal: Invalid) -> dict[str, str]:
    return {name: text.render(current_language()) for name, text in refusal.fields.items()}
