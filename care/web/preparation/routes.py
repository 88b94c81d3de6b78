"""Go or no go of an exercise; the trial of its channels. Those invited are in `guests`, their own pages in `links`."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from care.services.errors import NotFound, Refused
from care.services.exercises import channel_checks
from care.services.exercises.readiness import readiness, tick
from care.web.exercises.routes import the_exercise_to_run, to
from care.web.language import current_language
from care.web.pages import row_number
from care.web.people import platform, scope
from care.web.preparation import guests, links
from care.web.preparation.blueprint import HERE, pages
from care.web.refusals import said_as_refused
from exercises.kit import Channel

__all__ = ["guests", "links", "pages"]

CURES = {
    "kit": "chronogram.index",
    "plan": "exercises.edit",
    "date": "exercises.edit",
    "place": "exercises.edit",
    "director": "exercises.edit",
    "words": "exercises.words",
    "players": "preparation.guests",
    "facilitators": "preparation.guests",
    "observers": "preparation.guests",
    "invitations": "preparation.guests",
    "channels": "preparation.channels",
    "badges": "prints.index",
}
"""Where an item that the platform sees by itself is put right."""


@pages.app_template_global("cure_of")
def cure_of(item: str, establishment_id: int, exercise_id: int) -> str:
    """The page where an item is put right, "" when there is none."""
    endpoint = CURES.get(item, "")
    return url_for(endpoint, establishment_id=establishment_id, exercise_id=exercise_id) if endpoint else ""


@pages.get(HERE)
def index(establishment_id: int, exercise_id: int) -> str:
    """Where the preparation stands, step by step, and whether one may start."""
    exercise = the_exercise_to_run(exercise_id)
    found = readiness(platform(), scope(), exercise_id)
    return render_template("preparation/index.html", exercise=exercise, found=found)


@pages.post(f"{HERE}/steps/<step>")
def answer_step(establishment_id: int, exercise_id: int, step: str) -> ResponseReturnValue:
    """Tick an item, or untick it."""
    exercise, given = the_exercise_to_run(exercise_id), request.form
    try:
        tick(
            platform(), scope(), exercise_id, step, given.get("note", ""), given.get("mark", ""),
            done=given.get("done") == "y",
        )  # fmt: skip
    except Refused as refusal:
        note = given.get("note", "")
        said = refusal.text.render(current_language())
        flash(f"{said} {_('Vous aviez écrit : « %(note)s ».', note=note)}" if note else said, "error")
    return to("preparation.index", exercise, _anchor=f"item-{step}")


@pages.get(f"{HERE}/channels")
def channels(establishment_id: int, exercise_id: int) -> str:
    """The trial of each channel."""
    exercise = the_exercise_to_run(exercise_id)
    found = channel_checks.list_checks(platform(), scope(), exercise_id)
    return render_template("preparation/channels.html", exercise=exercise, found=found)


@pages.get(f"{HERE}/channels/lines")
def channel_lines(establishment_id: int, exercise_id: int) -> str:
    """The same lines alone: the page asks for them every few seconds."""
    exercise = the_exercise_to_run(exercise_id)
    found = channel_checks.list_checks(platform(), scope(), exercise_id)
    return render_template("preparation/_channels.html", exercise=exercise, found=found)


@pages.post(f"{HERE}/channels/trials")
def send_trials(establishment_id: int, exercise_id: int) -> ResponseReturnValue:
    """Send the trial mails."""
    exercise = the_exercise_to_run(exercise_id)
    with said_as_refused(Refused):
        count = channel_checks.send_trials(platform(), scope(), exercise_id)
        flash(ngettext("%(num)s mail d’essai confié au relais.", "%(num)s mails d’essai confiés au relais.", count))
    return to("preparation.channels", exercise)


@pages.post(f"{HERE}/channels/<channel>")
def mark_channel(establishment_id: int, exercise_id: int, channel: str) -> ResponseReturnValue:
    """Say by hand that a trial arrived."""
    exercise = the_exercise_to_run(exercise_id)
    if channel not in list(Channel):
        raise NotFound
    guest = request.form.get("guest", type=row_number)
    with said_as_refused(Refused):
        channel_checks.mark_check(
            platform(), scope(), exercise_id, Channel(channel), guest, arrived=request.form.get("arrived") == "y"
        )
    if request.headers.get("HX-Request"):
        return channel_lines(establishment_id, exercise_id)
    return to("preparation.channels", exercise, _anchor=channel)


@pages.app_template_global("lines_address")
def lines_address(establishment_id: int, exercise_id: int) -> str:
    """Where the lines of the channels are asked for again."""
    return url_for("preparation.channel_lines", establishment_id=establishment_id, exercise_id=exercise_id)
