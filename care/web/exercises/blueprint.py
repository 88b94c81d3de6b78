"""What the pages of exercises begin with: the blueprint, the tabs of one exercise, the exercise of the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from care.services.errors import Forbidden
from care.services.exercises.reading import ExerciseLine, open_exercise
from care.web.people import platform, scope
from care.web.place import of_this_place

pages = Blueprint("exercises", __name__, template_folder="templates")
HERE = "/establishments/<int:establishment_id>/exercises"
ONE = f"{HERE}/<int:exercise_id>"


@dataclass(frozen=True)
class Tab:
    """A page of an exercise. `running`: only for who conducts it."""

    endpoint: str
    words: Any
    icon: str
    running: bool = False


TABS = (
    Tab("exercises.one", _("Vue d’ensemble"), "info-circle"),
    Tab("preparation.index", _("Préparer"), "list-check", running=True),
    Tab("chronogram.index", _("Chronogramme"), "table", running=True),
    Tab("prints.index", _("Imprimer"), "printer", running=True),
    Tab("play.codes", _("Badges"), "qr-code", running=True),
    Tab("facilitation.board", _("Animer"), "play-fill", running=True),
    Tab("logbooks.of_exercise", _("Main courante"), "journal-text"),
    Tab("debrief.index", _("Débriefing"), "clipboard-check"),
)
"""Each subject writes its own line here."""


@pages.app_template_global("exercise_tabs")
def exercise_tabs(exercise: ExerciseLine) -> list[tuple[str, Tab, bool]]:
    """The pages of an exercise for this person: address, tab, whether it is the one shown."""
    here = (request.endpoint or "").split(".")[0]
    found = [one for one in TABS if exercise.may_run or not one.running]
    return [(_address(one.endpoint, exercise), one, one.endpoint.split(".")[0] == here) for one in found]


def the_exercise(exercise_id: int) -> ExerciseLine:
    """The exercise of a page; NotFound when it belongs to another establishment than the address says."""
    return of_this_place(open_exercise(platform(), scope(), exercise_id))


def the_exercise_to_run(exercise_id: int) -> ExerciseLine:
    """The same, for who conducts it; Forbidden for others, who must not know what comes."""
    exercise = the_exercise(exercise_id)
    if not exercise.may_run:
        raise Forbidden
    return exercise


def to(endpoint: str, exercise: ExerciseLine, **values: Any) -> ResponseReturnValue:  # noqa: ANN401 - as url_for takes them
    """On to a page of an exercise."""
    return redirect(_address(endpoint, exercise, **values))


def _address(endpoint: str, exercise: ExerciseLine, **values: Any) -> str:  # noqa: ANN401 - as url_for takes them
    return url_for(endpoint, establishment_id=exercise.establishment_id, exercise_id=exercise.id, **values)
