"""Where a hospital is fragile: nodes whose loss alone stops what is vital or major, loops, orphans. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from care.domain.actions import CareCriticality
from care.domain.graph import Graph, Node
from care.domain.inheritance import inherited_dmia
from care.domain.loops import short_loop


@dataclass(frozen=True, slots=True)
class SinglePoint:
    """A node whose loss alone ends up stopping `stops`, vital or major activities, the gravest first.

    Sooner or later: degraded modes and the time each link holds only put it off.
    """

    node: Node
    stops: tuple[Node, ...]

    @property
    def vital(self) -> int:
        """How many of them are vital."""
        return sum(one.criticality is CareCriticality.VITAL for one in self.stops)


@dataclass(frozen=True, slots=True)
class Loop:
    """Nodes that all need one another, and a shortest loop among them: each needs the next, the last the first."""

    nodes: tuple[Node, ...]
    witness: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Orphans:
    """What is tied to nothing it should be: resources nobody needs, activities that need nothing."""

    unused: tuple[Node, ...]
    needless: tuple[Node, ...]


def single_points(graph: Graph) -> tuple[SinglePoint, ...]:
    """The single points of failure, those that stop most vital activities first.

    For each node the set of losses that bring it down alone: its own, those of each of its needs, and of alternatives
    those they share. Sets are whole numbers read as bits: O(E × V / word), once round on a graph without loops.
    """
    fatal = _fatal(graph)
    stopped: dict[int, list[Node]] = {}
    grave = [(one, node) for one, node in enumerate(graph.nodes) if node.critical]
    for position, activity in sorted(grave, key=lambda pair: _gravity(pair[1])):
        for one in _bits(fatal[position]):
            if one != position:
                stopped.setdefault(one, []).append(activity)
    found = [SinglePoint(graph.nodes[one], tuple(activities)) for one, activities in stopped.items()]
    asked = inherited_dmia(graph)
    return tuple(sorted(found, key=lambda one: (-one.vital, -len(one.stops), asked[one.node.id].minutes
                                                if one.node.id in asked else float("inf"), one.node.id)))  # fmt: skip


def _gravity(node: Node) -> tuple[int, float, int]:
    rank = node.criticality.rank if node.criticality else len(CareCriticality)
    return (rank, float("inf") if node.dmia is None else node.dmia, node.id)


def _fatal(graph: Graph) -> list[int]:
    """By position, the losses that bring a node down alone, as bits."""
    fatal = [1 << one for one in range(len(graph.nodes))]
    for component in graph.components:  # needs come first
        while _settle(graph, component, fatal) and len(component) > 1:
            pass
    return fatal


def _settle(graph: Graph, component: Iterable[int], fatal: list[int]) -> bool:
    """Add to each node what its needs are brought down by; whether anything was new."""
    changed, rows, needs = False, graph.essential_rows, graph.needs.members
    for one in component:
        known = fatal[one]
        for row in rows[one]:
            members = needs[row]
            shared = fatal[members[0]]
            for member in members[1:]:
                shared &= fatal[member]
            known |= shared
        changed = changed or known != fatal[one]
        fatal[one] = known
    return changed


def _bits(number: int) -> Iterable[int]:
    """The ranks of the bits that are set."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low


def loops(graph: Graph) -> tuple[Loop, ...]:
    """The loops of essential needs, the longest first."""
    found = []
    for component in graph.loops.components:
        witness = [component[0]] if len(component) == 1 else short_loop(graph.essential, component)
        found.append(Loop(_named(graph, component), _named(graph, witness)))
    return tuple(sorted(found, key=lambda loop: (-len(loop.nodes), loop.nodes[0].id)))


def orphans(graph: Graph) -> Orphans:
    """What nothing ties."""
    needed, needing = {edge.needed for edge in graph.edges}, {edge.dependent for edge in graph.edges}
    return Orphans(
        tuple(node for node in graph.nodes if not node.is_activity and node.id not in needed),
        tuple(node for node in graph.nodes if node.is_activity and node.id not in needing),
    )


def _named(graph: Graph, positions: Iterable[int]) -> tuple[Node, ...]:
    return tuple(graph.nodes[one] for one in positions)
