"""Candidates and their domains, one file: its steps, what it lacks, its forms."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.access import Level, Place, Right
from care.services.action_query import today
from care.services.application_files import dossier, moving
from care.services.application_files.reading import FileView, list_files, read_at, read_candidate, read_file
from care.services.books import grouped
from care.services.coverage_rule import read_declared
from care.services.errors import Forbidden, NotFound, Refused
from care.web.applications.forms import CorrectForm, FileForm, OpenForm, StepForm
from care.web.language import current_language
from care.web.pages import seen_version
from care.web.people import platform, scope
from scanners.model import Text

pages = Blueprint("applications", __name__, template_folder="templates")
CANDIDATE = "/applications/<any(ght, legal_entity):level>/<int:place_id>"
ONE = f"{CANDIDATE}/<domain>"
SHOWN = 100


@pages.get("/applications")
def index() -> str:
    """The candidates that the reader sees whole, with the step of each domain."""
    if not scope().allows_somewhere(Right.SEE_PROGRAMME):
        raise Forbidden
    words = " ".join(request.args.get("q", "").split())[:100]
    known = list_files(platform(), scope())
    found = [one for one in known if words.casefold() in f"{one.name} {one.ght}".casefold()]
    return render_template(
        "applications/index.html",
        found=found[:SHOWN],
        total=len(found),
        searched=len(known) > SHOWN or bool(words),
        words=words,
    )


@pages.get("/establishments/<int:establishment_id>/applications")
def here(establishment_id: int) -> str:
    """The domains of the candidate that the establishment belongs to."""
    found = read_at(platform(), scope(), establishment_id)
    return render_template("applications/candidate.html", found=found, here=establishment_id)


@pages.get(CANDIDATE)
def candidate(level: str, place_id: int) -> str:
    """The domains of a candidate."""
    found = read_candidate(platform(), scope(), _place(level, place_id))
    return render_template("applications/candidate.html", found=found, here=None)


@pages.get(ONE)
def one(level: str, place_id: int, domain: str) -> str:
    """One file, or the form that opens it."""
    view = read_file(platform(), scope(), _place(level, place_id), domain)
    return _page(view)


@pages.post(f"{ONE}/open")
def open_one(level: str, place_id: int, domain: str) -> ResponseReturnValue:
    """Open the file."""
    view = _managed(level, place_id, domain)
    form = OpenForm(request.form)
    said: list[Text] = []
    if status := form.saved(
        lambda: said.extend(moving.open_file(platform(), scope(), view.place, domain, form.stands()))
    ):
        return _page(view, opening=form), status
    return _done(view, _("Dossier ouvert."), said)


@pages.post(f"{ONE}/move")
def move(level: str, place_id: int, domain: str) -> ResponseReturnValue:
    """Record the next step."""
    view = _opened(level, place_id, domain)
    form = _step_form(view, request.form)
    said: list[Text] = []
    if status := form.saved(
        lambda: said.extend(moving.move_file(platform(), scope(), view.place, domain, form.step(), seen_version()))
    ):
        return _page(view, moving_on=form), status
    return _done(view, _("Étape enregistrée."), said)


@pages.get(f"{ONE}/edit")
def edit(level: str, place_id: int, domain: str) -> str:
    """The form of what people write of a file."""
    view = _opened(level, place_id, domain)
    form = FileForm()
    form.show(view)
    return _edit_page(view, form)


@pages.post(f"{ONE}/edit")
def change(level: str, place_id: int, domain: str) -> ResponseReturnValue:
    """Keep it; when somebody was quicker, what was typed stays."""
    view = _opened(level, place_id, domain)
    form = FileForm(request.form)
    seen = seen_version()
    if status := form.saved(lambda: moving.edit_file(platform(), scope(), view.place, domain, form.draft(), seen)):
        return _edit_page(view, form, view.version if status == 409 else seen), status
    return _done(view, _("Dossier enregistré."))


@pages.get(f"{ONE}/correct")
def mistake(level: str, place_id: int, domain: str) -> str:
    """The form of a correction."""
    view = _opened(level, place_id, domain)
    form = CorrectForm()
    form.show(view)
    return _correct_page(view, form)


@pages.post(f"{ONE}/correct")
def correct(level: str, place_id: int, domain: str) -> ResponseReturnValue:
    """Put a mistake right."""
    view = _opened(level, place_id, domain)
    form = CorrectForm(request.form)
    seen = seen_version()
    said: list[Text] = []
    if status := form.saved(
        lambda: said.extend(moving.correct_file(platform(), scope(), view.place, domain, form.stands(), seen))
    ):
        return _correct_page(view, form, view.version if status == 409 else seen), status
    return _done(view, _("Correction enregistrée."), said)


@pages.post(f"{ONE}/dossier")
def ask(level: str, place_id: int, domain: str) -> ResponseReturnValue:
    """Have the sealed dossier made."""
    place = _place(level, place_id)
    try:
        dossier.ask_dossier(platform(), scope(), place, domain)
    except Refused as refusal:
        view = read_file(platform(), scope(), place, domain)
        return _page(view, refusal=refusal.text.render(current_language())), 409
    flash(_("Dossier scellé demandé : il apparaît ci-dessous dès qu’il est prêt."))
    return redirect(url_for("applications.one", level=level, place_id=place_id, domain=domain, _anchor="dossiers"))


@pages.get(f"{ONE}/dossiers/<int:job_id>.zip")
def take(level: str, place_id: int, domain: str, job_id: int) -> Response:
    """Take a sealed dossier away."""
    view, path = dossier.open_dossier(platform(), scope(), _place(level, place_id), domain, job_id)
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=view.name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _place(level: str, place_id: int) -> Place:
    if not place_id:
        raise NotFound
    return Place(Level(level), place_id)


def _managed(level: str, place_id: int, domain: str) -> FileView:
    view = read_file(platform(), scope(), _place(level, place_id), domain)
    if not view.may_manage:
        raise Forbidden
    return view


def _opened(level: str, place_id: int, domain: str) -> FileView:
    view = _managed(level, place_id, domain)
    if view.state is None:
        raise NotFound
    return view


def _to(view: FileView) -> dict[str, str | int]:
    return {"level": view.place.level.value, "place_id": view.place.id, "domain": view.framework}


def _done(view: FileView, words: str, said: Iterable[Text] = ()) -> ResponseReturnValue:
    flash(" ".join([words, *(text.render(current_language()) for text in said)]))
    return redirect(url_for("applications.one", **_to(view)))  # type: ignore[arg-type]


def _step_form(view: FileView, *values: object) -> StepForm:
    if view.state is None:
        raise NotFound
    form = StepForm(view.state, *values)
    if not values:
        form.on.data = today(platform())
    return form


def _page(view: FileView, opening: OpenForm | None = None, moving_on: StepForm | None = None, refusal: str = "") -> str:
    if view.may_manage and view.state is None and opening is None:
        opening = OpenForm()
        opening.show(read_declared(platform(), scope(), view.place) if view.rule_66 else None)
    if view.may_manage and view.next and moving_on is None:
        moving_on = _step_form(view)
    made = dossier.list_dossiers(platform(), scope(), view.place, view.framework) if view.may_export else ()
    return render_template(
        "applications/one.html",
        view=view,
        to=_to(view),
        opening=opening,
        moving_on=moving_on,
        made=made,
        refusal=refusal,
        fingerprint=grouped(platform().signer.key_id),
    )


def _edit_page(view: FileView, form: FileForm, version: int | None = None) -> str:
    shown = view.version if version is None else version
    return render_template("applications/edit.html", view=view, to=_to(view), form=form, version=shown)


def _correct_page(view: FileView, form: CorrectForm, version: int | None = None) -> str:
    shown = view.version if version is None else version
    return render_template("applications/correct.html", view=view, to=_to(view), form=form, version=shown)
