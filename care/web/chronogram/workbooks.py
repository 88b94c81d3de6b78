"""The chronogram taken out as a workbook, and read back: what would change is shown, then done."""

from __future__ import annotations

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.services.errors import Invalid, Refused
from care.services.exercises import workbook, workbook_import
from care.services.exercises.reading import ExerciseLine
from care.services.exercises.workbook_import import WorkbookPreview
from care.web.chronogram.blueprint import HERE, pages
from care.web.chronogram.forms import WorkbookForm
from care.web.exercises.routes import the_exercise_to_run, to
from care.web.files import attachment
from care.web.forms import file_of, sent
from care.web.language import current_language
from care.web.people import platform, scope


@pages.get(f"{HERE}.xlsx")
def workbook_file(establishment_id: int, exercise_id: int) -> Response:
    """The chronogram as a workbook."""
    the_exercise_to_run(exercise_id)
    return attachment(workbook.chronogram_workbook(platform(), scope(), exercise_id), "chronogramme.xlsx")


@pages.get(f"{HERE}/import")
def import_workbook(establishment_id: int, exercise_id: int) -> str:
    """The form of an import."""
    return _form_page(the_exercise_to_run(exercise_id), WorkbookForm())


@pages.post(f"{HERE}/import")
def preview_workbook(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """What the workbook would change."""
    exercise, form = the_exercise_to_run(exercise_id), WorkbookForm(sent())
    file = file_of(form.file)
    try:
        if not file:
            form.file.errors = [_("Choisissez un classeur.")]
            return _form_page(exercise, form), 400
        content = file.stream.read(workbook_import.MAX_BYTES + 1)
        found = workbook_import.preview_workbook(platform(), scope(), exercise_id, content)
    except Invalid as refusal:
        form.blame(refusal)
        return _form_page(exercise, form), 400
    return _preview_page(exercise, form, found), 400 if found.faults else 200


@pages.post(f"{HERE}/import/confirm")
def confirm_workbook(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Do what was shown."""
    exercise, form, stimuli = the_exercise_to_run(exercise_id), WorkbookForm(), request.form.get("stimuli", "")
    try:
        workbook_import.apply_workbook(platform(), scope(), exercise_id, stimuli, request.form.get("seen", ""))
    except (Refused, Invalid) as refusal:
        form.other_errors.append(refusal.text.render(current_language()))
        try:
            found = workbook_import.preview_again(platform(), scope(), exercise_id, stimuli)
        except Refused:
            return _form_page(exercise, form), 409
        return _preview_page(exercise, form, found), 409
    flash(_("Chronogramme mis à jour depuis le classeur."))
    return to("chronogram.index", exercise)


def _form_page(exercise: ExerciseLine, form: WorkbookForm) -> str:
    return render_template("chronogram/import.html", exercise=exercise, form=form)


def _preview_page(exercise: ExerciseLine, form: WorkbookForm, found: WorkbookPreview) -> str:
    return render_template("chronogram/import_preview.html", exercise=exercise, form=form, found=found)
