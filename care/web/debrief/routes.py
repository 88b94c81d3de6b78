"""The pages of a debrief: what the exercise showed, its lessons, its questionnaires, its closing, its documents."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from care.domain.actions import ActionSource
from care.domain.evidence import ThingKind
from care.domain.exercise_references import reference_name
from care.domain.exercises import PLAYED, RETEX_WITHIN, ExerciseStage
from care.services.exercises.closing import close_exercise, propose_closing
from care.services.exercises.debrief_workbook import debrief_xlsx
from care.services.exercises.lessons import (
    ExerciseRef,
    Lesson,
    Lessons,
    act_on_lesson,
    add_lesson,
    change_lesson,
    drop_lesson,
    exercise_of_test,
    lessons_of,
    origin_exercise,
    owners_for,
)
from care.services.exercises.outcome import Closing
from care.services.exercises.reading import ExerciseLine
from care.services.exercises.retex import Paper, attestation_pdf, compared, report_pdf
from care.services.exercises.worth import PlanWorth, eligibility_of_plan
from care.web.debrief.asking import HERE, pages, seen_in
from care.web.debrief.forms import ActionForm, ClosingForm, LessonForm
from care.web.evidence.part import proofs_of
from care.web.exercises.routes import the_exercise, the_exercise_to_run, to
from care.web.files import attachment
from care.web.pages import seen_version
from care.web.people import platform, scope

__all__ = ["pages"]


@pages.app_template_global("exercise_worth")
def exercise_worth(exercise: ExerciseLine) -> PlanWorth | None:
    """What an exercise would count for, played as planned; None once it was."""
    planned = exercise.stage in (ExerciseStage.PREPARED, ExerciseStage.LIVE)
    return eligibility_of_plan(platform(), scope(), exercise.id) if planned else None


@pages.app_template_global("exercise_behind")
def exercise_behind(source: ActionSource, source_ref: str) -> ExerciseRef | None:
    """The exercise that an action comes from, for the page of the action."""
    return origin_exercise(platform(), scope(), source, source_ref)


@pages.app_template_global("exercise_tested")
def exercise_tested(test_id: int) -> ExerciseRef | None:
    """The exercise that a continuity test is, for the page of the test."""
    return exercise_of_test(platform(), scope(), test_id)


@pages.get(HERE)
def index(establishment_id: int, exercise_id: int) -> str:
    """What the exercise showed, and what remains to be done."""
    exercise = the_exercise(exercise_id)
    if exercise.stage not in PLAYED:
        return render_template("debrief/early.html", exercise=exercise)
    seen = seen_in(exercise)
    return render_template(
        "debrief/index.html",
        exercise=exercise,
        seen=seen,
        named=lambda reference: reference_name(reference).render(scope().lang),
        compared=list(compared(seen.figures, seen.before, scope().lang)) if seen.before else [],
        due=(exercise.ended_at + RETEX_WITHIN) if exercise.ended_at else None,
        proofs=proofs_of(ThingKind.EXERCISE, exercise.id),
    )


@pages.get(f"{HERE}/timeline")
def timeline(establishment_id: int, exercise_id: int) -> str:
    """Every stimulus, planned against played, with its reactions."""
    exercise = the_exercise(exercise_id)
    return render_template("debrief/timeline.html", exercise=exercise, seen=seen_in(exercise))


@pages.get(f"{HERE}/lessons")
def lessons(establishment_id: int, exercise_id: int) -> str:
    """The lessons, and the form that takes one more."""
    form = LessonForm(request.args)
    form.text.data = ""
    return _lessons_page(the_exercise(exercise_id), form)


@pages.post(f"{HERE}/lessons")
def note(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Note a lesson; the form stays as it was for the next one."""
    exercise = the_exercise_to_run(exercise_id)
    form = LessonForm(request.form).offer(_lessons(exercise))
    code = form.saved(lambda: add_lesson(platform(), scope(), exercise.id, form.draft()))
    if code:
        return _lessons_page(exercise, form), code
    kept = {"kind": form.kind.data, "objective": form.objective.data, "cell": form.cell.data}
    return to("debrief.lessons", exercise, **kept, _anchor="text")


@pages.post(f"{HERE}/lessons/<int:lesson_id>")
def change(establishment_id: int, exercise_id: int, lesson_id: int) -> ResponseReturnValue:
    """Put a lesson in other words; what was typed stays when somebody was quicker."""
    exercise = the_exercise_to_run(exercise_id)
    form = LessonForm(request.form).offer(_lessons(exercise))
    seen = str(form.seen.data or "")
    code = form.saved(lambda: change_lesson(platform(), scope(), exercise.id, lesson_id, form.draft(), seen))
    if code:
        return _lessons_page(exercise, LessonForm(), (lesson_id, form)), code
    return to("debrief.lessons", exercise, _anchor=f"lesson-{lesson_id}")


@pages.post(f"{HERE}/lessons/<int:lesson_id>/drop")
def drop(establishment_id: int, exercise_id: int, lesson_id: int) -> ResponseReturnValue:
    """Take a lesson back."""
    exercise = the_exercise(exercise_id)
    drop_lesson(platform(), scope(), exercise.id, lesson_id)
    flash(_("Enseignement effacé."))
    return to("debrief.lessons", exercise)


@pages.post(f"{HERE}/lessons/<int:lesson_id>/action")
def act(establishment_id: int, exercise_id: int, lesson_id: int) -> ResponseReturnValue:
    """Make an action of a gap."""
    exercise = the_exercise(exercise_id)
    form = ActionForm(request.form).offer(owners_for(platform(), scope(), exercise.establishment_id))
    code = form.saved(lambda: act_on_lesson(platform(), scope(), exercise.id, lesson_id, form.duty()))
    if code:
        return _lessons_page(exercise, LessonForm(), None, (lesson_id, form)), code
    flash(_("Action créée."))
    return to("debrief.lessons", exercise, _anchor=f"lesson-{lesson_id}")


def _lessons(exercise: ExerciseLine) -> Lessons:
    return lessons_of(platform(), scope(), exercise.id)


def _lessons_page(
    exercise: ExerciseLine,
    form: LessonForm,
    changed: tuple[int, LessonForm] | None = None,
    acted: tuple[int, ActionForm] | None = None,
) -> str:
    found = _lessons(exercise)
    people = owners_for(platform(), scope(), exercise.establishment_id) if found.may_act else ()
    return render_template(
        "debrief/lessons.html",
        exercise=exercise,
        found=found,
        form=form.offer(found),
        edit_form=lambda lesson: _edit_form(found, lesson, changed),
        action_form=lambda lesson: (
            acted[1] if acted and acted[0] == lesson.id else ActionForm(formdata=None).offer(people)
        ),
        changed=changed and changed[0],
        acted=acted and acted[0],
    )


def _edit_form(found: Lessons, lesson: Lesson, changed: tuple[int, LessonForm] | None) -> LessonForm:
    """The form of a known lesson: as typed when it was refused, else as it is."""
    if changed is not None and changed[0] == lesson.id:
        return changed[1]
    form = LessonForm(formdata=None, obj=lesson, data={"kind": lesson.kind.value, "seen": lesson.mark})
    return form.offer(found)


@pages.get(f"{HERE}/close")
def closing(establishment_id: int, exercise_id: int) -> str:
    """The form that closes the exercise, or corrects its closing."""
    exercise = the_exercise(exercise_id)
    found, form = propose_closing(platform(), scope(), exercise.id), ClosingForm()
    form.show(found)
    return _closing_page(exercise, found, form, found.version)


@pages.post(f"{HERE}/close")
def close(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Close the exercise as confirmed; when somebody was quicker, what was typed stays."""
    exercise = the_exercise(exercise_id)
    found, form = propose_closing(platform(), scope(), exercise.id), ClosingForm(request.form)
    seen = seen_version()
    code = form.saved(lambda: close_exercise(platform(), scope(), exercise.id, form.outcome(), seen))
    if code:
        return _closing_page(exercise, found, form, found.version if code == 409 else seen), code
    flash(_("Exercice clos : son rapport est scellé parmi les preuves."))
    return to("debrief.index", exercise)


def _closing_page(exercise: ExerciseLine, found: Closing, form: ClosingForm, version: int) -> str:
    return render_template("debrief/close.html", exercise=exercise, found=found, form=form, version=version)


@pages.get(f"{HERE}/report.pdf")
def report(establishment_id: int, exercise_id: int) -> Response:
    """The report (RETEX): the sealed file once the exercise is closed, a draft before."""
    return _paper(the_exercise(exercise_id), report_pdf)


@pages.get(f"{HERE}/attestation.pdf")
def attestation(establishment_id: int, exercise_id: int) -> Response:
    """The attestation that the exercise was played, for the establishment."""
    return _paper(the_exercise(exercise_id), attestation_pdf)


@pages.get(f"{HERE}/attestations.pdf")
def attestations(establishment_id: int, exercise_id: int) -> Response:
    """An attestation for each of those who took part."""
    exercise = the_exercise(exercise_id)
    return _sent(attestation_pdf(platform(), scope(), exercise.id, people=True))


@pages.get(f"{HERE}/exercise.xlsx")
def workbook(establishment_id: int, exercise_id: int) -> Response:
    """Stimuli, reactions, scores, messages and events, to compute with."""
    return _paper(the_exercise(exercise_id), debrief_xlsx)


def _paper(exercise: ExerciseLine, made: Callable[..., Paper]) -> Response:
    return _sent(made(platform(), scope(), exercise.id))


def _sent(paper: Paper) -> Response:
    return attachment(paper.content, paper.name)
