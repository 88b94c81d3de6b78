"""What `care serve` and `care worker` share: the log on standard error, and how a signal ends them."""

from __future__ import annotations

import ctypes
import json
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from care.services.said_in_logs import FIELDS, REQUESTS


class JsonLines(logging.Formatter):
    """One JSON object a line: `at` (UTC), `level`, `logger`, `message`, the fields of the event, the trace if any."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_to_standard_error(form: str = "text") -> None:
    """A service logs what it does; the journal of the machine keeps it. In JSON, each request has its line too."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    if form == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonLines())
    logging.getLogger(REQUESTS).setLevel(logging.INFO if form == "json" else logging.WARNING)
    for noisy in ("alembic", "apscheduler", "waitress.queue", "huey"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


_M_ARENA_MAX = -8
"""mallopt(3)."""


def share_memory() -> None:
    """Have the threads of this process share two places of memory: by default glibc gives eight a processor, and what
    200 threads leave there is a seventh of a server. Nothing elsewhere than with glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)


class Stopped(KeyboardInterrupt):
    """Raised in the main thread when the first SIGINT or SIGTERM arrives."""


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """The body runs until it ends or a signal raises `Stopped` in it; later signals do not cut the closing short.

    The event is set by the signal as well, for a body that only waits.
    """
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if not stopping.is_set():
            stopping.set()
            raise Stopped

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    except Stopped:
        pass
    finally:
        stopping.set()
        for number, handler in previous.items():
            signal.signal(number, handler)
