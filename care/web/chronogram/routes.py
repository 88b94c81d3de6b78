"""The chronogram of an exercise: the whole of it; its stimuli, documents, cells, phases, objectives and decisions."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Response, flash, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.services.errors import Invalid, NotFound, Refused
from care.services.evidence_files import Upload
from care.services.exercises import documents, editing
from care.services.exercises.chronogram import StimulusPage, read_chronogram, read_parts, read_stimulus
from care.services.exercises.reading import ExerciseLine
from care.web.chronogram import workbooks  # noqa: F401 - its routes
from care.web.chronogram.blueprint import HERE, pages
from care.web.chronogram.forms import (
    PARTS,
    DocumentForm,
    Row,
    StimulusForm,
    kept_rows,
    rows_of,
    rows_sent,
    stimulus_form,
    typed_row,
)
from care.web.exercises.routes import the_exercise_to_run, to
from care.web.forms import file_of, sent
from care.web.language import current_language
from care.web.pages import row_number, seen_version
from care.web.people import platform, scope
from care.web.refusals import said_as_refused

STIMULUS = f"{HERE}/stimuli/<stimulus>"


@pages.get(HERE)
def index(establishment_id: int, exercise_id: int) -> str:
    """The whole chronogram."""
    return _index(the_exercise_to_run(exercise_id), DocumentForm())


def _index(exercise: ExerciseLine, form: DocumentForm) -> str:
    found = read_chronogram(platform(), scope(), exercise.id)
    return render_template("chronogram/index.html", exercise=exercise, found=found, form=form)


@pages.get(f"{HERE}/new")
def new(establishment_id: int, exercise_id: int) -> str:
    """The form of a new stimulus; its minute may be given by the address."""
    exercise = the_exercise_to_run(exercise_id)
    page = read_stimulus(platform(), scope(), exercise_id, "")
    form = stimulus_form(page)
    form.at.data = request.args.get("at", type=row_number)
    form.id.data = editing.next_id(page.kit, reserve="reserve" in request.args)
    return _form_page(exercise, page, form)


@pages.post(f"{HERE}/new")
def add(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Add the stimulus."""
    return _save(exercise_id, "")


@pages.get(STIMULUS)
def edit(establishment_id: int, exercise_id: int, stimulus: str) -> str:
    """The form of a stimulus, with the words that players will read beside it."""
    exercise = the_exercise_to_run(exercise_id)
    page = read_stimulus(platform(), scope(), exercise_id, stimulus)
    return _form_page(exercise, page, stimulus_form(page))


@pages.post(STIMULUS)
def change(establishment_id: int, exercise_id: int, stimulus: str) -> ResponseReturnValue:
    """Record the stimulus; what was typed stays when it cannot be."""
    return _save(exercise_id, stimulus)


def _save(exercise_id: int, stimulus: str) -> ResponseReturnValue:
    exercise = the_exercise_to_run(exercise_id)
    page = read_stimulus(platform(), scope(), exercise_id, stimulus)
    form = stimulus_form(page, request.form)
    code = form.saved(
        lambda: editing.save_stimulus(platform(), scope(), exercise_id, stimulus, form.typed(), form.mark.data or "")
    )
    if code:
        changed = code == 409 and form.mark.data != page.mark
        form.mark.data = page.mark if changed else form.mark.data
        return _form_page(exercise, page, form, changed=changed), code
    flash(_("Stimulus enregistré : le chronogramme reste jouable."))
    return to("chronogram.index", exercise, _anchor=form.typed()["id"])


def _form_page(exercise: ExerciseLine, page: StimulusPage, form: StimulusForm, *, changed: bool = False) -> str:
    return render_template("chronogram/stimulus.html", exercise=exercise, page=page, form=form, changed=changed)


@pages.post(f"{STIMULUS}/remove")
def remove(establishment_id: int, exercise_id: int, stimulus: str) -> ResponseReturnValue:
    """Take the stimulus out."""
    exercise = the_exercise_to_run(exercise_id)
    with said_as_refused(Refused):
        editing.remove_stimulus(platform(), scope(), exercise_id, stimulus, request.form.get("mark", ""))
        flash(_("Stimulus %(name)s retiré.", name=stimulus))
        return to("chronogram.index", exercise)
    return to("chronogram.edit", exercise, stimulus=stimulus)


@pages.post(f"{HERE}/shift")
def shift(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Move stimuli in time."""
    exercise, given = the_exercise_to_run(exercise_id), request.form
    stimulus, minutes = given.get("stimulus", ""), _minutes(given.get("minutes", ""))
    with said_as_refused(Refused, Invalid, NotFound):
        moved = editing.shift(
            platform(), scope(), exercise_id, stimulus, minutes, seen_version(),
            following="following" in given,
        )  # fmt: skip
        flash(ngettext("%(num)s stimulus décalé.", "%(num)s stimuli décalés.", moved))
    return to("chronogram.index", exercise, _anchor=stimulus)


def _minutes(words: str) -> int:
    """A number of minutes, with its sign; 0 moves nothing."""
    words = words.strip().replace("−", "-")
    return int(words) if words.lstrip("+-").isdigit() and len(words) < 5 else 0


@pages.post(f"{HERE}/documents")
def add_document(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Keep a document."""
    exercise, form = the_exercise_to_run(exercise_id), DocumentForm(sent())
    file = file_of(form.file)
    if not file:
        form.file.errors = [_("Choisissez un fichier.")]
        return _index(exercise, form), 400
    try:
        upload = Upload(file.filename or "", cast(BinaryIO, file.stream))
        name = documents.add_document(platform(), scope(), exercise_id, upload)
    except Invalid as refusal:
        form.blame(refusal)
        return _index(exercise, form), 400
    flash(_("Document « %(name)s » déposé : joignez-le à un stimulus.", name=name))
    return to("chronogram.index", exercise, _anchor="documents")


@pages.get(f"{HERE}/documents/<document_name>")
def document(establishment_id: int, exercise_id: int, document_name: str) -> Response:
    """A document, to be kept, never shown inside the site."""
    the_exercise_to_run(exercise_id)
    found = documents.open_document(platform(), scope(), exercise_id, document_name)
    return send_file(found.path, mimetype="application/octet-stream", as_attachment=True, download_name=found.name)


@pages.post(f"{HERE}/documents/<document_name>/remove")
def remove_document(establishment_id: int, exercise_id: int, document_name: str) -> ResponseReturnValue:
    """Take a document away."""
    exercise = the_exercise_to_run(exercise_id)
    with said_as_refused(Refused):
        documents.remove_document(platform(), scope(), exercise_id, document_name)
        flash(_("Document « %(name)s » retiré.", name=document_name))
    return to("chronogram.index", exercise, _anchor="documents")


@pages.get(f"{HERE}/parts")
def parts(establishment_id: int, exercise_id: int) -> str:
    """Cells, phases, objectives and decisions."""
    return _parts_page(the_exercise_to_run(exercise_id))


@pages.post(f"{HERE}/parts/<part>")
def save_part(establishment_id: int, exercise_id: int, part: str) -> ResponseReturnValue:
    """Record one of these lists; what was typed stays when it cannot be."""
    exercise = the_exercise_to_run(exercise_id)
    if part not in PARTS:
        raise NotFound
    rows = rows_sent(part, request.form)
    kept = kept_rows(part, rows)
    raw = read_parts(platform(), scope(), exercise_id).raw[part]
    try:
        typed = [typed_row(part, row, raw) for _n, row in kept]
        editing.save_part(platform(), scope(), exercise_id, part, typed, request.form.get("mark", ""))
    except Invalid as refusal:
        return _parts_page(exercise, part, rows, _blamed(refusal, [n for n, _row in kept])), 400
    except Refused as refusal:
        return _parts_page(exercise, part, rows, {"": [refusal.text.render(current_language())]}), 409
    flash(_("%(title)s : enregistré.", title=PARTS[part].title))
    return to("chronogram.parts", exercise, _anchor=part)


def _blamed(refusal: Invalid, places: list[int]) -> dict[str, list[str]]:
    """The sentences of each field of the form: `name-2`; "" for those of none."""
    found: dict[str, list[str]] = {}
    for key, text in refusal.fields.items():
        row, _dot, name = key.removeprefix("[").partition("].")
        at = f"{name.partition('[')[0].partition('.')[0]}-{places[int(row) - 1]}" if row.isdigit() and name else ""
        found.setdefault(at, []).append(text.render(current_language()))
    return found


def _parts_page(
    exercise: ExerciseLine, part: str = "", rows: list[Row] | None = None, wrong: dict[str, list[str]] | None = None
) -> str:
    page = read_parts(platform(), scope(), exercise.id)
    shown: dict[str, Any] = {key: rows_of(key, page.raw[key]) for key in PARTS}
    if part:
        shown[part] = rows
    return render_template(
        "chronogram/parts.html", exercise=exercise, page=page, forms=PARTS, rows=shown, part=part, wrong=wrong or {}
    )
