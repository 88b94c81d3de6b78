"""Where a place stands: its frameworks, one framework, one requirement; answers, evidence, what is still lacking."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level
from care.domain.evidence import ThingKind, ThingRef
from care.domain.judging import STATUS_NAMES
from care.services import evidence
from care.services.errors import Forbidden, NotFound
from care.services.frameworks.answering import answer_requirement, withdraw_answer
from care.services.frameworks.choosing import ChoiceDraft, choose_framework
from care.services.frameworks.exports import framework_csv, framework_xlsx
from care.services.frameworks.lacking import DUE, what_is_lacking
from care.services.frameworks.one_requirement import RequirementView, open_requirement
from care.services.frameworks.reading import FrameworkView, NeedsFilter, list_needs, open_framework
from care.services.library import today
from care.web.files import attachment
from care.web.language import current_language
from care.web.needs import sections
from care.web.needs.blueprint import asked_place, at, of_place, pages
from care.web.needs.forms import AnswerForm, ChoiceForm, WithdrawalForm, number
from care.web.needs.shown import by_section, by_status, todo_address
from care.web.pages import row_number
from care.web.people import platform, scope

__all__ = ["pages", "sections"]
"""Importing the other files gives them their routes."""

_MAKERS = {"csv": framework_csv, "xlsx": framework_xlsx}


@at("")
def index(**where: object) -> str:
    """The frameworks of a place."""
    found = list_needs(platform(), scope(), asked_place(where))
    return render_template("needs/index.html", found=found, to=of_place(found.place), of_place=of_place)


@at("/missing")
def missing(**where: object) -> str:
    """What a place lacks over all its frameworks, the most useful first."""
    asked = (request.args.get("framework", ""), request.args.get("kind", DUE))
    found = what_is_lacking(platform(), scope(), asked_place(where), *asked)
    address = todo_address(found.place, ())
    return render_template(
        "needs/missing.html",
        found=found,
        to=of_place(found.place),
        of_place=of_place,
        address=address,
        asked=asked,
        DUE=DUE,
    )


@at("/<framework_id>")
def framework(framework_id: str, **where: object) -> str:
    """One framework: what lacks most first, or in the order of the text."""
    view = open_framework(platform(), scope(), asked_place(where), framework_id, wanted())
    return _framework_page(view, None)


@at("/<framework_id>/choice", "POST")
def choose(framework_id: str, **where: object) -> ResponseReturnValue:
    """Keep the profile, or that the place is not concerned."""
    place = asked_place(where)
    view = open_framework(platform(), scope(), place, framework_id, NeedsFilter())
    if not view.may_answer:
        raise Forbidden
    form = ChoiceForm(request.form)
    form.offer(dict(view.line.profiles))
    save = lambda: choose_framework(  # noqa: E731 - one line, used once
        platform(), scope(), place, framework_id, form.draft(), number(form.version.data)
    )
    if code := form.saved(save):
        form.version.data = str(view.line.choice_version)
        return _framework_page(view, form), code
    flash(_("Choix enregistré."))
    return redirect(url_for("needs.framework", framework_id=framework_id, **of_place(place)))


@at("/<framework_id>/file/<any(csv, xlsx):form>")
def file(framework_id: str, form: str, **where: object) -> ResponseReturnValue:
    """The statuses of a framework, as on the screen."""
    content = _MAKERS[form](platform(), scope(), asked_place(where), framework_id, wanted())
    return attachment(content, f"{framework_id}.{form}")


@at("/<framework_id>/<need_id>")
def requirement(framework_id: str, need_id: str, **where: object) -> str:
    """One requirement: where it stands, why, what it lacks, and the answer to give."""
    return _requirement_page(_view(where, framework_id, need_id))


@at("/<framework_id>/<need_id>/answer", "POST")
def answer(framework_id: str, need_id: str, **where: object) -> ResponseReturnValue:
    """Record an answer."""
    view = _mine_to_answer(where, framework_id, need_id)
    form = AnswerForm(request.form)
    form.offer()
    save = lambda: answer_requirement(  # noqa: E731 - one line, used once
        platform(), scope(), view.place, framework_id, form.draft(need_id)
    )
    if code := form.saved(save):
        form.seen.data = str(view.seen)
        return _requirement_page(view, form), code
    flash(_("Réponse enregistrée."))
    return _to(view)


@at("/<framework_id>/<need_id>/withdraw", "POST")
def withdraw(framework_id: str, need_id: str, **where: object) -> ResponseReturnValue:
    """Take an answer back."""
    view = _mine_to_answer(where, framework_id, need_id)
    form = WithdrawalForm(request.form)
    answer_id = request.form.get("answer", 0, type=row_number)
    save = lambda: withdraw_answer(  # noqa: E731 - one line, used once
        platform(), scope(), view.place, framework_id, answer_id, str(form.why.data or "")
    )
    if code := form.saved(save):
        return _requirement_page(_view(where, framework_id, need_id), withdrawal=form), code
    flash(_("Réponse retirée."))
    return _to(view)


@at("/<framework_id>/<need_id>/tie", "POST")
def tie(framework_id: str, need_id: str, **where: object) -> ResponseReturnValue:
    """Tie a piece already filed; `for` names another requirement that it proves too."""
    view = _view(where, framework_id, need_id)
    if not view.may_add_evidence:
        raise Forbidden
    ref = request.form.get("for") or view.ref
    if ref not in {view.ref, *(f"{one.framework}:{one.item}" for one in view.equivalents)}:
        raise NotFound
    piece = request.form.get("piece", 0, type=row_number)
    evidence.tie(platform(), scope(), piece, ThingRef(ThingKind.REQUIREMENT, ref))
    flash(_("Preuve jointe."))
    return _to(view)


@at("/<framework_id>/<need_id>/attach")
def attach(framework_id: str, need_id: str, **where: object) -> ResponseReturnValue:
    """To the library of the establishment chosen, where evidence is tied or filed."""
    view = _view(where, framework_id, need_id)
    if not view.may_add_evidence:
        raise Forbidden
    site = request.args.get("site", 0, type=row_number) or (view.sites[0].id if view.sites else 0)
    if site not in {one.id for one in view.sites}:
        raise NotFound
    thing = f"{ThingKind.REQUIREMENT.value}:{view.ref}"
    return redirect(url_for("evidence.attach", establishment_id=site, thing=thing))


def wanted() -> NeedsFilter:
    """The filter that the address of a framework holds."""
    asked = request.args
    return NeedsFilter(
        status=asked.get("status", ""),
        method=asked.get("method", ""),
        weight=asked.get("weight", ""),
        words=asked.get("q", "")[:200],
        section=asked.get("section", ""),
    )


def _view(where: dict[str, object], framework_id: str, need_id: str) -> RequirementView:
    return open_requirement(platform(), scope(), asked_place(where), framework_id, need_id)


def _mine_to_answer(where: dict[str, object], framework_id: str, need_id: str) -> RequirementView:
    view = _view(where, framework_id, need_id)
    if not view.may_answer:
        raise Forbidden
    return view


def _to(view: RequirementView) -> ResponseReturnValue:
    to = of_place(view.place)
    return redirect(url_for("needs.requirement", framework_id=view.framework, need_id=view.id, **to))


def _framework_page(view: FrameworkView, form: ChoiceForm | None) -> str:
    line = view.line
    if form is None:
        form = ChoiceForm()
        form.offer(dict(line.profiles))
        form.show(ChoiceDraft(line.profile, line.concerned, line.reason), line.choice_version)
    in_order = request.args.get("order") == "text" or bool(wanted().section)
    return render_template(
        "needs/framework.html",
        view=view,
        line=line,
        wanted=wanted(),
        in_order=in_order,
        groups=by_section(view) if in_order else by_status(view),
        choice=form,
        statuses={one.value: text.render(current_language()) for one, text in STATUS_NAMES.items()},
        to=of_place(view.place),
        of_place=of_place,
    )


def _requirement_page(
    view: RequirementView, form: AnswerForm | None = None, withdrawal: WithdrawalForm | None = None
) -> str:
    if form is None:
        form = AnswerForm()
        form.offer()
        form.show(view.seen, view.current.method if view.current else None, today(platform()))
    return render_template(
        "needs/requirement.html",
        view=view,
        form=form,
        withdrawal=withdrawal or WithdrawalForm(),
        refused=withdrawal is not None,
        address=todo_address(view.place, view.sites, view),
        one_site=view.place.id if view.place.level is Level.ESTABLISHMENT else _only(view),
        to=of_place(view.place),
        of_place=of_place,
    )


def _only(view: RequirementView) -> int:
    return view.sites[0].id if len(view.sites) == 1 else 0
