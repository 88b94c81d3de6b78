"""How tier 0 is reached: the shortest path of each principal, and the single links whose removal frees the most.

A link is what an administrator removes in one gesture: the entries one trustee holds on one object, a membership, an
ownership, a delegation, the link of a policy. An inherited entry is removed where it is set, and with it on all that
inherits it; an entry copied from AdminSDHolder is removed there. What cannot be removed (being among the authenticated
users, lying in a container) is a step of paths and never a choke point.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from scanners.ad.columns import Ints, Kind, Mask
from scanners.ad.control_paths.control import acting, name_of_node, sure_of_none, trusted_nodes
from scanners.ad.control_paths.dominators import ROOT, dominators
from scanners.ad.control_paths.graph import Reach, parent_dn
from scanners.ad.control_paths.sparse import ranges
from scanners.ad.descriptors import DACL_PROTECTED, INHERITED
from scanners.ad.facts import PRINCIPALS, DirectoryFacts
from scanners.ad.rights import CONNECTIVES, Right, masks

MOST_CHOKE_POINTS: Final = 25
MOST_PATHS: Final = 500
MOST_EXAMPLES: Final = 5
IDENTITY: Final = "identity"
"""Kind of a node that is a SID and no object here: everybody, an account of elsewhere or of before."""

_FIXED: Final = (Right.NONE, Right.AuthenticatedAs, Right.Contains)
_OF_DOMAINS = "S-1-5-21-"


@dataclass(frozen=True, slots=True)
class Node:
    """One end of a step. `kind` is a `Kind` in lower case, or `identity`; `dn` is empty for an identity."""

    name: str
    kind: str
    dn: str


@dataclass(frozen=True, slots=True)
class Step:
    """`source` controls `target` by a `Right`."""

    source: Node
    right: str
    target: Node


@dataclass(frozen=True, slots=True)
class ControlPath:
    """The shortest path of one principal; `accounts` counts the accounts in use that stand behind it. Whoever is
    `privileged` already needs no path."""

    principal: Node
    steps: tuple[Step, ...]
    accounts: int
    privileged: bool = False


@dataclass(frozen=True, slots=True)
class ChokePoint:
    """A link without which `freed` principals reach tier 0 no more, a `share` of those that do."""

    step: Step
    freed: int
    share: float
    examples: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class PathsSummary:
    """Paths to tier 0 of one domain.

    `principals` are the accounts in use and the SIDs of other domains, privileged ones left out; `reaching` those of
    them that have a path. `lengths` counts them by the steps of their shortest one. `tier_zero` counts the targets.
    `paths` begin with those who hold a right themselves, groups included, the most accounts first; `cut` more were
    left out.
    """

    principals: int
    reaching: int
    tier_zero: int
    lengths: tuple[tuple[int, int], ...]
    choke_points: tuple[ChokePoint, ...]
    paths: tuple[ControlPath, ...]
    cut: int


@dataclass(frozen=True)
class Survey:
    """One search of tier 0: what it says in short, and all principals that act and have a path, in the order of its
    `paths`, with the accounts in use behind each."""

    summary: PathsSummary
    reach: Reach
    nodes: Ints
    accounts: Ints


_ADAPTER: Final = TypeAdapter(PathsSummary)


def as_json(summary: PathsSummary) -> dict[str, Any]:
    """A summary as one JSON object."""
    return asdict(summary)


def from_json(raw: object) -> PathsSummary:
    """A summary read back; ValueError when something is absent, of another type or impossible."""
    summary = _ADAPTER.validate_python(raw)
    counts = (summary.principals, summary.reaching, summary.tier_zero, summary.cut, *(n for _, n in summary.lengths))
    freed = [point.freed for point in summary.choke_points]
    if min(counts) < 0 or summary.reaching > summary.principals or any(n > summary.reaching for n in freed):
        raise ValueError("the counts of a summary of control paths contradict each other")
    if len(summary.choke_points) > MOST_CHOKE_POINTS or len(summary.paths) > MOST_PATHS:
        raise ValueError("a summary of control paths is too long")
    return summary


def summarize(facts: DirectoryFacts) -> PathsSummary:
    """The paths to tier 0 in short; NotAssessable when none is found but something needed was not read."""
    return survey(facts).summary


def survey(facts: DirectoryFacts) -> Survey:
    """Every path to tier 0; NotAssessable when none is found but something needed was not read."""
    reach, counted, reaching = who_reaches(facts)
    if not reaching.any():
        sure_of_none(facts, facts.tier_zero)
    lengths, counts = np.unique(reach.distance[reaching], return_counts=True)
    nodes, accounts = _listed(facts, reach)
    first = zip(nodes[:MOST_PATHS].tolist(), accounts[:MOST_PATHS].tolist(), strict=True)
    paths = tuple(ControlPath(_node(facts, node), _steps(facts, reach, node), count) for node, count in first)
    summary = PathsSummary(
        principals=int(counted.sum()),
        reaching=int(reaching.sum()),
        tier_zero=int(facts.tier_zero.sum()),
        lengths=tuple(zip(lengths.tolist(), counts.tolist(), strict=True)),
        choke_points=_choke_points(facts, reach, reaching),
        paths=paths,
        cut=len(nodes) - len(paths),
    )
    return Survey(summary, reach, nodes, accounts)


def path_from(facts: DirectoryFacts, wanted: str) -> ControlPath | None:
    """The shortest path of the principal of that name (with or without its domain), distinguished name or SID.

    No step when it has no path, or is privileged already; None when nobody is called so. NotAssessable when it has none
    but something needed was not read.
    """
    node = _called(facts, wanted.strip())
    if node is None:
        return None
    reach, _, _ = who_reaches(facts)
    steps = _steps(facts, reach, node) if reach.distance[node] > 0 else ()
    privileged = bool(reach.distance[node] == 0 or trusted_nodes(facts)[node])
    if not steps and not privileged:
        sure_of_none(facts, facts.tier_zero)
    return ControlPath(_node(facts, node), steps, facts.acting_as(facts.graph.sid_of(node)), privileged)


def _called(facts: DirectoryFacts, wanted: str) -> int | None:
    by_id = (facts.graph.node_of(wanted.upper()), facts.objects.row_by_dn.get(wanted.lower(), -1))
    found = next((node for node in by_id if node >= 0), None)
    if found is not None or not wanted:
        return found
    name, known = wanted.casefold(), np.flatnonzero(facts.objects.of(*PRINCIPALS)).tolist()
    for node in (*known, *range(len(facts.objects), facts.graph.principals)):
        told = name_of_node(facts, node).casefold()
        if name in (told, told.rpartition("\\")[2]):
            return int(node)
    return None


def who_reaches(facts: DirectoryFacts) -> tuple[Reach, Mask, Mask]:
    """The search of tier 0, the principals that count, and those of them that have a path (masks of nodes)."""
    reach = facts.graph.reach(facts.tier_zero, trusted_nodes(facts))
    counted = _counted(facts)
    return reach, counted, counted & (reach.distance > 0)


# ── principals ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _counted(facts: DirectoryFacts) -> Mask:
    """Accounts in use and SIDs of other domains, those that may left out. A mask of nodes."""
    graph, objects = facts.graph, facts.objects
    counted = np.zeros(graph.node_count, dtype=np.bool_)
    counted[: len(objects)] = facts.enabled
    foreign = np.flatnonzero(objects.of(Kind.FOREIGN)).tolist()
    counted[[row for row in foreign if objects.sid(row).startswith(_OF_DOMAINS)]] = True
    others = [sid.startswith(_OF_DOMAINS) for sid in graph.strangers]
    counted[len(objects) : graph.principals] = others
    return counted & ~trusted_nodes(facts)


def _listed(facts: DirectoryFacts, reach: Reach) -> tuple[Ints, Ints]:
    """Those whose path is told, in order, and the accounts in use behind each."""
    graph = facts.graph
    nodes = np.flatnonzero((reach.distance[: graph.principals] > 0) & acting(facts)[: graph.principals])
    by_right = ~np.isin(graph.right[reach.via[nodes]], CONNECTIVES)
    alone = np.zeros(graph.principals, dtype=np.bool_)
    alone[: len(facts.objects)] = facts.accounts
    accounts = np.array(
        [1 if alone[node] else facts.acting_as(graph.sid_of(node)) for node in nodes.tolist()], dtype=np.int64
    )
    order = np.lexsort((nodes, reach.distance[nodes], -accounts, ~by_right))
    return nodes[order], accounts[order]


def _steps(facts: DirectoryFacts, reach: Reach, node: int) -> tuple[Step, ...]:
    steps = facts.graph.path(reach, node, int(reach.via[node]))
    return tuple(Step(_node(facts, before), right.name, _node(facts, after)) for before, right, after in steps)


def _node(facts: DirectoryFacts, node: int) -> Node:
    name = name_of_node(facts, node)
    if node >= len(facts.objects):
        return Node(name, IDENTITY, "")
    return Node(name, Kind(int(facts.objects.kind[node])).name.lower(), facts.objects.dn[node])


# ── choke points ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Links:
    """What can be removed, and what each one opens: `source`, `place` and `right` one value per link; `link` and
    `target` the two ends of each opening. A place is where the link is removed, a target what it gives."""

    source: Ints
    place: Ints
    right: NDArray[np.int8]
    link: Ints
    target: Ints


def _choke_points(facts: DirectoryFacts, reach: Reach, reaching: Mask) -> tuple[ChokePoint, ...]:
    total = int(reaching.sum())
    if not total:
        return ()
    links = _Unfolded(facts, reach).links()
    graph = _LinkGraph(links, reach, facts.graph.principals)
    weights = graph.weights(reaching)
    freed = graph.tree.totals(weights)
    chokes = graph.chokes()
    found = chokes[freed[graph.source[chokes]] > 0]
    gain, link = freed[graph.source[found]], graph.link[found]
    best = np.lexsort((link, np.isin(links.right[link], CONNECTIVES), -gain))[:MOST_CHOKE_POINTS]
    return tuple(
        ChokePoint(
            Step(
                _node(facts, int(links.source[at])),
                Right(int(links.right[at])).name,
                _node(facts, int(links.place[at])),
            ),
            count,
            count / total,
            tuple(_node(facts, node) for node in graph.freed_by(edge, reaching)),
        )
        for edge, at, count in zip(found[best].tolist(), link[best].tolist(), gain[best].tolist(), strict=True)
    )


class _LinkGraph:
    """The links as a graph that runs to one root, all targets in one. A link that opens several things is a node."""

    def __init__(self, links: Links, reach: Reach, node_count: int) -> None:
        numbers = np.full(node_count, -1, dtype=np.int64)
        here = np.flatnonzero(reach.distance[:node_count] > 0)
        numbers[here] = 1 + np.arange(len(here))
        numbers[reach.distance[:node_count] == 0] = ROOT
        self.nodes = here
        openings = np.unique(links.link * (len(here) + 1) + numbers[links.target])
        link, target = openings // (len(here) + 1), openings % (len(here) + 1)
        opens = np.bincount(link, minlength=len(links.source))
        several = np.flatnonzero(opens > 1)
        hub = np.full(len(links.source), -1, dtype=np.int64)
        hub[several] = 1 + len(here) + np.arange(len(several))
        origin = numbers[links.source]
        single = opens[link] == 1
        self.source = np.concatenate([origin[several], np.where(single, origin[link], hub[link])])
        self.target = np.concatenate([hub[several], target])
        self.link = np.concatenate([several, np.where(single, link, -1)])
        removable = ~np.isin(links.right, _FIXED)
        self._removable = (self.link >= 0) & removable[self.link]
        self.tree = dominators(1 + len(here) + len(several), self.source, self.target)

    def weights(self, counted: Mask) -> Ints:
        """One for each node of the graph that stands for a counted one."""
        weights = np.zeros(len(self.tree.above), dtype=np.int64)
        weights[1 : 1 + len(self.nodes)] = counted[self.nodes]
        return weights

    def chokes(self) -> Ints:
        """The edges without which their source goes nowhere: all its others lead back to it."""
        onward = ~self.tree.within(self.target, self.source)
        ways = np.bincount(self.source[onward], minlength=len(self.tree.above))
        return np.flatnonzero(onward & (ways[self.source] == 1) & self._removable)

    def freed_by(self, edge: int, counted: Mask) -> list[int]:
        """Some of the counted nodes that an edge frees."""
        branch = np.sort(self.tree.branch(int(self.source[edge])))
        inside = self.nodes[branch[(branch > 0) & (branch <= len(self.nodes))] - 1]
        rows: list[int] = inside[counted[inside]][:MOST_EXAMPLES].tolist()
        return rows


class _Unfolded:
    """The part of the control graph that leads to a target, descriptors unfolded into what they hold for whom."""

    def __init__(self, facts: DirectoryFacts, reach: Reach) -> None:
        self._facts = facts
        self._graph = facts.graph
        self._reach = reach

    def links(self) -> Links:
        """Every link, with what it opens."""
        graph, distance = self._graph, self._reach.distance
        useful = (distance[graph.source] >= 0) & (distance[graph.destination] >= 0)
        useful &= (distance[graph.source] > 0) & (graph.source < graph.principals)
        edges = np.flatnonzero(useful)
        carried = graph.destination[edges] >= graph.principals
        plain, folded = edges[~carried], edges[carried]
        which, targets = self._carried_by(graph.destination[folded].astype(np.int64))
        behind = np.concatenate([plain, folded[which]])
        target = np.concatenate([graph.destination[plain], targets])
        place = np.concatenate([graph.destination[plain], self._places(folded[which], targets)])
        return _gathered(graph.source[behind].astype(np.int64), place, graph.right[behind], graph.entry[behind], target)

    def _carried_by(self, carriers: Ints) -> tuple[Ints, Ints]:
        """What each of these carriers holds, as (index of the carrier, node)."""
        order, start = self._graph.by_source
        begin, end = start[carriers], start[carriers + 1]
        which = np.repeat(np.arange(len(carriers)), end - begin)
        nodes = self._graph.destination[order[ranges(begin, end)]]
        reached = self._reach.distance[nodes] >= 0
        return which[reached], nodes[reached].astype(np.int64)

    def _places(self, edges: Ints, targets: Ints) -> Ints:
        """Where the link behind each edge is removed: the object, or where its entry comes from."""
        graph, table = self._graph, self._facts.permissions
        places = targets.copy()
        scopes = graph.places[graph.destination[edges] - graph.principals]
        places[scopes >= 0] = scopes[scopes >= 0]
        entry = graph.entry[edges].astype(np.int64)
        inherited = np.flatnonzero((entry >= 0) & (table.ace_flags[entry] & INHERITED != 0))
        places[inherited] = self._origins(targets[inherited], self._keys[entry[inherited]])
        copied = np.flatnonzero((entry >= 0) & (places == targets) & self._protected[targets])
        from_holder = np.isin(self._keys[entry[copied]], self._holder_keys)
        places[copied[from_holder]] = self._holder
        return places

    def _origins(self, rows: Ints, keys: Ints) -> Ints:
        """The nearest container above each object that holds an entry itself; the object when none was read."""
        width = int(self._keys.max(initial=0)) + 1
        asked, which = np.unique(self._containers[rows] * width + keys, return_inverse=True)
        found = np.array([self._origin(*divmod(one, width)) for one in asked.tolist()], dtype=np.int64)
        origins = found[which]
        return np.where(origins >= 0, origins, rows)

    def _origin(self, container: int, key: int) -> int:
        while container >= 0:
            if key in self._set_on(container):
                return container
            container = int(self._containers[container])
        return -1

    @cached_property
    def _containers(self) -> Ints:
        """The nearest container read above each object, in its naming context; -1 when there is none."""
        objects, naming = self._facts.objects, self._facts.naming
        above = self._graph.parents.copy()
        heads = {dn.lower() for dn in (naming.root_dn, naming.configuration_dn, naming.schema_dn)}
        known = {}
        for row in np.flatnonzero(above < 0).tolist():
            dn = parent_dn(objects.dn[row]).lower()
            if dn not in known:
                known[dn] = self._nearest_read(dn, heads)
            above[row] = known[dn]
        above[[row for row in map(objects.row_by_dn.get, heads) if row is not None]] = -1
        return above

    def _nearest_read(self, dn: str, heads: Collection[str]) -> int:
        while dn and dn not in heads and dn not in self._facts.objects.row_by_dn:
            dn = parent_dn(dn)
        return self._facts.objects.row_by_dn.get(dn, -1)

    def _set_on(self, row: int) -> frozenset[int]:
        """Keys of the entries an object holds itself."""
        if row not in self._own:
            index = int(self._facts.objects.descriptor[row])
            table = self._facts.permissions
            entries = table.entries_of(index) if index >= 0 else np.empty(0, dtype=np.int64)
            own = entries[table.ace_flags[entries] & INHERITED == 0]
            self._own[row] = frozenset(self._keys[own].tolist())
        return self._own[row]

    @cached_property
    def _own(self) -> dict[int, frozenset[int]]:
        return {}

    @cached_property
    def _keys(self) -> Ints:
        """One number per entry, the same for entries that give the same to the same trustee, inherited or not.

        What an entry on a container says in general terms is written out in the copy that an object inherits.
        """
        table = self._facts.permissions
        columns = (table.ace_type, masks(table), table.ace_object, table.ace_trustee)
        if not len(table.ace_type):
            return table.ace_type
        _, keys = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
        flat: Ints = keys.reshape(-1)
        return flat

    @cached_property
    def _holder(self) -> int:
        dn = f"CN=AdminSDHolder,{self._facts.naming.system_dn}".lower()
        return self._facts.objects.row_by_dn.get(dn, -1)

    @cached_property
    def _holder_keys(self) -> list[int]:
        return sorted(self._set_on(self._holder)) if self._holder >= 0 else []

    @cached_property
    def _protected(self) -> Mask:
        """Objects whose permissions are copied from AdminSDHolder."""
        facts = self._facts
        carried = facts.objects.descriptor
        if not len(facts.permissions) or "adminCount" not in facts.objects.asked:
            return np.zeros(len(facts.objects), dtype=np.bool_)
        closed = facts.permissions.control[np.maximum(carried, 0)] & DACL_PROTECTED != 0
        mask: Mask = (carried >= 0) & closed & (facts.objects.ints("adminCount") == 1)
        return mask


def _gathered(source: Ints, place: Ints, right: NDArray[np.int8], entry: NDArray[np.int32], target: Ints) -> Links:
    """Edges gathered into links: the entries of one trustee in one place are one link, named by the strongest."""
    act = np.where(entry >= 0, 0, right).astype(np.int64)
    span = int(max(place.max(initial=0), source.max(initial=0))) + 1
    gathered = (source * span + place) * (max(Right) + 1) + act
    _, first, link = np.unique(gathered, return_index=True, return_inverse=True)
    strongest = np.full(len(first), max(Right), dtype=np.int64)
    np.minimum.at(strongest, link, right)
    return Links(source[first], place[first], strongest.astype(np.int8), link, target)
