"""What wakes live pages: one thread a process looks for news, whoever waits for some is woken.

However many pages are open, the database is asked once a turn, and not at all while nobody listens.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from care.services.told_once import ToldOnce

LOOK_EVERY_SECONDS = 0.3
"""Stimulus to screen takes a second at most: a tick of the conductor, a look, and what the page then asks for."""
LOOK_APART_SECONDS = 0.05
"""Between two looks, however often this process says that it wrote something."""


class Topic(NamedTuple):
    """What may change: an exercise (`part` is one of its cells, "" for all of it) or a logbook."""

    kind: str
    id: int
    part: str = ""


Look = Callable[[frozenset[Topic]], Mapping[Topic, str]]
"""The marks of topics: a text that is another one as soon as there is something new."""


class Hub:
    """Marks of what is listened to in this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._wake = threading.Event()
        self._listeners: Counter[Topic] = Counter()
        self._marks: dict[Topic, str] = {}
        self._poller: threading.Thread | None = None
        self._closed = False
        self._trouble = ToldOnce("what refreshes live pages")

    @contextmanager
    def listening(self, topic: Topic, look: Look) -> Iterator[None]:
        """`wait` answers about `topic` inside the block. `look` serves all who listen until nobody does any more."""
        with self._changed:
            self._listeners[topic] += 1
            if self._poller is None and not self._closed:
                self._poller = threading.Thread(target=self._poll, args=(look,), name="care-live", daemon=True)
                self._poller.start()
        self.stir()
        try:
            yield
        finally:
            with self._changed:
                self._listeners[topic] -= 1
                if not self._listeners[topic]:
                    del self._listeners[topic]
                    self._marks.pop(topic, None)

    def wait(self, topic: Topic, seen: str, seconds: float) -> str:
        """The mark of `topic`, as soon as it is not `seen`; `seen` after so many seconds, or once the hub is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._marks.get(topic, seen) != seen, seconds)
            return self._marks.get(topic, seen)

    def rest(self, seconds: float) -> bool:
        """Wait so long, less once the hub is closed. Whether it is still open."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._closed, seconds)

    def stir(self) -> None:
        """Something was just written by this process: look at once."""
        self._wake.set()

    def look_once(self, look: Look) -> None:
        """Take the marks of what is listened to, and wake who waits for one that changed."""
        with self._changed:
            wanted = frozenset(self._listeners)
        found = look(wanted)
        with self._changed:
            changed = {key: mark for key, mark in found.items() if key in wanted and self._marks.get(key) != mark}
            self._marks.update({key: mark for key, mark in changed.items() if key in self._listeners})
            if changed:
                self._changed.notify_all()

    def close(self) -> None:
        """Let everyone who waits go, now and for ever."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            poller = self._poller
        self.stir()
        if poller is not None:
            poller.join()

    def _poll(self, look: Look) -> None:
        try:
            while self._goes_on():
                self._wake.clear()
                self._trouble.attempt(partial(self.look_once, look))
                if not self.rest(LOOK_APART_SECONDS):
                    continue
                self._wake.wait(LOOK_EVERY_SECONDS)
        finally:
            with self._changed:
                if self._poller is threading.current_thread():  # a defect ended it: who listens next starts another
                    self._poller = None

    def _goes_on(self) -> bool:
        with self._changed:
            if self._listeners and not self._closed:
                return True
            self._poller = None
            return False
