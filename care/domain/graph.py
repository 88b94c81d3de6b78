"""The dependency graph of an establishment: activities, what they need, how long they hold without it. Pure.

A *need* is one tie, or the ties of a dependent that share an `alternative`: such a need is missing only when all its
nodes are down. Every duration is in whole minutes.
Nodes are numbered twice: by their `id`, which people and tables know, and by their position in `Graph.nodes`, which
the algorithms use (`care.domain.what_if`, `inheritance`, `restart`, `fragility`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, ResourceKind, Strength
from care.domain.loops import closing_ties, components, core

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


def gravest_first(node: Node) -> tuple[int, float, str]:
    """The order in which care needs activities: the gravest, then the least patient, then by name."""
    rank = node.criticality.rank if node.criticality else len(CareCriticality)
    return rank, float("inf") if node.dmia is None else node.dmia, node.name.casefold()


_Row = tuple[int, int, bool, int, str]
"""The columns of an `Edge`: twenty thousand of them are read at once, and few are ever looked at by name."""


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


@dataclass(frozen=True)
class Needs:
    """What nodes cannot do without, in columns: a row is missing when every one of its `members` is down.

    Three lists say, for each node, what misses it. Of ties that stand alone, (dependent, minutes it holds, row):
    `direct` are essential ties of dependents without a degraded mode, by far the most, `helps` useful ones. `uses` are
    (row, minutes) of all others. All by position; a row is essential as soon as one of its ties is. Columns: objects
    would cost more than the computing.
    """

    dependents: list[int]
    essential: list[bool]
    members: list[tuple[int, ...]]
    direct: list[list[tuple[int, int, int]]]
    helps: list[list[tuple[int, int, int]]]
    uses: list[list[tuple[int, int]]]


@dataclass(frozen=True)
class Loops:
    """The loops of essential needs, by position: each component of two nodes or more, or a node that needs itself.

    `ignored` are the ties (dependent, needed) without which no loop is left, with how long each holds: the order of
    restart leaves them out.
    """

    components: tuple[tuple[int, ...], ...] = ()
    ignored: Mapping[tuple[int, int], int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes and the ties between them; make it with `Graph.of`, which drops ties of unknown or ended nodes."""

    nodes: tuple[Node, ...]
    rows: list[_Row] = field(repr=False)
    position: dict[int, int] = field(repr=False)

    @classmethod
    def of(cls, nodes: Iterable[Node], ties: Iterable[_Row]) -> Graph:
        """The graph of these nodes and ties (`Edge`, or plain tuples of the same), in a fixed order."""
        ordered = tuple(sorted(nodes, key=lambda node: node.id))
        position = {node.id: rank for rank, node in enumerate(ordered)}
        return cls(ordered, [tie for tie in ties if tie[0] in position and tie[1] in position], position)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The ties, named."""
        return tuple(map(Edge._make, self.rows))

    def node(self, node_id: int) -> Node:
        """The node of that id; KeyError when it is not in the graph."""
        return self.nodes[self.position[node_id]]

    @cached_property
    def needs(self) -> Needs:
        """The needs of every node, essential ones and useful ones; a node does not stop for want of itself."""
        place, alone = self.position, [(one,) for one in range(len(self.nodes))]
        found = Needs([], [], [], [[] for _ in alone], [[] for _ in alone], [[] for _ in alone])
        dependents, essentials, members = found.dependents, found.essential, found.members
        direct, helps, uses = found.direct, found.helps, found.uses
        held_up = {node.id for node in self.nodes if node.fallbacks}
        groups: dict[tuple[int, str], list[Edge]] = {}
        for edge in self.rows:
            one, other, essential, holds, alternative = edge
            if alternative:
                groups.setdefault((one, alternative), []).append(Edge._make(edge))
                continue
            if one == other:
                continue
            dependent, needed = place[one], place[other]
            if not essential:
                helps[needed].append((dependent, holds, len(dependents)))
            elif one not in held_up:
                direct[needed].append((dependent, holds, len(dependents)))
            else:
                uses[needed].append((len(dependents), holds))
            dependents.append(dependent)
            essentials.append(essential)
            members.append(alone[needed])
        for (one, _name), ties in groups.items():
            self._add_group(found, place[one], [tie for tie in ties if tie.needed != one])
        return found

    def _add_group(self, found: Needs, dependent: int, ties: Sequence[Edge]) -> None:
        """One more row, of nodes that stand in for one another."""
        for tie in ties:
            found.uses[self.position[tie.needed]].append((len(found.dependents), tie.holds))
        if ties:
            found.dependents.append(dependent)
            found.essential.append(any(tie.essential for tie in ties))
            found.members.append(tuple(self.position[tie.needed] for tie in ties))

    @cached_property
    def essential_rows(self) -> list[list[int]]:
        """For each node, the rows of `needs` it stops without."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for row, (dependent, essential) in enumerate(zip(self.needs.dependents, self.needs.essential, strict=True)):
            if essential:
                found[dependent].append(row)
        return found

    @cached_property
    def essential(self) -> list[list[int]]:
        """For each node, the nodes of its essential needs, alternatives included."""
        members = self.needs.members
        return [[one for row in rows for one in members[row]] for rows in self.essential_rows]

    @cached_property
    def firm(self) -> list[list[int]]:
        """For each node, the nodes of its essential needs that nothing stands in for."""
        members = self.needs.members
        return [[members[row][0] for row in rows if len(members[row]) == 1] for rows in self.essential_rows]

    @cached_property
    def components(self) -> list[list[int]]:
        """The strongly connected components of essential needs, each after those it needs."""
        return components(self.essential)

    @cached_property
    def loops(self) -> Loops:
        """Its loops and how they are opened. The tie that holds longest goes first, then the least infrastructural."""
        selves = {self.position[edge[0]] for edge in self.rows if edge[0] == edge[1] and edge[2]}
        several = [tuple(sorted(one)) for one in components(core(self.essential)) if len(one) > 1]
        held = self._held_between(selves.union(*several))
        ignored = [(one, one) for one in sorted(selves)]
        needs: list[list[int]] = [[] for _ in self.nodes]
        for component in several:
            for one in component:
                inside = ((held[one, other], other) for other in self.essential[one] if (one, other) in held)
                needs[one] = [other for _minutes, other in sorted(inside)]
            ignored.extend(closing_ties(needs, component, self._last_restarted(component, held)))
        alone = [(one,) for one in sorted(selves.difference(*several))]
        return Loops((*sorted(several), *alone), {tie: held[tie] for tie in ignored})

    def _held_between(self, nodes: Collection[int]) -> dict[tuple[int, int], int]:
        """How long the ties between these nodes hold, by (dependent, needed), all by position."""
        ids = {self.nodes[one].id for one in nodes}
        place = self.position
        return {(place[edge[0]], place[edge[1]]): edge[3] for edge in self.rows if edge[0] in ids and edge[1] in ids}

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
