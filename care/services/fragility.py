"""The points of fragility of an establishment, in the reader's words."""

from __future__ import annotations

from dataclasses import dataclass

from care.domain.access import Scope
from care.domain.fragility import Loop, SinglePoint, loops, orphans, single_points
from care.domain.graph import Node
from care.domain.inheritance import Inherited, inherited_dmia
from care.services.continuity_graph import graph_of, kind_name
from care.services.platform import Platform

MOST_SHOWN = 50
"""Lines of each list at first: those to look at before all others."""
MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node, its kind in words."""

    id: int
    name: str
    kind: str
    owner: str


@dataclass(frozen=True, slots=True)
class PointLine:
    """A node whose loss alone ends up stopping activities: names of the gravest, how many more, how many are vital.

    `asked` is the strictest DMIA it serves, in minutes.
    """

    node: NodeLine
    stops: tuple[str, ...]
    more: int
    vital: int
    total: int
    asked: int | None


@dataclass(frozen=True, slots=True)
class LoopLine:
    """Nodes that need one another: how many, and a loop among them, its first name again at the end."""

    size: int
    witness: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fragility:
    """All of it; `nodes` and `ties` are the size of the graph, totals count what the lists leave out."""

    nodes: int
    ties: int
    points: tuple[PointLine, ...]
    total_points: int
    loops: tuple[LoopLine, ...]
    total_loops: int
    unused: tuple[NodeLine, ...]
    total_unused: int
    needless: tuple[NodeLine, ...]
    total_needless: int


def fragility(platform: Platform, scope: Scope, establishment_id: int, whole: bool = False) -> Fragility:
    """Where it is fragile; every line if `whole`. NotFound, Forbidden as `graph_of`."""
    graph = graph_of(platform, scope, establishment_id)
    most = None if whole else MOST_SHOWN
    points, found, alone = single_points(graph), loops(graph), orphans(graph)
    urgencies = inherited_dmia(graph)
    return Fragility(
        len(graph.nodes),
        len(graph.edges),
        tuple(_point(one, urgencies.get(one.node.id), scope.lang) for one in points[:most]),
        len(points),
        tuple(_loop(one) for one in found[:most]),
        len(found),
        tuple(_line(one, scope.lang) for one in alone.unused[:most]),
        len(alone.unused),
        tuple(_line(one, scope.lang) for one in alone.needless[:most]),
        len(alone.needless),
    )


def _line(node: Node, lang: str) -> NodeLine:
    return NodeLine(node.id, node.name, kind_name(node, lang), node.owner)


def _point(point: SinglePoint, asked: Inherited | None, lang: str) -> PointLine:
    names = tuple(one.name for one in point.stops)
    return PointLine(
        _line(point.node, lang),
        names[:MOST_NAMES],
        len(names[MOST_NAMES:]),
        point.vital,
        len(names),
        asked.minutes if asked else None,
    )


def _loop(loop: Loop) -> LoopLine:
    names = [one.name for one in loop.witness]
    return LoopLine(len(loop.nodes), (*names, names[0]))
