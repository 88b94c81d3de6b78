"""The exercises of an establishment; importing the other files gives them their routes."""

from __future__ import annotations

from flask import render_template

from care.services.exercises.reading import list_exercises
from care.web.exercises import overview, preparing
from care.web.exercises.blueprint import HERE, ONE, TABS, pages, the_exercise, the_exercise_to_run, to
from care.web.people import platform, scope

__all__ = ["HERE", "ONE", "TABS", "overview", "pages", "preparing", "the_exercise", "the_exercise_to_run", "to"]


@pages.get(HERE)
def index(establishment_id: int) -> str:
    """Exercises under way, to come and over."""
    return render_template("exercises/index.html", found=list_exercises(platform(), scope(), establishment_id))
