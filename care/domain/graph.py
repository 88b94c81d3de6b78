"""The dependency graph of an establishment: activities, what they need, how long they hold without it. Pure.

A *need* is a group of nodes that stand in for one another: most hold one node, those of ties that share an
`alternative` hold several and are missing only when all their nodes are down. Every duration is in whole minutes.
Nodes are numbered twice: by their `id`, which people and tables know, and by their position in `Graph.nodes`, which
the algorithms use (`care.domain.what_if`, `inheritance`, `restart`, `fragility`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, ResourceKind, Strength
from care.domain.loops import closing_ties, components

DIGITAL = frozenset({ResourceKind.APPLICATION, ResourceKind.INFRASTRUCTURE})
"""What a degraded mode without a list of losses makes up for: the loss of anything digital."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """A degraded mode in force. `covers` are the nodes whose loss it makes up for, empty for anything digital.

    `holds` is how long it can last, None when nobody measured it: then nothing is counted on.
    """

    series: int
    title: str
    holds: int | None = None
    covers: frozenset[int] = frozenset()
    capacity_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """An activity or a resource in use.

    For an activity `dmia`, `rto`, `pdma` and `dmard` are those of its BIA in force; for a resource the last three are
    those declared by whoever runs it, and `dmia` is None. `restart` is how long a resource takes to start again.
    """

    id: int
    nature: Nature
    kind: ActivityKind | ResourceKind
    name: str
    criticality: CareCriticality | None = None
    owner: str = ""
    dmia: int | None = None
    rto: int | None = None
    pdma: int | None = None
    dmard: int | None = None
    restart: int | None = None
    backup_every: int | None = None
    fallbacks: tuple[Fallback, ...] = ()

    @property
    def is_activity(self) -> bool:
        """Whether it is something the hospital does."""
        return self.nature is Nature.ACTIVITY

    @property
    def critical(self) -> bool:
        """Whether care loses something vital or major with it."""
        return self.criticality in CRITICAL


CRITICAL = (CareCriticality.VITAL, CareCriticality.MAJOR)


class Edge(NamedTuple):
    """`dependent` needs `needed` (ids) and holds `holds` minutes without it. A tuple: there are tens of thousands."""

    dependent: int
    needed: int
    essential: bool = True
    holds: int = 0
    alternative: str = ""

    @property
    def strength(self) -> Strength:
        """What the loss of it does."""
        return Strength.ESSENTIAL if self.essential else Strength.USEFUL


class Need(NamedTuple):
    """What one dependent cannot do without, by position: missing when every one of `members` is down for its `holds`.

    A group is essential as soon as one of its ties is.
    """

    dependent: int
    essential: bool
    members: tuple[int, ...]
    holds: tuple[int, ...]

    @property
    def spare(self) -> bool:
        """Whether something stands in for each of its members."""
        return len(self.members) > 1


@dataclass(frozen=True)
class Loops:
    """The loops of essential needs, by position: each component of two nodes or more, or a node that needs itself.

    `ignored` are the ties (dependent, needed) without which no loop is left: the order of restart leaves them out.
    """

    components: tuple[tuple[int, ...], ...] = ()
    ignored: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes and the ties between them; make it with `Graph.of`, which drops ties of unknown or ended nodes."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    position: dict[int, int] = field(repr=False)

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[Edge]) -> Graph:
        """The graph of these nodes, in a fixed order: same rows, same answers."""
        ordered = tuple(sorted(nodes, key=lambda node: node.id))
        position = {node.id: rank for rank, node in enumerate(ordered)}
        return cls(ordered, tuple(edge for edge in edges if edge[0] in position and edge[1] in position), position)

    def node(self, node_id: int) -> Node:
        """The node of that id; KeyError when it is not in the graph."""
        return self.nodes[self.position[node_id]]

    @cached_property
    def needs(self) -> list[Need]:
        """The needs of every node, essential ones and useful ones; a node does not stop for want of itself."""
        place, found = self.position, []
        groups: dict[tuple[int, str], list[Edge]] = {}
        for edge in self.edges:
            dependent, needed, essential, holds, alternative = edge
            if dependent == needed:
                continue
            if alternative:
                groups.setdefault((dependent, alternative), []).append(edge)
            else:
                found.append(Need(place[dependent], essential, (place[needed],), (holds,)))
        for (dependent, _name), ties in groups.items():
            essential = any(tie.essential for tie in ties)
            members = tuple(place[tie.needed] for tie in ties)
            found.append(Need(place[dependent], essential, members, tuple(tie.holds for tie in ties)))
        return found

    @cached_property
    def uses(self) -> list[list[tuple[int, int]]]:
        """For each node, the essential needs it is a member of (rank in `needs`) and how long each holds without it."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for rank, (_dependent, essential, members, holds) in enumerate(self.needs):
            if not essential:
                continue
            if len(members) == 1:
                found[members[0]].append((rank, holds[0]))
            else:
                for member, held in zip(members, holds, strict=True):
                    found[member].append((rank, held))
        return found

    @cached_property
    def essential(self) -> list[list[int]]:
        """For each node, the nodes of its essential needs, alternatives included."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for dependent, essential, members, _holds in self.needs:
            if essential:
                found[dependent].extend(members)
        return found

    @cached_property
    def firm(self) -> list[list[int]]:
        """For each node, the nodes of its essential needs that nothing stands in for."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for dependent, essential, members, _holds in self.needs:
            if essential and len(members) == 1:
                found[dependent].append(members[0])
        return found

    @cached_property
    def essential_needs(self) -> list[list[Need]]:
        """For each node, its essential needs."""
        found: list[list[Need]] = [[] for _ in self.nodes]
        for need in self.needs:
            if need.essential:
                found[need.dependent].append(need)
        return found

    @cached_property
    def components(self) -> list[list[int]]:
        """The strongly connected components of essential needs, each after those it needs."""
        return components(self.essential)

    @cached_property
    def loops(self) -> Loops:
        """Its loops and how they are opened. The tie that holds longest goes first, then the least infrastructural."""
        selves = {self.position[edge[0]] for edge in self.edges if edge[0] == edge[1] and edge[2]}
        several = [tuple(sorted(one)) for one in self.components if len(one) > 1]
        ignored: set[tuple[int, int]] = {(one, one) for one in selves}
        held = self.holds if several else {}
        needs = self._tightest_first(held) if several else []
        for component in several:
            ignored.update(closing_ties(needs, component, self._last_restarted(component, held)))
        alone = [(one,) for one in sorted(selves) if all(one not in component for component in several)]
        return Loops((*sorted(several), *alone), frozenset(ignored))

    @cached_property
    def holds(self) -> dict[tuple[int, int], int]:
        """How long each essential tie holds, by (dependent, needed)."""
        return {
            (need.dependent, member): holds
            for need in self.needs
            if need.essential
            for member, holds in zip(need.members, need.holds, strict=True)
        }

    def _tightest_first(self, held: dict[tuple[int, int], int]) -> Sequence[Sequence[int]]:
        """The essential needs of each node, those it holds least without first, so that they are kept."""
        return [
            sorted(needed, key=lambda one, node=node: (held[node, one], one))  # type: ignore[misc]
            for node, needed in enumerate(self.essential)
        ]

    def _last_restarted(self, component: tuple[int, ...], held: dict[tuple[int, int], int]) -> int:
        """The node of a loop that the others start without: the one the loop holds longest without.

        Where nothing holds, activities come back after applications, and applications after infrastructure.
        """
        without = dict.fromkeys(component, 0)
        for node in component:
            for one in self.essential[node]:
                if one in without:
                    without[one] = max(without[one], held[node, one])
        return max(component, key=lambda one: (without[one], -_LEVELS.get(self.nodes[one].kind, 0), -one))


_LEVELS: dict[ActivityKind | ResourceKind, int] = {
    ResourceKind.INFRASTRUCTURE: 3,
    ResourceKind.PREMISES: 3,
    ResourceKind.PEOPLE: 2,
    ResourceKind.SUPPLIER: 2,
    ResourceKind.APPLICATION: 1,
}
"""How deep a kind usually lies under activities (0)."""
