"""Pages that follow what others do: told at once over a stream, asking by themselves every few seconds without one.

`parts/live.html` wires a fragment of a page to one of these streams; `care.js` keeps it going.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, request

from care.services.exercises.news import EXERCISE, LOGBOOK, News
from care.services.hub import Hub, Topic
from care.web.exercises.routes import ONE, the_exercise
from care.web.people import platform
from care.web.streams import event_stream, message

pages = Blueprint("live", __name__)
Fragment = Callable[[str], str]
"""Makes the fragment of a page as it is at a mark."""
Still = Callable[[str], bool]
"""Whether whoever listens may look at what is new at a mark."""

MAX_STREAMS = 200
"""Each holds a thread of the server. Over it, pages ask by themselves."""
MOST_EACH = 6
"""As many as a browser opens to one host over plain http."""
LIFE_SECONDS = 90.0
"""Then the browser opens another stream: whoever may no longer look is found out, and who sits is seen to be there
(`cells_of` takes those seen in the last two minutes)."""
BEAT_SECONDS = 10.0
"""A beat is sent at least this often: a page that hears none for three knows that its line is cut."""
APART_SECONDS = 0.5
"""Between two news of one stream. The first is never held back; a hundred answers in a minute are not a hundred
pages to make for each of a hundred people."""


def stream_of(
    exercise_id: int, cell: str = "", fragment: Fragment | None = None, still: Still = lambda _mark: True
) -> Response:
    """News of an exercise, or of one of its cells, for whoever the caller let in, as long as he may `still` look.
    204 when no stream is free.

    With a `fragment`, what the page would ask for comes with the news (event `news`): a hundred people do not ask at
    the same instant.
    """
    return _stream(Topic(EXERCISE, exercise_id, cell), fragment and _as_now(fragment), still)


def _as_now(fragment: Fragment) -> Fragment:
    """A stream outlives its request: what it sends is made as if it were still there, whatever thread sends it."""
    context = copy_context()
    return lambda mark: context.run(fragment, mark)


def stream_of_logbook(logbook_id: int) -> Response:
    """News of a logbook, for whoever the caller let in."""
    return _stream(Topic(LOGBOOK, logbook_id))


@pages.get(f"{ONE}/live")
def of_exercise(establishment_id: int, exercise_id: int) -> Response:
    """News of an exercise, for those who may see it."""
    return stream_of(the_exercise(exercise_id).id)


def init_live(app: Flask) -> None:
    """Count the streams of this process."""
    app.extensions["care_live"] = _Places(MAX_STREAMS)


class _Places:
    """The streams that are free, and how many each browser holds: none keeps the others from theirs."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._limit = limit

    def take(self, who: str) -> bool:
        """Hold one more, if one is free and `who` has not its share."""
        with self._lock:
            given = self._held.total() < self._limit and self._held[who] < MOST_EACH
            self._held[who] += given
            return given

    def give_back(self, who: str) -> None:
        """Hold one less."""
        with self._lock:
            self._held[who] -= 1
            self._held += Counter()  # forget who holds none


def _stream(topic: Topic, fragment: Fragment | None = None, still: Still = lambda _mark: True) -> Response:
    places = cast("_Places", current_app.extensions["care_live"])
    who = _asking()
    if not places.take(who):
        return Response(status=204)
    seen = request.headers.get("Last-Event-ID", "")
    news = _news(platform().hub, topic, News(platform()), seen, fragment, still)
    response = event_stream(news)
    response.call_on_close(partial(places.give_back, who))  # also when the browser left before the first line
    return response


def _asking() -> str:
    """The seat or the session that opens a stream."""
    seat = g.get("sitting")
    return f"seat {seat.participant_id}" if seat else f"session {g.get('session_id')}"


def _news(hub: Hub, topic: Topic, look: News, seen: str, fragment: Fragment | None, still: Still) -> Iterator[str]:
    """The lines of a stream; what changed since `seen` is told first."""
    end = time.monotonic() + LIFE_SECONDS
    yield "retry: 1000\nevent: beat\ndata: \n\n"
    with hub.listening(topic, look):
        while time.monotonic() < end:
            mark = hub.wait(topic, seen, BEAT_SECONDS)
            if mark == seen:
                yield "event: beat\ndata: \n\n"
            elif not still(mark):
                return
            else:
                seen = mark
                yield f"id: {mark}\n" + (message("news", fragment(mark)) if fragment else message("changed", mark))
            if not hub.rest(APART_SECONDS):
                return
