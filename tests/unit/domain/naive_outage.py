"""An outage played minute by minute, with nothing clever: what `care.domain.what_if` is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field

from care.domain.graph import DIGITAL, Graph


@dataclass(frozen=True)
class Need:
    """One row of needs, by position; `holds` by member."""

    dependent: int
    essential: bool
    members: tuple[int, ...]
    holds: tuple[int, ...]


def needs_of(graph: Graph) -> list[Need]:
    """The needs, read from the ties themselves."""
    groups: dict[object, list[tuple[int, bool, int]]] = {}
    for rank, edge in enumerate(graph.edges):
        if edge.dependent != edge.needed:
            key = (graph.position[edge.dependent], edge.alternative or rank)
            groups.setdefault(key, []).append((graph.position[edge.needed], edge.essential, edge.holds))
    return [
        Need(key[0], any(tie[1] for tie in ties), tuple(tie[0] for tie in ties), tuple(tie[2] for tie in ties))  # type: ignore[index]
        for key, ties in groups.items()
    ]


END = 200
"""Minutes played: more than anything of the drawn graphs lasts."""


@dataclass
class Naive:
    """Positions to minutes: when each stops and is back, when each activity is first hit."""

    graph: Graph
    lost: set[int]
    outage: int | None
    stops: dict[int, int] = field(default_factory=dict)
    back: dict[int, int] = field(default_factory=dict)
    free: dict[int, int] = field(default_factory=dict)
    hit: dict[int, int] = field(default_factory=dict)
    needs: list[Need] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.needs = [need for need in needs_of(self.graph) if need.essential]

    def play(self) -> None:
        for one in self.lost:
            self.stops[one] = 0
        for minute in range(END):
            while self.someone_comes_back(minute):
                pass
            while self.someone_stops(minute):
                pass
            self.note_who_is_free(minute)

    def down(self, one: int) -> bool:
        return one in self.stops and one not in self.back

    def awaited(self, need: Need) -> bool:
        ignored = self.graph.loops.ignored
        return not any((need.dependent, one) in ignored for one in need.members)

    def blocked(self, one: int) -> bool:
        """Whether a need it waits for is down."""
        return any(
            self.awaited(need) and all(self.down(member) for member in need.members)
            for need in self.needs
            if need.dependent == one
        )

    def note_who_is_free(self, minute: int) -> None:
        for one in self.stops:
            if self.blocked(one):
                self.free.pop(one, None)
            else:
                self.free.setdefault(one, minute)

    def someone_comes_back(self, minute: int) -> bool:
        if self.outage is None or minute < self.outage:
            return False
        for one in self.stops:
            if self.down(one) and (one in self.lost or self.restarted(one, minute)):
                self.back[one] = minute
                return True
        return False

    def restarted(self, one: int, minute: int) -> bool:
        assert self.outage is not None
        if self.blocked(one):
            self.free.pop(one, None)
            return False
        began = max(self.free.setdefault(one, minute), self.outage)
        return minute >= began + (self.graph.nodes[one].restart or 0)

    def someone_stops(self, minute: int) -> bool:
        for need in self.needs:
            one = need.dependent
            if one in self.stops or not all(self.down(member) for member in need.members):
                continue
            missing = max(self.stops[member] + held for member, held in zip(need.members, need.holds, strict=True))
            if minute < missing or not self.felt(need, missing):
                continue
            self.hit.setdefault(one, minute)
            if minute >= missing + self.bridge(need) and self.felt(need, minute):
                self.stops[one] = minute
                return True
        return False

    def felt(self, need: Need, minute: int) -> bool:
        return self.outage is None or minute < self.outage or self.awaited(need)

    def bridge(self, need: Need) -> int:
        if not any(self.graph.nodes[member].kind in DIGITAL for member in need.members):
            return 0
        return max((mode.holds or 0 for mode in self.graph.nodes[need.dependent].fallbacks), default=0)
