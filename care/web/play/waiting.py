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

from care.domain.exercises import Seat
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.playing import LONGEST_AGO, MAX_KEY
from care.web.language import current_language
from care.web.live import stream_of
from care.web.play.blueprint import pages
from care.web.play.cell_news import news_at
from care.web.play.guests import here, seated

MOST_ENTRIES = 50
"""How many entries one request carries; the device sends the others after."""


@dataclass(frozen=True)
class Entry:
    """One thing that waited. `key` is its device's, `ago` how long it waited, in seconds."""

    key: str
    ago: float
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """One of its values, as text."""
        return str(self.values.get(name) or "")


def taken(take: Callable[[Entry], None]) -> Response:
    """Take each entry of the request: the keys of those recorded, and why the others were not.

    One that cannot be recorded keeps no other from being so. 400 when the request is not a list of entries.
    """
    done, refused = [], []
    for entry in _entries():
        try:
            take(entry)
            done.append(entry.key)
        except (Invalid, NotFound, Refused) as refusal:
            refused.append({"key": entry.key, "why": refusal.text.render(current_language())})
    return jsonify(done=done, refused=refused)


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
    return stream_of(here().exercise_id, here().cell, news_at if here().seat is Seat.PLAYER else None)


@pages.get("/play/token")
@seated(*Seat)
def token() -> Response:
    """A fresh token for what a page kept open for hours has to send."""
    return jsonify(token=generate_csrf())
