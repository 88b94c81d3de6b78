"""What resources inherit from the activities they support: read-models for pages, plans and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from care.domain.access import Scope
from care.domain.graph import Graph
from care.domain.inheritance import Inherited, inherited_dmia, inherited_pdma, path_to
from care.services.continuity_graph import graph_of
from care.services.platform import Platform


@dataclass(frozen=True, slots=True)
class Demand:
    """The strictest objective asked of a node, in minutes, and by which activity.

    `path` are the names from that activity down to the node. `spare` says that something stands in for it on the way.
    """

    minutes: int
    by_id: int
    by: str
    path: tuple[str, ...]
    spare: bool


@dataclass(frozen=True, slots=True)
class Objectives:
    """What is asked of one node; None when nothing it supports has a BIA in force that says so."""

    dmia: Demand | None
    pdma: Demand | None


NOTHING = Objectives(None, None)


def inherited_objectives(platform: Platform, scope: Scope, establishment_id: int) -> dict[int, Objectives]:
    """What is asked of every node in use, by node id. NotFound, Forbidden as `graph_of`."""
    return objectives_in(graph_of(platform, scope, establishment_id))


def objectives_in(graph: Graph) -> dict[int, Objectives]:
    """The same of a graph already read; nodes of which nothing is asked are left out."""
    dmia, pdma = inherited_dmia(graph), inherited_pdma(graph)
    return {number: Objectives(_demand(graph, dmia, number), _demand(graph, pdma, number)) for number in {*dmia, *pdma}}


def _demand(graph: Graph, found: Mapping[int, Inherited], number: int) -> Demand | None:
    one = found.get(number)
    if one is None:
        return None
    path = tuple(graph.node(step).name for step in path_to(found, number))
    return Demand(one.minutes, one.by, graph.node(one.by).name, path, one.spare)
