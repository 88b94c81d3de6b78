"""What nodes inherit from the activities they support: the strictest DMIA and PDMA, and who imposes them. Pure.

A resource that serves the emergency department inherits its DMIA through every essential need between them, however
many; how long each link holds is not counted, since the strictest demand is what a restart has to meet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from care.domain.graph import Graph


@dataclass(frozen=True, slots=True)
class Inherited:
    """The strictest `minutes` asked of a node: by the activity `by`, through its dependent `via` (ids).

    `spare` says that something stands in for it somewhere on every way from the activity that asks so much.
    """

    minutes: int
    by: int
    via: int
    spare: bool = False


def inherited_dmia(graph: Graph) -> dict[int, Inherited]:
    """By node id, the strictest DMIA of itself and of the activities it supports; absent when none is set. O(V + E)."""
    return _strictest(graph, _dmia(graph))


def urgencies(graph: Graph) -> dict[int, Inherited]:
    """As `inherited_dmia`, whether or not something stands in: how urgent each restart is."""
    ids = [node.id for node in graph.nodes]
    found = _spread(graph, _dmia(graph), firm=False)
    return {ids[place]: Inherited(minutes, ids[by], ids[via]) for place, (minutes, by, via) in found.items()}


def _dmia(graph: Graph) -> dict[int, int]:
    return {node.id: node.dmia for node in graph.nodes if node.is_activity and node.dmia is not None}


def inherited_pdma(graph: Graph) -> dict[int, Inherited]:
    """By node id, the strictest PDMA of itself and of the activities it supports; absent when none is set. O(V + E)."""
    return _strictest(graph, {node.id: node.pdma for node in graph.nodes if node.is_activity and node.pdma is not None})


def path_to(found: Mapping[int, Inherited], node_id: int) -> list[int]:
    """The ids from the activity that imposes its objective down to a node, both included."""
    path = [node_id]
    while found[path[-1]].via != path[-1]:
        path.append(found[path[-1]].via)
    return path[::-1]


def _strictest(graph: Graph, demands: Mapping[int, int]) -> dict[int, Inherited]:
    """Spread demands down, once without alternatives, once with them: the second tells what a spare softens."""
    firm = _spread(graph, demands, firm=True)
    every = _spread(graph, demands, firm=False)
    ids, found = [node.id for node in graph.nodes], {}
    for place, softened in every.items():
        alone = firm.get(place, softened)
        spare = place not in firm or alone[0] > softened[0]
        minutes, by, via = softened if spare else alone
        found[ids[place]] = Inherited(minutes, ids[by], ids[via], spare)
    return found


def _spread(graph: Graph, demands: Mapping[int, int], *, firm: bool) -> dict[int, tuple[int, int, int]]:
    """By position (minutes, activity, dependent): the strictest demand first reaches what it needs, and stays there."""
    needs = graph.firm if firm else graph.essential
    found: dict[int, tuple[int, int, int]] = {}
    for minutes, start in sorted((minutes, graph.position[one]) for one, minutes in demands.items()):
        if start not in found:
            found[start] = (minutes, start, start)
            _flood(needs, start, minutes, found)
    return found


def _flood(needs: Sequence[Sequence[int]], start: int, minutes: int, found: dict[int, tuple[int, int, int]]) -> None:
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for other in needs[node]:
            if other not in found:
                found[other] = (minutes, start, node)
                queue.append(other)
