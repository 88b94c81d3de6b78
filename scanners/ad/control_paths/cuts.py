"""The fewest ties to cut so that nothing that begins reaches anything that ends: Menger's theorem, by augmenting paths.

Ties cost one each, and those of one beginning to ends cost one together: an entry that is inherited gives control of
many objects and is removed once. They must be cut whatever else is, which leaves few for the search. What is found is
never more than what is needed.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

MOST_WAYS = 200
"""Beyond, the search ends: each separate way found asks for one cut, so that what was found remains needed."""
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
        """How many ties to cut at least, and whether that is surely enough."""
        must = {(before, after) for before, after in self.ties if before in self.begins and after in self.ends}
        holders = {before for before, _ in must}
        found, whole = self._flow(self.ties - must)
        return len(holders) + found, whole and len(must) == len(holders)

    def _flow(self, ties: set[tuple[str, str]]) -> tuple[int, bool]:
        """The greatest number of ways without a common tie, which is the fewest ties to cut; and whether all were
        found."""
        room: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for before, after in ties:
            room[before][_SINK if after in self.ends else after] += 1
        for name in self.begins:
            room[_SOURCE][name] = len(ties)
        for found in range(MOST_WAYS):
            way = _way(room)
            if way is None:
                return found, True
            for before, after in way:
                room[before][after] -= 1
                room[after][before] += 1
        return MOST_WAYS, False


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
