"""The fewest ties to cut so that nothing that begins reaches anything that ends: Menger's theorem, by augmenting paths.

Ties cost one each. A tie from a beginning to an end must be cut whatever else is, and is counted apart: that leaves
few for the search.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

MOST_TIES = 500
"""Beyond, the cut is not searched: the last ties of all paths are counted, which surely cut them."""
_SOURCE, _SINK = "\0source", "\0sink"


@dataclass
class Network:
    """Ties from name to name, case apart. An end is where a path stops, even when it also begins others."""

    begins: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    ties: set[tuple[str, str]] = field(default_factory=set)

    def begin_at(self, name: str) -> None:
        """Paths begin here."""
        self.begins.add(name.casefold())

    def end_at(self, name: str) -> None:
        """Paths that come here have arrived."""
        self.ends.add(name.casefold())

    def tie(self, before: str, after: str) -> None:
        """`before` leads to `after`."""
        self.ties.add((before.casefold(), after.casefold()))

    def fewest_cuts(self) -> tuple[int, bool]:
        """How many ties to cut, and whether it is surely the fewest."""
        must = {(before, after) for before, after in self.ties if before in self.begins and after in self.ends}
        rest = self.ties - must
        if len(rest) > MOST_TIES:
            return len(must) + sum(after in self.ends for _, after in rest), False
        return len(must) + self._flow(rest), True

    def _flow(self, ties: set[tuple[str, str]]) -> int:
        """The greatest number of paths without a common tie, which is the fewest ties to cut."""
        room: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for before, after in ties:
            room[before][_SINK if after in self.ends else after] += 1
        for name in self.begins:
            room[_SOURCE][name] = len(ties)
        found = 0
        while (way := _way(room)) is not None:
            for before, after in way:
                room[before][after] -= 1
                room[after][before] += 1
            found += 1
        return found


def _way(room: dict[str, dict[str, int]]) -> list[tuple[str, str]] | None:
    """The shortest way from source to sink along ties that have room, None when there is none left."""
    came: dict[str, str] = {_SOURCE: ""}
    waiting = deque([_SOURCE])
    while waiting and _SINK not in came:
        here = waiting.popleft()
        for there, left in room[here].items():
            if left > 0 and there not in came:
                came[there] = here
                waiting.append(there)
    if _SINK not in came:
        return None
    way, there = [], _SINK
    while there != _SOURCE:
        way.append((came[there], there))
        there = came[there]
    return way
