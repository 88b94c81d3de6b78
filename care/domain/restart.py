"""In which order to restart what fell: needs before what needs them, the most urgent first among what may start. Pure.

A node waits for each of its essential needs that fell whole; of alternatives, for the first restarted. It is as urgent
as the strictest DMIA it serves (`care.domain.inheritance`). Everything that may start starts at once, so that the time
to the end is that of the longest chain; what has no known restart time counts for nothing, and is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from care.domain.actions import CareCriticality
from care.domain.graph import Graph, Node
from care.domain.inheritance import Inherited, urgencies
from care.domain.loops import shortest_path

MOST_WITNESSES = 8
"""Ignored ties whose loop is shown whole; with more, a graph needs mending before its loops can be read."""


_RANKS: dict[CareCriticality | None, int] = {one: one.rank for one in CareCriticality} | {None: len(CareCriticality)}


class Step(NamedTuple):
    """One restart. `after` are the fallen nodes it waits for (ids); `ready` is when it works, minutes from the start.

    `urgency` is the strictest DMIA it serves, None when nobody gave one.
    """

    number: int
    node: Node
    urgency: Inherited | None
    after: tuple[int, ...]
    ready: int


@dataclass(frozen=True, slots=True)
class IgnoredTie:
    """A tie the order does without, since it closes a loop: `dependent` starts before `needed`, although it needs it.

    `loop` is a shortest loop that it closes (ids, from `needed` round to `dependent`), empty past `MOST_WITNESSES`.
    `holds` is how long the dependent goes on without it.
    """

    dependent: int
    needed: int
    holds: int
    loop: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Restart:
    """The order. `critical` is the longest chain of restarts (ids), `minutes` its length.

    `untimed` counts the resources whose restart time nobody gave.
    """

    steps: tuple[Step, ...]
    critical: tuple[int, ...]
    minutes: int
    untimed: int
    ignored: tuple[IgnoredTie, ...]


def restart_order(graph: Graph, fallen: Collection[int], asked: Mapping[int, Inherited] | None = None) -> Restart:
    """The order in which to restart nodes (ids), `asked` being how urgent each is when it was worked out already.

    O((V + E) log V). KeyError for an unknown node.
    """
    chosen = {graph.position[one] for one in fallen}
    run = _Order(graph, chosen, urgencies(graph) if asked is None else asked)
    run.play()
    critical = run.chain()
    return Restart(
        tuple(run.steps),
        tuple(graph.nodes[one].id for one in critical),
        run.ready[critical[-1]] if critical else 0,
        sum(not graph.nodes[one].is_activity and graph.nodes[one].restart is None for one in chosen),
        _ignored(graph, chosen),
    )


class _Order:
    """Kahn's walk with a queue by urgency. Everything is by position."""

    def __init__(self, graph: Graph, chosen: set[int], urgencies: Mapping[int, Inherited]) -> None:
        size = len(graph.nodes)
        self.graph, self.chosen, self.urgencies = graph, chosen, urgencies
        self.ids = [node.id for node in graph.nodes]
        self.waited: list[list[int]] = [[] for _ in range(size)]
        self.left = [0] * size
        self.met: set[int] = set()
        self.after: list[list[int]] = [[] for _ in range(size)]
        self.ready: dict[int, int] = {}
        self.steps: list[Step] = []
        self._read(graph.loops.ignored)

    def _read(self, ignored: Mapping[tuple[int, int], int]) -> None:
        """Which rows each fallen node waits for, and which wait for it."""
        members, rows, waited = self.graph.needs.members, self.graph.essential_rows, self.waited
        inside = bytearray(len(self.left))
        for one in self.chosen:
            inside[one] = 1
        fell = inside.__getitem__
        opened = {one for one, _needed in ignored}
        for one in self.chosen:
            kept = [row for row in rows[one] if inside[members[row][0]]]  # most needs are of one node
            kept = [row for row in kept if len(members[row]) == 1 or all(map(fell, members[row]))]
            if one in opened:
                kept = [row for row in kept if all((one, other) not in ignored for other in members[row])]
            self.left[one] = len(kept)
            for row in kept:
                for member in members[row]:
                    waited[member].append(row)

    def play(self) -> None:
        """Restart one after the other."""
        queue = [self._urgency(one) for one in self.chosen if not self.left[one]]
        queue.sort()
        members, dependents, left, after = self.graph.needs.members, self.graph.needs.dependents, self.left, self.after
        while queue:
            one = heappop(queue)[-1]
            self._restart(one)
            for row in self.waited[one]:
                if len(members[row]) > 1:
                    if row in self.met:
                        continue
                    self.met.add(row)
                dependent = dependents[row]
                after[dependent].append(one)
                left[dependent] -= 1
                if not left[dependent]:
                    heappush(queue, self._urgency(dependent))

    def _urgency(self, one: int) -> tuple[float, int, int]:
        node = self.graph.nodes[one]
        asked = self.urgencies.get(node.id)
        return (asked.minutes if asked else float("inf"), _RANKS[node.criticality], one)

    def _restart(self, one: int) -> None:
        node, ready, after = self.graph.nodes[one], self.ready, self.after[one]
        ready[one] = max(map(ready.__getitem__, after), default=0) + (node.restart or 0)
        ids = tuple(map(self.ids.__getitem__, after))
        self.steps.append(Step(len(self.steps) + 1, node, self.urgencies.get(node.id), ids, ready[one]))

    def chain(self) -> list[int]:
        """The chain that ends last, from its start."""
        if not self.ready:
            return []
        last = max(self.ready, key=lambda one: (self.ready[one], -one))
        chain = [last]
        while self.after[chain[-1]]:
            chain.append(max(self.after[chain[-1]], key=lambda one: (self.ready[one], -one)))
        return chain[::-1]


def _ignored(graph: Graph, chosen: set[int]) -> tuple[IgnoredTie, ...]:
    """The ties left out between nodes of the order."""
    ids = [node.id for node in graph.nodes]
    component = {one: rank for rank, found in enumerate(graph.loops.components) for one in found}
    members = [set(found) for found in graph.loops.components]
    found = []
    ties = sorted((*tie, holds) for tie, holds in graph.loops.ignored.items() if chosen.issuperset(tie))
    for rank, (dependent, needed, holds) in enumerate(ties):
        loop: list[int] = []
        if rank < MOST_WITNESSES:
            inside = members[component[dependent]]
            loop = [needed] if dependent == needed else _loop(graph, inside, dependent, needed)
        found.append(IgnoredTie(ids[dependent], ids[needed], holds, tuple(ids[one] for one in loop)))
    return tuple(found)


def _loop(graph: Graph, inside: set[int], dependent: int, needed: int) -> list[int]:
    return shortest_path(graph.essential, inside, needed, dependent, len(inside))
