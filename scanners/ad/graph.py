"""The control graph: who can take control of whom, and the shortest way to what must be protected.

Nodes are the objects, the SIDs that are no object here, one node per distinct descriptor and kind of object (so that a
descriptor shared by 50,000 objects costs its entries once), and the scopes of group policies. Edges go from the one
who controls to what is controlled; the search goes backwards from the targets, over a compressed sparse matrix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanners.ad import rights, sids
from scanners.ad.columns import Ints, Kind, Mask, Objects
from scanners.ad.descriptors import DACL_PRESENT, DACL_PROTECTED, Descriptors
from scanners.ad.rights import Right

_LINK = re.compile(r"\[LDAP://([^;\]]+);(\d+)\]", re.IGNORECASE)
_LINK_DISABLED = 1
_MAX_DEPTH = 64
UNREACHED: Final = -1


@dataclass(frozen=True)
class Reach:
    """Who reaches the targets: `distance` in edges per node (`UNREACHED`), `via` the first edge of its path."""

    distance: Ints
    via: Ints


@dataclass(frozen=True)
class ControlGraph:
    """Edges of control.

    `strangers` are the SIDs of the nodes that follow the objects, `parents` the rows of the objects’ containers.
    """

    objects: Objects
    strangers: tuple[str, ...]
    parents: Ints
    node_count: int
    source: Ints
    destination: Ints
    right: NDArray[np.int8]

    def reach(self, targets: Mask, trusted: Mask) -> Reach:
        """Search backwards from targets (a mask of objects), never through trusted nodes (a mask of all nodes)."""
        order, start = self._by_destination
        distance = np.full(self.node_count, UNREACHED, dtype=np.int64)
        via = np.full(self.node_count, UNREACHED, dtype=np.int64)
        frontier = np.flatnonzero(targets)
        distance[frontier] = 0
        closed = trusted.copy()
        closed[frontier] = True
        step = 0
        while len(frontier):
            step += 1
            edges = order[_ranges(start[frontier], start[frontier + 1])]
            edges = edges[~closed[self.source[edges]]]
            frontier, first = np.unique(self.source[edges], return_index=True)
            distance[frontier] = step
            via[frontier] = edges[first]
            closed[frontier] = True
        return Reach(distance, via)

    def first_edges(self, reach: Reach) -> dict[int, int]:
        """For each object or SID that itself holds a right on the way to a target, the best such edge.

        An edge counts when it leads closer to a target than its source is: being in a group that holds a right hides
        no right held in person.
        """
        closer = reach.distance[self.destination]
        own = reach.distance[self.source]
        useful = (closer >= 0) & (closer < own) & (self.source < self.principals)
        edges = np.flatnonzero(useful & ~np.isin(self.right, [int(right) for right in rights.CONNECTIVES]))
        edges = edges[np.argsort(closer[edges], kind="stable")]
        sources, first = np.unique(self.source[edges], return_index=True)
        return dict(zip(sources.tolist(), edges[first].tolist(), strict=True))

    def path(self, reach: Reach, node: int, edge: int) -> list[tuple[int, Right, int]]:
        """The steps from a node, by one of its edges, to a target; nodes of descriptors are left out."""
        steps: list[tuple[int, Right, int]] = []
        here, right = node, Right.NONE
        while edge != UNREACHED:
            right = Right(int(self.right[edge])) or right
            node = int(self.destination[edge])
            if node < self.principals:
                steps.append((here, right, node))
                here, right = node, Right.NONE
            edge = int(reach.via[node])
        return steps

    def controlled_by(self, node: int) -> list[int]:
        """Rows of what a node controls itself, not through others."""
        order, start = self._by_source
        reached = np.array([node])
        while len(inner := reached[(reached >= self.principals) | (reached == node)]):
            edges = order[_ranges(start[inner], start[inner + 1])]
            reached = np.unique(np.concatenate([reached[reached < self.principals], self.destination[edges]]))
            reached = reached[reached != node]
        rows: list[int] = reached[reached < len(self.objects)].tolist()
        return rows

    def containers_of(self, rows: Mask) -> list[int]:
        """Rows of everything above these objects."""
        above = np.unique(self.parents[rows])
        found: set[int] = set()
        while len(above := above[above >= 0]):
            fresh = [row for row in above.tolist() if row not in found]
            found.update(fresh)
            above = np.unique(self.parents[fresh])
        return sorted(found)

    def policies_applied_to(self, rows: Mask) -> list[int]:
        """Rows of the policies linked above these objects."""
        containers = set(self.containers_of(rows))
        return sorted({policy for policy, container in _links(self.objects) if container in containers})

    def node_of(self, sid: str) -> int:
        """The node of a SID, -1 when nothing in the graph has it."""
        row = self.objects.row_by_sid.get(sid, -1)
        return row if row >= 0 else self._stranger_nodes.get(sid, -1)

    def sid_of(self, node: int) -> str:
        """The SID of an object or of a stranger."""
        count = len(self.objects)
        return self.objects.sid(node) if node < count else self.strangers[node - count]

    @cached_property
    def principals(self) -> int:
        """Nodes below this number are objects or SIDs; above are descriptors and scopes."""
        return len(self.objects) + len(self.strangers)

    @cached_property
    def _stranger_nodes(self) -> dict[str, int]:
        return {sid: len(self.objects) + index for index, sid in enumerate(self.strangers)}

    @cached_property
    def _by_destination(self) -> tuple[Ints, Ints]:
        return _grouped(self.destination, self.node_count)

    @cached_property
    def _by_source(self) -> tuple[Ints, Ints]:
        return _grouped(self.source, self.node_count)


def build_graph(
    objects: Objects, descriptors: Descriptors, membership: tuple[Ints, Ints], enabled: Mask
) -> ControlGraph:
    """The graph of one domain. `membership` holds rows of groups and of members."""
    strangers = _strangers(objects, descriptors)
    graph = _Edges(objects, descriptors, strangers)
    groups, members = membership
    graph.add(members, groups, Right.MemberOf)
    graph.add_identities(np.flatnonzero(enabled))
    graph.add_descriptors()
    graph.add_hierarchy()
    graph.add_attributes()
    return graph.built()


class _Edges:
    """Edges under construction."""

    def __init__(self, objects: Objects, descriptors: Descriptors, strangers: tuple[str, ...]) -> None:
        self._objects = objects
        self._descriptors = descriptors
        self._strangers = strangers
        self._nodes = {sid: len(objects) + index for index, sid in enumerate(strangers)}
        self._count = len(objects) + len(strangers)
        self._parents = _parents(objects)
        self._parts: list[tuple[Ints, Ints, NDArray[np.int8]]] = []

    def add(self, sources: Ints, destinations: Ints, right: Right | NDArray[np.int8]) -> None:
        """Edges between nodes, all with one right or each with its own."""
        kinds = np.full(len(sources), right, dtype=np.int8) if isinstance(right, Right) else right
        self._parts.append((sources, destinations, kinds))

    def built(self) -> ControlGraph:
        """The finished graph."""
        columns = [np.concatenate(column) for column in zip(*self._parts, strict=True)]
        return ControlGraph(
            self._objects, self._strangers, self._parents, self._count, columns[0], columns[1], columns[2]
        )

    def add_identities(self, enabled: Ints) -> None:
        """Whoever logs on is Authenticated Users, and Everyone."""
        authenticated, everyone = self._node(sids.AUTHENTICATED_USERS), self._node(sids.EVERYONE)
        self.add(enabled, np.full(len(enabled), authenticated, dtype=np.int64), Right.AuthenticatedAs)
        self.add(np.array([authenticated]), np.array([everyone]), Right.AuthenticatedAs)

    def add_descriptors(self) -> None:
        """Trustee → descriptor → objects that carry it."""
        objects, table = self._objects, self._descriptors
        carrying = np.flatnonzero(objects.descriptor >= 0)
        kinds = rights.targets(objects)
        width = len(rights.Target)
        pairs, which = np.unique(objects.descriptor[carrying] * width + kinds[carrying], return_inverse=True)
        base = self._count
        self._count += len(pairs)
        self.add(base + which, carrying, Right.NONE)
        index, target = pairs // width, pairs % width
        counts = table.start[index + 1] - table.start[index]
        aces = table.entries[_ranges(table.start[index], table.start[index + 1])]
        owners = np.repeat(np.arange(len(pairs)), counts)
        controls = rights.control_rights(table)
        given = controls[aces, target[owners]]
        nodes = self._trustee_nodes()
        of_owner = rights.about_the_owner(table)[aces]
        holder = np.where(of_owner, table.owner[index[owners]], table.ace_trustee[aces])
        source = nodes[holder]
        kept = np.flatnonzero((given > 0) & (source >= 0) & (holder >= 0))
        kept = self._without_denied(kept, aces, owners, rights.denials(table, controls))
        self.add(source[kept], base + owners[kept], given[kept])
        limited = np.zeros(len(pairs), dtype=np.bool_)
        limited[owners[of_owner]] = True
        self._add_owners(nodes, index, base, limited)
        self._add_open(index, base)

    def _add_owners(self, nodes: Ints, index: Ints, base: int, limited: Mask) -> None:
        """Owners may change permissions, unless entries for OWNER RIGHTS say what they may."""
        owner = self._descriptors.owner[index]
        owned = np.flatnonzero((owner >= 0) & (nodes[owner] >= 0) & ~limited)
        self.add(nodes[owner[owned]], base + owned, Right.Owns)

    def _add_open(self, index: Ints, base: int) -> None:
        """A descriptor without DACL lets everyone do everything."""
        open_to_all = np.flatnonzero(self._descriptors.control[index] & DACL_PRESENT == 0)
        everyone = np.full(len(open_to_all), self._node(sids.EVERYONE), dtype=np.int64)
        self.add(everyone, base + open_to_all, Right.GenericAll)

    def add_hierarchy(self) -> None:
        """Containers pass their rights down to what inherits; policies apply to what is below their links."""
        objects = self._objects
        parents = self._parents
        kinds = (Kind.USER, Kind.COMPUTER, Kind.GMSA, Kind.SMSA, Kind.DMSA, Kind.GROUP, Kind.OU, Kind.CONTAINER)
        inheriting = np.flatnonzero((parents >= 0) & objects.of(*kinds) & ~_protected(objects, self._descriptors))
        self.add(parents[inheriting], inheriting, Right.Contains)
        self._add_policies(parents)

    def _add_policies(self, parents: Ints) -> None:
        links = list(_links(self._objects))
        if not links:
            return
        policies, containers = (np.array(column, dtype=np.int64) for column in zip(*links, strict=True))
        linked = np.unique(containers)
        scope = np.full(len(self._objects), -1, dtype=np.int64)
        scope[linked] = self._count + np.arange(len(linked))
        self._count += len(linked)
        self.add(policies, scope[containers], Right.GPLink)
        rows = np.flatnonzero(self._objects.of(Kind.USER, Kind.COMPUTER))
        above = parents[rows]
        for _ in range(_MAX_DEPTH):
            rows, above = rows[above >= 0], above[above >= 0]
            inside = scope[above] >= 0
            self.add(scope[above[inside]], rows[inside], Right.NONE)
            above = parents[above]

    def add_attributes(self) -> None:
        """Delegation, SID history and readers of managed passwords."""
        objects = self._objects
        hosts = _computers_by_host(objects)
        for row, services in objects.texts("msDS-AllowedToDelegateTo").items():
            targets = {hosts[host] for host in map(service_host, services) if host in hosts}
            self._add_each([row], sorted(targets), Right.AllowedToDelegate)
        for row, history in objects.texts("sIDHistory").items():
            targets = {objects.row_by_sid[sid] for sid in history if sid in objects.row_by_sid}
            self._add_each([row], sorted(targets), Right.HasSIDHistory)
        for attribute, right in (
            ("msDS-AllowedToActOnBehalfOfOtherIdentity", Right.AllowedToAct),
            ("msDS-GroupMSAMembership", Right.ReadGMSAPassword),
        ):
            for row, trustees in objects.texts(attribute).items():
                self._add_each([node for node in map(self._node, trustees) if node >= 0], [row], right)

    def _add_each(self, sources: list[int], destinations: list[int], right: Right) -> None:
        pairs = [(source, destination) for source in sources for destination in destinations]
        if pairs:
            columns = np.array(pairs, dtype=np.int64)
            self.add(columns[:, 0], columns[:, 1], right)

    def _without_denied(self, kept: Ints, aces: Ints, owners: Ints, refusing: Mask) -> Ints:
        """Leave out what an earlier entry of the same descriptor denies; descriptors with such entries are rare."""
        table = self._descriptors
        if not refusing.any():
            return kept
        places = np.flatnonzero(refusing[aces])
        refusals: dict[int, list[int]] = {}
        for place in places.tolist():
            refusals.setdefault(int(owners[place]), []).append(place)
        mask = rights.masks(table)
        lost = [
            place
            for place in kept[np.isin(owners[kept], owners[places])].tolist()
            if rights.denied(
                table, mask, int(aces[place]), [int(aces[one]) for one in refusals[int(owners[place])] if one < place]
            )
        ]
        return kept[~np.isin(kept, lost)]

    def _trustee_nodes(self) -> Ints:
        """The node of each SID of the descriptors, -1 for the system itself; the last answers for no SID at all."""
        names = self._descriptors.sids
        nodes = [-1 if sid in rights.TRUSTED_SIDS else self._node(sid) for sid in names]
        return np.array([*nodes, -1], dtype=np.int64)

    def _node(self, sid: str) -> int:
        row = self._objects.row_by_sid.get(sid, -1)
        return row if row >= 0 else self._nodes.get(sid, -1)


def service_host(service: str) -> str:
    """The host of a service name, in lower case: `cifs/srv1.hopital.test:445/x` → `srv1.hopital.test`."""
    return service.partition("/")[2].partition("/")[0].partition(":")[0].lower()


def _computers_by_host(objects: Objects) -> dict[str, int]:
    computers = np.flatnonzero(objects.of(Kind.COMPUTER)).tolist()
    hosts = {objects.text("dNSHostName", row).lower(): row for row in computers}
    hosts |= {objects.text("sAMAccountName", row).rstrip("$").lower(): row for row in computers}
    hosts.pop("", None)
    return hosts


def _strangers(objects: Objects, descriptors: Descriptors) -> tuple[str, ...]:
    """SIDs that hold rights and are no object here."""
    allowed = (
        sid
        for name in ("msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-GroupMSAMembership")
        for values in objects.texts(name).values()
        for sid in values
    )
    names = (sids.AUTHENTICATED_USERS, sids.EVERYONE, *descriptors.sids, *allowed)
    return tuple(dict.fromkeys(sid for sid in names if sid not in objects.row_by_sid))


def _parents(objects: Objects) -> Ints:
    """The row of the container of each object, -1 when it was not read."""
    by_dn = objects.row_by_dn
    return np.array([by_dn.get(parent_dn(dn).lower(), -1) for dn in objects.dn], dtype=np.int64)


def parent_dn(dn: str) -> str:
    """The distinguished name of the container: all after the first comma that is not escaped."""
    at = dn.find(",")
    while at > 0 and dn[at - 1] == "\\":
        at = dn.find(",", at + 1)
    return dn[at + 1 :] if at >= 0 else ""


def _protected(objects: Objects, descriptors: Descriptors) -> Mask:
    """Objects that do not inherit the rights of their container."""
    carried = np.where(objects.descriptor >= 0, objects.descriptor, 0)
    control = descriptors.control[carried] if len(descriptors) else np.zeros(len(objects), dtype=np.int64)
    mask: Mask = (objects.descriptor >= 0) & (control & DACL_PROTECTED != 0)
    return mask


def _links(objects: Objects) -> Iterable[tuple[int, int]]:
    """Every link of a policy in force, as (row of the policy, row of what it is linked to)."""
    for container, values in objects.texts("gPLink").items():
        for dn, options in _LINK.findall(values[0]):
            policy = objects.row_by_dn.get(dn.lower(), -1)
            if policy >= 0 and not int(options) & _LINK_DISABLED:
                yield policy, container


def _grouped(ends: Ints, node_count: int) -> tuple[Ints, Ints]:
    """Edge numbers sorted by one of their ends, and where those of each node begin."""
    start = np.zeros(node_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=node_count), out=start[1:])
    return np.argsort(ends, kind="stable"), start


def _ranges(starts: Ints, ends: Ints) -> Ints:
    """All the numbers of several ranges, one after the other."""
    lengths = ends - starts
    total = int(lengths.sum())
    offsets = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) if total else starts[:0]
    return offsets + np.arange(total)
