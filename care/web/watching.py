"""A job watched on a page: pushed as it goes on, asked for again when no stream is free, refreshed without scripts.

`parts/watch.html` is the panel; it wants the addresses of the two answers below.
"""

from __future__ import annotations

from typing import cast

from flask import Response, current_app, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from care.services import jobs
from care.services.jobs import JobView
from care.web.people import platform, scope
from care.web.streams import Streams

PROGRESS = "parts/progress.html"


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
    headers = {"X-Accel-Buffering": "no"}
    return Response(stream_with_context(sending), mimetype="text/event-stream", headers=headers)


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
