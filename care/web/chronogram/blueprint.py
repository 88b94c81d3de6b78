"""The blueprint of the chronogram, and what its pages share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from care.services.errors import Forbidden
from care.services.exercises.reading import ExerciseLine
from care.web.exercises.routes import ONE, the_exercise

pages = Blueprint("chronogram", __name__, template_folder="templates")
HERE = f"{ONE}/chronogram"


def to_run(exercise_id: int) -> ExerciseLine:
    """The exercise, for who conducts it; Forbidden for others, who must not know what comes."""
    exercise = the_exercise(exercise_id)
    if not exercise.may_run:
        raise Forbidden
    return exercise


def to(endpoint: str, exercise: ExerciseLine, **values: Any) -> ResponseReturnValue:  # noqa: ANN401 - as url_for takes them
    """On to another page of the exercise."""
    here: dict[str, Any] = {"establishment_id": exercise.establishment_id, "exercise_id": exercise.id}
    return redirect(url_for(endpoint, **here, **values))
