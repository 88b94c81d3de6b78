"""Live progress of a job, as server-sent events, from its event table.

A stream holds one thread of the server: there are at most `MAX_STREAMS` of them, each lives a minute at most and the
browser then opens another. A page that finds no stream free asks again every few seconds instead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

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
        return self._send(look) if self._free.acquire(blocking=False) else None

    def _send(self, look: Callable[[], tuple[str, bool] | None]) -> Iterator[str]:
        try:
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


def message(name: str, text: str) -> str:
    """One event in the format of the standard: each line of the text is a data line."""
    return f"event: {name}\n" + "".join(f"data: {line}\n" for line in text.splitlines() or [""]) + "\n"
