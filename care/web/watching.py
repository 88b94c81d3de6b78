"""A job watched on a page: pushed as it goes on, asked for again when no stream is free, refreshed without scripts.

`parts/watch.html` is the panel; it wants the addresses of the two answers below. A stream holds one thread of the
server: there are at most `MAX_STREAMS` of them, each lives a minute at most and the browser then opens another. A page
that finds no stream free asks again every few seconds instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import cast

from flask import Response, current_app, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from care.services import jobs
from care.services.jobs import JobView
from care.web.people import platform, scope
from care.web.streams import event_stream, message

PROGRESS = "parts/progress.html"
MAX_STREAMS = 6
LOOK_EVERY_SECONDS = 0.5
LIFE_SECONDS = 60.0
SILENCE_SECONDS = 15.0
"""A comment is sent at least this often, so that a browser gone is noticed."""


class Streams:
    """The streams open in this process."""

    def __init__(self, limit: int = MAX_STREAMS) -> None:
        self._free = threading.BoundedSemaphore(limit)

    def open(self, look: Callable[[], tuple[str, bool] | None]) -> Iterator[str] | None:
        """A stream that sends what `look` gives, or None when there is no room.

        `look` returns the fragment to show and whether the job is over, None when nothing changed.
        """
        if not self._free.acquire(blocking=False):
            return None
        sending = self._send(look)
        next(sending)  # begun: its place comes back also when the browser left before the first line
        return sending

    def _send(self, look: Callable[[], tuple[str, bool] | None]) -> Iterator[str]:
        try:
            yield ""
            yield from _events(look)
        finally:
            self._free.release()


def _events(look: Callable[[], tuple[str, bool] | None]) -> Iterator[str]:
    end = spoke = time.monotonic()
    end += LIFE_SECONDS
    yield "retry: 1000\n\n"
    while time.monotonic() < end:
        seen = look()
        if seen is not None:
            fragment, over = seen
            yield message("progress", fragment)
            spoke = time.monotonic()
            if over:
                yield message("over", "")
                return
        elif time.monotonic() - spoke > SILENCE_SECONDS:
            yield ": still here\n\n"
            spoke = time.monotonic()
        time.sleep(LOOK_EVERY_SECONDS)


def watched(job_id: int | None) -> JobView | None:
    """The job of that number, if there is one."""
    return jobs.watch(platform(), scope(), job_id) if job_id is not None else None


def progress_of(job: JobView | None) -> ResponseReturnValue:
    """How far a job is, as a fragment of its page; the whole page again once it is over."""
    if job is None or job.state.over:
        return Response(headers={"HX-Refresh": "true"})
    return render_template(PROGRESS, job=job)


def events_of(job: JobView | None) -> ResponseReturnValue:
    """The same, pushed as it happens. 204 tells the browser to stop asking: the page polls instead."""
    sending = _streams().open(_Watch(job.id).look) if job is not None else None
    if sending is None:
        return Response(status=204)
    return event_stream(stream_with_context(sending))


class _Watch:
    """Looks at a job and renders its progress when something changed."""

    def __init__(self, job_id: int) -> None:
        self._job_id = job_id
        self._app, self._who = platform(), scope()
        self._last: object = None

    def look(self) -> tuple[str, bool] | None:
        """The fragment to show and whether the job is over; None when nothing changed."""
        job = jobs.watch(self._app, self._who, self._job_id)
        seen = (job.state, job.share, job.cancel_requested, len(job.events))
        if seen == self._last:
            return None
        self._last = seen
        return render_template(PROGRESS, job=job), job.state.over


def _streams() -> Streams:
    return cast(Streams, current_app.extensions.setdefault("care_streams", Streams()))
