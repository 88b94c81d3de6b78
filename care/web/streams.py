"""Server-sent events, as they are written and answered.

`watching` sends the progress of a job by them, `live` the news of exercises and logbooks.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response


def event_stream(lines: Iterable[str]) -> Response:
    """The answer that sends these lines as they come; no proxy before it keeps them back."""
    return Response(lines, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def message(name: str, text: str) -> str:
    """One event in the format of the standard: each line of the text is a data line."""
    return f"event: {name}\n" + "".join(f"data: {line}\n" for line in text.splitlines() or [""]) + "\n"
