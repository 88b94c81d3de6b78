"""What waited on a device without a network, received in one request.

The device keeps each entry until it is told what became of it: recorded, or refused for a reason that it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from flask import Response, jsonify, request
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import BadRequest

from care.domain.exercises import MAX_KEY, Seat
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.playing import LONGEST_AGO
from care.services.exercises.seats import who_sits
from care.web.language import current_language
from care.web.live import stream_of
from care.web.people import platform
from care.web.play.blueprint import pages
from care.web.play.cell_news import news_at
from care.web.play.guests import here, seated
from care.web.same import Same
from scanners.model import Text

MOST_ENTRIES = 50
"""How many entries one request carries; the device sends the others after."""

_SITTING: Same[frozenset[int]] = Same()
"""Who sits, looked up once for all whom a piece of news reaches."""


@dataclass(frozen=True)
class Entry:
    """One thing that waited. `key` is its device's, `ago` how long it waited, in seconds."""

    key: str
    ago: float
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """One of its values, as text."""
        return str(self.values.get(name) or "")


_OF_ANOTHER = Text(
    "écrit d’une autre place que celle qui est ouverte sur cet appareil : rien n’est parti",
    "written from another seat than the one open on this device: nothing was sent",
)


def taken(take: Callable[[Entry], None]) -> Response:
    """Take each entry of the request: the keys of those recorded, and why the others were not.

    One that cannot be recorded keeps no other from being so. 400 when the request is not a list of entries.
    """
    done, refused = [], []
    for entry in _entries():
        try:
            _check_seat(entry)
            take(entry)
            done.append(entry.key)
        except (Invalid, NotFound, Refused) as refusal:
            refused.append({"key": entry.key, "why": refusal.text.render(current_language())})
    return jsonify(done=done, refused=refused)


def _check_seat(entry: Entry) -> None:
    """Refused from a page left open by who sat here before: nobody writes under the name of another."""
    if entry.text("seat") not in ("", str(here().participant_id)):
        raise Refused(_OF_ANOTHER)


def _entries() -> list[Entry]:
    sent = request.get_json(silent=True)
    rows = sent.get("entries") if isinstance(sent, dict) else None
    if not isinstance(rows, list) or len(rows) > MOST_ENTRIES:
        raise BadRequest
    return [_entry(row) for row in rows]


def _entry(row: object) -> Entry:
    if not isinstance(row, dict) or not 0 < len(str(row.get("key") or "")) <= MAX_KEY:
        raise BadRequest
    ago = row.get("ago", 0)
    # Neither NaN nor Infinity, which JSON may carry.
    known = isinstance(ago, int | float) and 0 <= ago < inf
    return Entry(str(row["key"]), float(min(ago, LONGEST_AGO)) if known else 0.0, row)


@pages.get("/play/live")
@seated(*Seat)
def live() -> Response:
    """Tells that something changed anywhere; to a player, what his page shows of his cell from now on."""
    who, where = here(), platform()
    fragment = news_at if who.seat is Seat.PLAYER else None

    def sits(mark: str) -> bool:
        seen = (where.rooms, who.exercise_id, mark)
        return who.participant_id in _SITTING.made(seen, lambda: who_sits(where, who.exercise_id))

    return stream_of(who.exercise_id, who.cell, fragment, sits)


@pages.get("/play/token")
@seated(*Seat)
def token() -> Response:
    """A fresh token for what a page kept open for hours has to send."""
    return jsonify(token=generate_csrf())
