"""The awareness plan of an establishment: a year, one session, tests of phishing, the people of a year."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Right
from care.domain.awareness import SessionKind
from care.domain.evidence import ThingKind
from care.services import awareness
from care.services.action_query import today
from care.services.awareness_exports import plan_xlsx, print_sign_in
from care.services.awareness_reading import AwarenessPlan, SessionView, professions, read_plan, session_of
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.phishing_reading import PhishingReading, read_phishing
from care.services.table_files import MAX_BYTES
from care.web.awareness.forms import PhishingForm, ResultsForm, SessionForm, YearForm
from care.web.evidence.part import proofs_of
from care.web.files import attachment
from care.web.forms import file_of, sent
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.place import may
from care.web.refusals import said_as_refused
from scanners.model import Text

pages = Blueprint("awareness", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/awareness"
ONE = f"{HERE}/<int:awareness_id>"
YEAR = f"{HERE}/year/<int:year>"
_CHOOSE_FILE = Text("Choisissez un fichier.", "Choose a file.")


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """The plan of a year, attendance, tests of phishing."""
    return render_template("awareness/index.html", plan=_plan(establishment_id, _asked_year()))


@pages.get(f"{HERE}/new")
def new(establishment_id: int) -> str:
    """The form of a session."""
    form = _session_form()
    form.held_on.data = today(platform())
    return _session_page(form)


@pages.post(f"{HERE}/new")
def create(establishment_id: int) -> ResponseReturnValue:
    """Write the session down."""
    form = _session_form(filled=True)
    made: list[int] = []
    code = form.saved(_adding(establishment_id, form, made))
    if code:
        return _session_page(form), code
    flash(_("C’est noté. Joignez la feuille d’émargement ou le support comme preuve."))
    return _to(establishment_id, made[0])


@pages.get(ONE)
def one(establishment_id: int, awareness_id: int) -> str:
    """One session: attendance or results, evidence."""
    view = _session(establishment_id, awareness_id)
    return render_template(
        "awareness/one.html", view=view, line=view.line, proofs=proofs_of(ThingKind.AWARENESS, awareness_id)
    )


@pages.get(f"{ONE}/edit")
def edit(establishment_id: int, awareness_id: int) -> str:
    """The form of a known session, or of a test of phishing."""
    view = _changeable(establishment_id, awareness_id)
    form = _form_of(view)
    form.show(view)
    form.version.data = str(view.version)
    return _form_page(form, view)


@pages.post(f"{ONE}/edit")
def change(establishment_id: int, awareness_id: int) -> ResponseReturnValue:
    """Record the changes; what was typed is kept when somebody was quicker."""
    view = _changeable(establishment_id, awareness_id)
    form = _form_of(view, filled=True)
    version = seen_version()
    code = form.saved(lambda: awareness.change_session(platform(), scope(), awareness_id, form.draft(), version))
    if code:
        form.version.data = str(view.version)
        return _form_page(form, view), code
    flash(_("C’est enregistré."))
    return _to(establishment_id, awareness_id)


@pages.post(f"{ONE}/cancel")
def cancel(establishment_id: int, awareness_id: int) -> ResponseReturnValue:
    """Say that it does not take place, or was a mistake."""
    _changeable(establishment_id, awareness_id)
    with said_as_refused(Refused):
        awareness.cancel_session(platform(), scope(), awareness_id, seen_version())
        flash(_("C’est annulé : cela ne compte plus, et reste dans la liste."))
    return _to(establishment_id, awareness_id)


@pages.get(f"{ONE}/sign-in.pdf")
def sign_in(establishment_id: int, awareness_id: int) -> Response:
    """The sheet to sign."""
    _session(establishment_id, awareness_id)
    return attachment(print_sign_in(platform(), scope(), awareness_id), f"emargement-{awareness_id}.pdf")


@pages.get(f"{HERE}/phishing")
def new_phishing(establishment_id: int) -> str:
    """The form of a test: its file, or its counts."""
    _may_manage()
    form = PhishingForm()
    form.held_on.data = today(platform())
    return _phishing_page(form)


@pages.post(f"{HERE}/phishing/read")
def read_results(establishment_id: int) -> ResponseReturnValue:
    """What a file says; nothing of it is kept until the counts are confirmed."""
    _may_manage()
    upload, form = ResultsForm(sent()), PhishingForm()
    form.held_on.data = today(platform())
    file = file_of(upload.file)
    if not file:
        upload.blame(Invalid({"file": _CHOOSE_FILE}))
        return _phishing_page(form, upload=upload), 400
    try:
        reading = read_phishing(file.stream.read(MAX_BYTES + 1), file.filename or "")
    except Invalid as refusal:
        upload.blame(refusal)
        return _phishing_page(form, upload=upload), 400
    if reading.results is None:
        return _phishing_page(form, reading=reading), 400
    form.fill(reading.results)
    form.held_on.data = reading.held_on or form.held_on.data
    return _phishing_page(form, reading=reading)


@pages.post(f"{HERE}/phishing")
def create_phishing(establishment_id: int) -> ResponseReturnValue:
    """Keep the counts that were shown."""
    _may_manage()
    form = PhishingForm(request.form)
    made: list[int] = []
    code = form.saved(_adding(establishment_id, form, made))
    if code:
        return _phishing_page(form), code
    flash(_("Résultats enregistrés : des nombres, aucun nom."))
    return _to(establishment_id, made[0])


@pages.get(YEAR)
def year(establishment_id: int, year: int) -> str:
    """The form of the people of a year."""
    plan, form = _plan(establishment_id, year), _year_form()
    form.show(plan.rows, plan.source)
    form.version.data = str(plan.year_version)
    return _year_page(form, plan)


@pages.post(YEAR)
def set_year(establishment_id: int, year: int) -> ResponseReturnValue:
    """Keep what is known of a year."""
    plan, form, version = _plan(establishment_id, year), _year_form(filled=True), seen_version()
    code = form.saved(lambda: awareness.set_year(platform(), scope(), establishment_id, year, form.draft(), version))
    if code:
        form.version.data = str(plan.year_version)
        return _year_page(form, plan), code
    flash(_("Effectifs enregistrés."))
    return redirect(url_for("awareness.index", establishment_id=establishment_id, year=year))


@pages.get(f"{YEAR}/plan.xlsx")
def plan_file(establishment_id: int, year: int) -> Response:
    """The plan of a year as a workbook."""
    content = plan_xlsx(platform(), scope(), establishment_id, _plan(establishment_id, year).year)
    return attachment(content, f"sensibilisation-{year}.xlsx")


def _plan(establishment_id: int, year: int | None) -> AwarenessPlan:
    if year is not None and not awareness.EARLIEST_YEAR <= year <= awareness.LATEST_YEAR:
        raise NotFound
    return read_plan(platform(), scope(), establishment_id, year)


def _asked_year() -> int | None:
    return request.args.get("year", None, type=row_number)


def _adding(establishment_id: int, form: SessionForm | PhishingForm, made: list[int]) -> Callable[[], None]:
    def add() -> None:
        made.append(awareness.add_session(platform(), scope(), establishment_id, form.draft()))

    return add


def _session(establishment_id: int, awareness_id: int) -> SessionView:
    return session_of(platform(), scope(), establishment_id, awareness_id)


def _changeable(establishment_id: int, awareness_id: int) -> SessionView:
    view = _session(establishment_id, awareness_id)
    if not view.may_manage or view.line.cancelled:
        raise Forbidden
    return view


def _may_manage() -> None:
    if not may(Right.MANAGE_PROGRAMME):
        raise Forbidden


def _session_form(*, filled: bool = False) -> SessionForm:
    _may_manage()
    form = SessionForm(request.form) if filled else SessionForm()
    form.prepare(professions(platform(), scope().lang), request.form if filled else None)
    return form


def _year_form(*, filled: bool = False) -> YearForm:
    _may_manage()
    form = YearForm(request.form) if filled else YearForm()
    form.prepare(professions(platform(), scope().lang), request.form if filled else None)
    return form


def _form_of(view: SessionView, *, filled: bool = False) -> SessionForm | PhishingForm:
    if view.line.kind is SessionKind.PHISHING:
        return PhishingForm(request.form) if filled else PhishingForm()
    return _session_form(filled=filled)


def _form_page(form: SessionForm | PhishingForm, view: SessionView) -> str:
    if isinstance(form, PhishingForm):
        return _phishing_page(form, view)
    return _session_page(form, view)


def _session_page(form: SessionForm, view: SessionView | None = None) -> str:
    return render_template("awareness/edit.html", form=form, view=view)


def _phishing_page(
    form: PhishingForm,
    view: SessionView | None = None,
    reading: PhishingReading | None = None,
    upload: ResultsForm | None = None,
) -> str:
    return render_template(
        "awareness/phishing.html", form=form, view=view, reading=reading, upload=upload or ResultsForm()
    )


def _year_page(form: YearForm, plan: AwarenessPlan) -> str:
    return render_template("awareness/year.html", form=form, plan=plan)


def _to(establishment_id: int, awareness_id: int) -> ResponseReturnValue:
    return redirect(url_for("awareness.one", establishment_id=establishment_id, awareness_id=awareness_id))
