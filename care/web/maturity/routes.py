"""The self-assessment of crisis maturity: where it stands, one theme to answer, what an exercise throws light on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.domain.access import Right
from care.domain.maturity import TOP
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.maturity import MaturityView, QuestionView, maturity_of_exercise, read_maturity
from care.services.maturity_answering import AnswerDraft, answer_questions
from care.services.maturity_exports import maturity_csv, maturity_xlsx
from care.web.exercises.routes import the_exercise
from care.web.files import attachment
from care.web.language import current_language
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.place import may

pages = Blueprint("maturity", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/maturity"
OF_EXERCISE = "/establishments/<int:establishment_id>/exercises/<int:exercise_id>/maturity"
_MAKERS = {"csv": maturity_csv, "xlsx": maturity_xlsx}
NONE = "none"
"""What a form sends for a question that does not apply."""


@dataclass(frozen=True)
class Typed:
    """What was typed for each question and could not be recorded; `wrong` holds sentences by field."""

    scores: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: str = ""


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Where the establishment stands, theme by theme."""
    return render_template("maturity/index.html", view=read_maturity(platform(), scope(), establishment_id))


@pages.get(f"{HERE}/<theme_id>")
def theme(establishment_id: int, theme_id: str) -> str:
    """The questions of one theme."""
    return _theme_page(establishment_id, theme_id, Typed())


@pages.post(f"{HERE}/<theme_id>")
def answer(establishment_id: int, theme_id: str) -> ResponseReturnValue:
    """Record the answers of a theme, then go to the next one."""
    view = read_maturity(platform(), scope(), establishment_id)
    found, after = _around(view, theme_id)
    page = lambda typed: _theme_page(establishment_id, theme_id, typed)  # noqa: E731 - one line, used once
    refused = _record(establishment_id, view.themes[found].questions, page)
    if refused is not None:
        return refused
    if "stay" in request.form or after is None:
        return redirect(url_for("maturity.index", establishment_id=establishment_id))
    return redirect(url_for("maturity.theme", establishment_id=establishment_id, theme_id=after))


@pages.get(f"{HERE}/file.<form>")
def file(establishment_id: int, form: str) -> Response:
    """Answers as a spreadsheet."""
    if form not in _MAKERS:
        raise NotFound
    return attachment(_MAKERS[form](platform(), scope(), establishment_id), f"maturite-de-crise.{form}")


@pages.get(OF_EXERCISE)
def of_exercise(establishment_id: int, exercise_id: int) -> str:
    """The questions on which an exercise throws light."""
    return _exercise_page(exercise_id, Typed())


@pages.post(OF_EXERCISE)
def answer_of_exercise(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Record the answers that this exercise showed."""
    the_exercise(exercise_id)
    view = maturity_of_exercise(platform(), scope(), exercise_id)
    questions = [one for theme in view.themes for one in theme.questions]
    refused = _record(establishment_id, questions, lambda typed: _exercise_page(exercise_id, typed), exercise_id)
    if refused is not None:
        return refused
    return redirect(url_for("maturity.of_exercise", establishment_id=establishment_id, exercise_id=exercise_id))


def _theme_page(establishment_id: int, theme_id: str, typed: Typed) -> str:
    view = read_maturity(platform(), scope(), establishment_id)
    found, after = _around(view, theme_id)
    return render_template("maturity/theme.html", view=view, theme=view.themes[found], after=after, typed=typed)


def _exercise_page(exercise_id: int, typed: Typed) -> str:
    exercise = the_exercise(exercise_id)
    view = maturity_of_exercise(platform(), scope(), exercise_id)
    return render_template("maturity/of_exercise.html", view=view, exercise=exercise, typed=typed)


def _around(view: MaturityView, theme_id: str) -> tuple[int, str | None]:
    """The rank of a theme and the theme after it. NotFound when there is none of that number."""
    ids = [one.id for one in view.themes]
    if theme_id not in ids:
        raise NotFound
    rank = ids.index(theme_id)
    return rank, ids[rank + 1] if rank + 1 < len(ids) else None


def _record(
    establishment_id: int,
    questions: Iterable[QuestionView],
    again: Callable[[Typed], str],
    exercise_id: int | None = None,
) -> ResponseReturnValue | None:
    """Record what was chosen; the page again, with what was typed, when it cannot be."""
    if not may(Right.RUN_EXERCISE):
        raise Forbidden
    asked = list(questions)
    scores = {one.id: request.form.get(f"score-{one.id}", "") for one in asked}
    notes = {one.id: request.form.get(f"note-{one.id}", "") for one in asked}
    lost = {f"score-{key}": _("Choisissez un niveau, ou effacez la note.") for key in _unscored(scores, notes)}
    wrong = lost | {f"score-{key}": _("Choisissez un niveau.") for key, value in scores.items() if not _known(value)}
    if wrong:
        return again(Typed(scores, notes, wrong)), 400
    drafts = [_draft(one, scores[one.id], notes[one.id]) for one in asked if scores[one.id]]
    try:
        count = answer_questions(platform(), scope(), establishment_id, drafts, exercise_id)
    except Invalid as refusal:
        said = {name: text.render(current_language()) for name, text in refusal.fields.items()}
        return again(Typed(scores, notes, said)), 400
    except Refused as refusal:
        return again(Typed(scores, notes, {}, refusal.text.render(current_language()))), 409
    flash(ngettext("%(num)s réponse enregistrée.", "%(num)s réponses enregistrées.", count))
    return None


def _unscored(scores: dict[str, str], notes: dict[str, str]) -> list[str]:
    return [key for key, note in notes.items() if note.strip() and not scores[key]]


def _known(value: str) -> bool:
    return value in ("", NONE, *map(str, range(TOP + 1)))


def _draft(one: QuestionView, score: str, note: str) -> AnswerDraft:
    seen = request.form.get(f"seen-{one.id}", 0, type=row_number)
    return AnswerDraft(one.id, None if score == NONE else int(score), note, seen)
