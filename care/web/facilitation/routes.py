"""The page of the facilitation: look at it, ask what changed, command. It works without scripts too."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises import directing
from care.web.exercises.routes import ONE, the_exercise
from care.web.facilitation.commands import COMMANDS, Done, UnfitError
from care.web.facilitation.regions import Answer, only_desk, page, refreshed
from care.web.facilitation.view import asked_view
from care.web.language import current_language
from care.web.people import platform, scope

pages = Blueprint("facilitation", __name__, template_folder="templates")
HERE = f"{ONE}/facilitation"
FORMS = {"shift": "shift", "note": "note", "add": "add", "say": "say", "observe-more": ""}
"""Where the form of a command is shown again when nothing says from where it came."""


@pages.get(HERE)
def board(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """The exercise before its facilitator; what lies on the desk alone when the page is open already."""
    exercise, view = the_exercise(exercise_id), asked_view(establishment_id, exercise_id)
    seen = directing.board(platform(), scope(), exercise_id)
    if request.headers.get("HX-Target") == "desk":
        return only_desk(view, seen)
    return page(exercise, view, seen, Answer())


@pages.get(f"{HERE}/live")
def live(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """What changed since the browser looked."""
    the_exercise(exercise_id)
    view = asked_view(establishment_id, exercise_id)
    return refreshed(view, directing.board(platform(), scope(), exercise_id))


@pages.post(f"{HERE}/do/<command>")
def command(establishment_id: int, exercise_id: int, command: str) -> ResponseReturnValue:
    """Do something, then say what was done, or why not, in place."""
    exercise, act = the_exercise(exercise_id), COMMANDS.get(command)
    if act is None:
        raise NotFound
    view = asked_view(establishment_id, exercise_id)
    from_desk = "desk" in request.form
    done: Done | None = None
    try:
        done = act(exercise_id)
        answer = Answer(done.words, desk=from_desk)
    except UnfitError as unfit:
        answer = Answer(status=unfit.status, form=unfit.form, desk=True)
        view = view if view.open else replace(view, open=FORMS[command])
    except (Refused, Invalid) as refusal:
        status = 409 if isinstance(refusal, Refused) else 400
        answer = Answer(refusal.text.render(current_language()), wrong=True, status=status)
    if done is not None and done.open is not None and from_desk:
        view = replace(view, open=done.open)
    if request.headers.get("HX-Request"):
        return refreshed(view, directing.board(platform(), scope(), exercise_id), answer)
    if done is not None:
        flash(done.words)
        return redirect(f"{view.to('facilitation.board')}#{'desk' if view.open else 'content'}", 303)
    return page(exercise, view, directing.board(platform(), scope(), exercise_id), answer)
