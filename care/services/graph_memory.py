"""The dependency graphs that a process remembers between two questions, while nothing at all is written."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date

from care.domain.graph import Graph

_MOST = 8
"""Graphs kept: one of 20,000 ties takes some 15 MB."""

Stamp = tuple[date, int, str]
"""The day, and the number and hash of the last event of the trail: every write of the platform moves them."""


class GraphMemory:
    """The last graphs asked for, each with its stamp. A graph is never changed, so threads may share it."""

    def __init__(self) -> None:
        self._graphs: OrderedDict[int, tuple[Stamp, Graph]] = OrderedDict()
        self._lock = threading.Lock()

    def graph(self, establishment_id: int, stamp: Stamp, read: Callable[[], Graph]) -> Graph:
        """The graph of this stamp, read when it is not the one remembered. Read the stamp before: what is written in
        between then only makes the next reader read again."""
        with self._lock:
            known = self._graphs.get(establishment_id)
        if known is not None and known[0] == stamp:
            return known[1]
        found = read()
        with self._lock:
            self._graphs[establishment_id] = (stamp, found)
            self._graphs.move_to_end(establishment_id)
            while len(self._graphs) > _MOST:
                self._graphs.popitem(last=False)
        return found
