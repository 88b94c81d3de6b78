"""The evidence library: the list, one piece, filing, newer versions, ties, files, sealed books."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.evidence import MACHINE_MADE, EvidenceKind, Standing, ThingKind, ThingRef
from care.services import books, evidence, library
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.library import EvidenceFilter, EvidenceSort, EvidenceView
from care.web.evidence.forms import BookForm, ChangeForm, NewForm, VersionForm, WithdrawForm, thing_of
from care.web.evidence.part import address_of, called
from care.web.forms import sent
from care.web.language import current_language
from care.web.pages import asked_page, row_number
from care.web.people import platform, scope
from care.web.place import may, of_this_place, place
from care.web.proof.guard import proof_asked

pages = Blueprint(
    "evidence", __name__, template_folder="templates", url_prefix="/establishments/<int:establishment_id>/evidence"
)
PER_PAGE = 25
# A file is never a page of CaRE: it runs nothing, loads nothing, and opens nothing in our name.
FILE_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
EVERYTHING, UNSOUND = "all", "unsound"
_FILED = tuple(kind for kind in EvidenceKind if kind not in MACHINE_MADE)


@pages.get("")
def index(establishment_id: int) -> str:
    """The library of the establishment: what is in use unless asked otherwise."""
    wanted = _wanted()
    found = library.list_evidence(platform(), scope(), establishment_id, wanted)
    return render_template(
        "evidence/index.html",
        found=found,
        wanted=wanted,
        state=request.args.get("state", ""),
        kind=request.args.get("kind", ""),
        may_add=may(Right.ADD_EVIDENCE),
        may_export=may(Right.EXPORT),
        called=called(wanted.thing) if wanted.thing else "",
    )


@pages.get("/attach")
def attach(establishment_id: int) -> str:
    """What may prove one thing: a piece of the library, or a new one."""
    _may_add()
    ref = _thing(request.args.get("thing", ""))
    wanted = EvidenceFilter(words=request.args.get("q", ""), number=asked_page(), per_page=PER_PAGE)
    found = library.list_evidence(platform(), scope(), establishment_id, wanted)
    already = {line.id for line in library.evidence_of(platform(), scope(), establishment_id, ref)}
    return render_template(
        "evidence/attach.html",
        found=found,
        wanted=wanted,
        thing=_written(ref),
        ref=ref,
        already=already,
        back=address_of(ref),
        called=called(ref),
    )


@pages.get("/new")
def new(establishment_id: int) -> str:
    """The form of a new piece."""
    form = _new_form()
    form.owner.data = scope().name
    return _new_page(form)


@pages.post("/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """File the piece, tied to what it was asked for."""
    form = _new_form()
    ref = thing_of(request.form.get("thing", ""))
    if form.received():
        try:
            details = form.details(EvidenceKind(form.kind.data))
            number = evidence.add_evidence(
                platform(), scope(), establishment_id, details, form.source(), (ref,) if ref else ()
            )
        except Invalid as refusal:
            form.blame(refusal)
        else:
            flash(_("Preuve enregistrée."))
            return _to(number, ref)
    return _new_page(form), 400


@pages.get("/<int:evidence_id>")
def one(establishment_id: int, evidence_id: int) -> str:
    """One piece: its file, its sheet, its versions, what it proves, its place in the chain."""
    return _page(_evidence(evidence_id))


@pages.post("/<int:evidence_id>/change")
def change(establishment_id: int, evidence_id: int) -> ResponseReturnValue:
    """Correct the sheet."""
    _may_add()
    view, form = _evidence(evidence_id), ChangeForm(request.form)
    if form.validate():
        try:
            details = form.details(view.line.kind, view)
            evidence.change(platform(), scope(), evidence_id, details, _number(form.version.data))
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            return _overtaken(refusal, view, form), 409
        else:
            flash(_("Fiche corrigée."))
            return _to(evidence_id)
    return _page(view, change=form), 400


@pages.get("/<int:evidence_id>/version")
def version(establishment_id: int, evidence_id: int) -> str:
    """The form of a newer version."""
    view = _replaceable(evidence_id)
    form = VersionForm()
    form.fill(view)
    form.version.data = str(view.version)
    return render_template("evidence/version.html", view=view, form=form)


@pages.post("/<int:evidence_id>/version")
def replace(establishment_id: int, evidence_id: int) -> ResponseReturnValue:
    """File the newer version."""
    view = _replaceable(evidence_id)
    form = VersionForm(sent())
    code = 400
    if form.received():
        try:
            details = form.details(view.line.kind, view)
            source = form.source()
            number = evidence.new_version(platform(), scope(), evidence_id, details, source, _number(form.version.data))
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            form.refuse(refusal)
            form.version.data, code = str(view.version), 409
        else:
            flash(_("Nouvelle version enregistrée."))
            return _to(number)
    return render_template("evidence/version.html", view=view, form=form), code


@pages.post("/<int:evidence_id>/withdraw")
def withdraw(establishment_id: int, evidence_id: int) -> ResponseReturnValue:
    """Take the piece out of use."""
    _may_add()
    view, form = _evidence(evidence_id), WithdrawForm(request.form)
    if form.validate():
        try:
            evidence.withdraw(platform(), scope(), evidence_id, form.why.data or "", _number(form.version.data))
        except Invalid as refusal:
            form.blame(refusal)
        except Refused as refusal:
            return _overtaken(refusal, view, form), 409
        else:
            flash(_("Preuve retirée : elle ne compte plus, et reste lisible."))
            return _to(evidence_id)
    return _page(view, withdraw=form), 400


@pages.post("/<int:evidence_id>/tie")
def tie(establishment_id: int, evidence_id: int) -> ResponseReturnValue:
    """Say what the piece proves."""
    _may_add()
    requirement = request.form.get("requirement", "").strip()
    written = f"{ThingKind.REQUIREMENT}:{requirement}" if requirement else request.form.get("thing", "")
    view, ref = _evidence(evidence_id), _thing(written)
    try:
        evidence.tie(platform(), scope(), evidence_id, ref)
    except Invalid as refusal:
        return _page(view, tie_error=refusal.text.render(current_language())), 400
    flash(_("Preuve jointe."))
    return _to(evidence_id, ref if "back" in request.form else None)


@pages.post("/<int:evidence_id>/untie")
def untie(establishment_id: int, evidence_id: int) -> ResponseReturnValue:
    """Say that the piece does not prove something after all."""
    _may_add()
    _evidence(evidence_id)
    evidence.untie(platform(), scope(), evidence_id, _thing(request.form.get("thing", "")))
    flash(_("Lien retiré."))
    return _to(evidence_id)


@pages.get("/<int:evidence_id>/file")
def file(establishment_id: int, evidence_id: int) -> Response:
    """The file, to be saved; or shown in place when it is asked and can run nothing."""
    content = evidence.take_content(platform(), scope(), establishment_id, evidence_id)
    shown = content.inline and "show" in request.args
    answer = send_file(
        content.path, mimetype=content.media_type, as_attachment=not shown, download_name=content.name, etag=False
    )
    answer.headers.update(FILE_HEADERS)
    return answer


@pages.get("/books")
def book_list(establishment_id: int) -> str:
    """The choice of a sealed book, what it would hold, and those already made."""
    form = _book_form(request.args)
    asked = bool(request.args) and form.validate()
    preview = books.preview(platform(), scope(), establishment_id, form.wanted()) if asked else None
    made = books.list_books(platform(), scope(), establishment_id)
    return render_template(
        "evidence/books.html",
        form=form,
        preview=preview,
        books=made,
        busy=any(not one.state.over for one in made),
        fingerprint=books.grouped(platform().signer.key_id),
    )


@pages.post("/books")
@proof_asked
def book_ask(establishment_id: int) -> ResponseReturnValue:
    """Have the book made."""
    form = _book_form(request.form)
    if not form.validate():
        raise NotFound
    books.ask_book(platform(), scope(), establishment_id, form.wanted())
    flash(_("Le dossier scellé se prépare : il apparaît ci-dessous dès qu’il est prêt."))
    return redirect(url_for("evidence.book_list", establishment_id=establishment_id))


@pages.get("/books/<int:job_id>/file")
@proof_asked
def book_file(establishment_id: int, job_id: int) -> Response:
    """Take a sealed book away."""
    where, book, path = books.open_book(platform(), scope(), job_id)
    if where != establishment_id:
        raise NotFound
    books.took_away(platform(), scope(), establishment_id, job_id)
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=book.name, etag=False)
    answer.headers.update(FILE_HEADERS)
    return answer


@pages.get("/books/verifier.py")
def book_script(establishment_id: int) -> Response:
    """The script that verifies a book, from the installation itself."""
    if not may(Right.SEE_EVIDENCE):
        raise Forbidden
    headers = {"Content-Disposition": 'attachment; filename="verifier.py"', **FILE_HEADERS}
    return Response(books.script(), mimetype="text/plain", headers=headers)


def _wanted() -> EvidenceFilter:
    asked = request.args
    state, kind, thing = asked.get("state", ""), asked.get("kind", ""), thing_of(asked.get("thing", ""))
    # Facts of weekly audits would bury what people filed: they show when asked for.
    unasked = _FILED if not (kind or state or thing) else ()
    return EvidenceFilter(
        kinds=(EvidenceKind(kind),) if kind in list(EvidenceKind) else unasked,
        thing=thing,
        standing=Standing(state) if state in list(Standing) else None,
        unsound=state == UNSOUND,
        former=state == EVERYTHING,
        words=asked.get("q", ""),
        sort=EvidenceSort(asked["sort"]) if asked.get("sort") in list(EvidenceSort) else EvidenceSort.NEWEST,
        number=asked_page(),
        per_page=PER_PAGE,
    )


def _evidence(evidence_id: int) -> EvidenceView:
    view = library.open_evidence(platform(), scope(), evidence_id)
    of_this_place(view.line)
    return view


def _replaceable(evidence_id: int) -> EvidenceView:
    view = _evidence(evidence_id)
    _may_add()
    if view.line.kind in MACHINE_MADE:
        raise Refused(evidence.NOT_REPLACEABLE)
    return view


def _page(
    view: EvidenceView, tie_error: str = "", change: ChangeForm | None = None, withdraw: WithdrawForm | None = None
) -> str:
    """The page of a piece; `change` and `withdraw` are forms refused, with their sentences."""
    filled = {name for name, form in (("change", change), ("withdraw", withdraw)) if form is not None}
    if change is None:
        change = ChangeForm()
        change.fill(view)
        change.version.data = str(view.version)
    return render_template(
        "evidence/one.html",
        view=view,
        change=change,
        withdraw=withdraw or WithdrawForm(version=str(view.version)),
        filled=filled,
        tie_error=tie_error,
        address_of=address_of,
    )


def _overtaken(refusal: Refused, former: EvidenceView, form: ChangeForm | WithdrawForm) -> str:
    """What was typed, beside what someone else saved meanwhile; saving again is then a choice."""
    view = _evidence(former.line.id)
    form.refuse(refusal)
    form.version.data = str(view.version)
    return _page(view, change=form) if isinstance(form, ChangeForm) else _page(view, withdraw=form)


def _new_form() -> NewForm:
    _may_add()
    form = NewForm(sent())
    form.prepare()
    return form


def _new_page(form: NewForm) -> str:
    thing = request.values.get("thing", "")
    ref = thing_of(thing)
    back = address_of(ref) if ref else None
    name = called(ref) if ref else ""
    return render_template("evidence/new.html", form=form, thing=thing if ref else "", ref=ref, back=back, called=name)


def _book_form(given: Any) -> BookForm:  # noqa: ANN401 - what werkzeug gives
    if not may(Right.EXPORT):
        raise Forbidden
    form = BookForm(given)
    form.prepare()
    return form


def _thing(written: str) -> ThingRef:
    ref = thing_of(written)
    if ref is None:
        raise NotFound
    return ref


def _written(ref: ThingRef) -> str:
    return f"{ref.kind.value}:{ref.id}"


def _may_add() -> None:
    if not may(Right.ADD_EVIDENCE):
        raise Forbidden


def _number(text: str | None) -> int:
    try:
        return row_number(text or "0")
    except ValueError:
        return 0


def _to(evidence_id: int, ref: ThingRef | None = None) -> ResponseReturnValue:
    """The page of the thing it proves, when it has one, else that of the evidence."""
    there = address_of(ref) if ref is not None else None
    return redirect(there or url_for("evidence.one", establishment_id=place().id, evidence_id=evidence_id))
