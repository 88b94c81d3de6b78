"""The pages of an observer: what to look for and the grid, on a phone, for an hour without a network if need be."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from care.domain.exercises import Seat
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises import observing
from care.services.exercises.observing import Marking, Sighting, Watch
from care.web.people import open_to_all, platform
from care.web.play.blueprint import pages
from care.web.play.guests import here, seated
from care.web.play.waiting import Entry, taken
from care.web.refusals import said_as_refused
from exercises.events import Verdict
from exercises.state import Stage


@pages.get("/play/observe/")
@seated(Seat.OBSERVER)
def observe() -> str:
    """Everything that may be noted: what has not been played yet too, for who loses the network meanwhile."""
    found = observing.watch(platform(), here())
    chosen = [cell for cell in request.args.getlist("cell") if cell in found.cells] or list(found.cells)
    return render_template(
        "play/observe.html", watch=found, chosen=chosen, key=lambda: secrets.token_hex(16), sitting=here()
    )


@pages.get("/play/observe/state")
@seated(Seat.OBSERVER)
def observed() -> ResponseReturnValue:
    """Where things stand, for the page to show without loading again; 204 while nothing changed since `since`."""
    if request.args.get("since") == str(observing.last_event(platform(), here())):
        return Response(status=204)
    return jsonify(_state(observing.watch(platform(), here())))


def _state(found: Watch) -> dict[str, Any]:
    reactions = [one for stimulus in (*found.played, *found.coming) for one in stimulus.reactions]
    return {
        "number": found.number,
        "stage": found.stage,
        "second": found.second,
        "runs": found.stage is Stage.RUNNING,
        "played": {one.id: one.second for one in found.played},
        "reactions": {one.id: {"verdict": one.verdict, "by": one.by, "note": one.note} for one in reactions},
        "marks": {
            f"{line.id}.{one.cell}": {"mark": one.mark, "note": one.note} for line in found.grid for one in line.marks
        },
    }


@pages.post("/play/observe/reaction")
@seated(Seat.OBSERVER)
def note_reaction() -> ResponseReturnValue:
    """One reaction noted, from a browser without scripts."""
    return _noted(lambda: _reaction(_typed()), request.form.get("reaction", "").partition(".")[0])


@pages.post("/play/observe/mark")
@seated(Seat.OBSERVER)
def note_mark() -> ResponseReturnValue:
    """One mark of the grid, from a browser without scripts."""
    return _noted(lambda: _mark(_typed()), "grid")


def _typed() -> Entry:
    return Entry(request.form.get("key", ""), 0.0, request.form)


def _noted(note: Any, place: str) -> ResponseReturnValue:  # noqa: ANN401 - what records it
    with said_as_refused(Invalid, NotFound, Refused):
        note()
        flash(_("Noté."))
    return redirect(url_for("play.observe", _anchor=place))


@pages.post("/play/observe/send")
@seated(Seat.OBSERVER)
def receive_notes() -> ResponseReturnValue:
    """What waited on a device: reactions and marks."""
    return taken(lambda entry: _mark(entry) if entry.text("kind") == "mark" else _reaction(entry))


def _reaction(entry: Entry) -> None:
    try:
        verdict = Verdict(entry.text("verdict"))
    except ValueError:
        raise BadRequest from None
    sighting = Sighting(entry.text("reaction"), verdict, entry.key, entry.text("note"), entry.ago)
    observing.observe(platform(), here(), sighting)


def _mark(entry: Entry) -> None:
    given = entry.values.get("mark")
    if str(given) not in {"0", "1", "2", "3"}:
        raise BadRequest
    marking = Marking(entry.text("criterion"), entry.text("cell"), int(str(given)), entry.text("note"), entry.ago)
    observing.mark(platform(), here(), marking)


@pages.get("/play/observe/worker.js")
@open_to_all
def worker() -> Response:
    """The script that keeps the page of observers openable without a network, served from their own folder: it may
    rule over nothing else."""
    script = current_app.send_static_file("observer-worker.js")
    script.headers["Cache-Control"] = "no-cache"  # asked again each time: a new version of CaRE brings a new one
    return script
