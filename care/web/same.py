"""What many people are about to ask for, made once: what a stimulus changes is the same for all its cell."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_KEPT_SECONDS = 1.0
"""The clock in a fragment is late by that much at most."""
_MOST = 100

T = TypeVar("T")


class Same(Generic[T]):
    """What was made a moment ago, by all that decides of it. Who asks for what is being made waits for it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Made[T]] = OrderedDict()

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """That of `key`: the one kept, or what `make` gives."""
        with self._lock:
            one = self._kept.setdefault(key, _Made())
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        with one.lock:
            if one.kept is None or self._now() - one.at > _KEPT_SECONDS:
                one.kept, one.at = make(), self._now()
            return one.kept


class _Made(Generic[T]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: T | None = None
        self.at = 0.0
