"""Small graphs for tests: written in a few words, or drawn at random."""

from __future__ import annotations

from hypothesis import strategies as st

from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, ResourceKind
from care.domain.graph import Edge, Fallback, Graph, Node

VITAL, MAJOR, MINOR = CareCriticality.VITAL, CareCriticality.MAJOR, CareCriticality.MINOR
APPLICATION, INFRASTRUCTURE, PEOPLE = ResourceKind.APPLICATION, ResourceKind.INFRASTRUCTURE, ResourceKind.PEOPLE


def activity(
    number: int,
    name: str,
    dmia: int | None = None,
    criticality: CareCriticality = MAJOR,
    *modes: Fallback,
    pdma: int | None = None,
) -> Node:
    return Node(
        number, Nature.ACTIVITY, ActivityKind.CARE, name, criticality, dmia=dmia, pdma=pdma, fallbacks=tuple(modes)
    )


def resource(number: int, name: str, kind: ResourceKind = APPLICATION, restart: int | None = None) -> Node:
    return Node(number, Nature.RESOURCE, kind, name, restart=restart)


@st.composite
def graphs(draw: st.DrawFn, most: int = 8) -> Graph:
    """Graphs of a few nodes with loops, alternatives, useful ties, generic degraded modes and short times."""
    size = draw(st.integers(1, most))
    nodes = [_node(draw, number) for number in range(1, size + 1)]
    number = st.integers(1, size)
    tie = st.tuples(
        number, number, st.booleans() | st.just(True), st.integers(0, 6), st.sampled_from(["", "", "x", "y"])
    )
    edges = draw(st.lists(tie, max_size=14, unique_by=lambda one: one[:2]))
    return Graph.of(nodes, [Edge(*one) for one in edges])


def _node(draw: st.DrawFn, number: int) -> Node:
    if draw(st.booleans()):
        holds = draw(st.lists(st.none() | st.integers(0, 9), max_size=2))
        modes = [Fallback(10 * number + rank, f"Mode {rank}", held) for rank, held in enumerate(holds)]
        chosen = draw(st.sampled_from([VITAL, MAJOR, MINOR]))
        dmia, pdma = draw(st.none() | st.integers(1, 9)), draw(st.none() | st.integers(1, 9))
        return activity(number, f"A{number}", dmia, chosen, *modes, pdma=pdma)
    kind = draw(st.sampled_from([APPLICATION, INFRASTRUCTURE, PEOPLE]))
    return resource(number, f"R{number}", kind, draw(st.none() | st.integers(0, 4)))


def subsets(graph: Graph) -> st.SearchStrategy[set[int]]:
    return st.sets(st.sampled_from([node.id for node in graph.nodes]))
