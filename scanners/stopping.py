"""The wish that a collection ends early and keeps what it has seen.

A collector whose module says `KEEPS_PARTIAL = True` looks at `Context.stop`: once it is asked, it sends nothing more,
ends its own children and returns the facts it has, with a gap for the rest. It has about a second: the parent then ends
what is left of it, and nothing is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Stop:
    """Asked once, for ever. `ask` may come from a signal handler or another thread."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._ends: list[Callable[[], None]] = []

    def ask(self) -> None:
        """End early; what was registered with `when_asked` is called."""
        self._asked.set()
        for end in tuple(self._ends):
            end()

    def asked(self) -> bool:
        """Whether the end was asked for."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, at most until the end is asked for; whether it was."""
        return self._asked.wait(seconds)

    def when_asked(self, end: Callable[[], None]) -> None:
        """Call `end` as soon as the end is asked for, at once if it already was: it must be quick and never raise."""
        self._ends.append(end)
        if self.asked():
            end()
