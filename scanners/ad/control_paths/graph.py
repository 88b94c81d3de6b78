"""The control graph: who can take control of whom, and the shortest way to what must be protected.

Nodes are the objects, the SIDs that are no object here, and between them carriers: one per distinct descriptor and kind
of object (so that a descriptor shared by 50,000 objects costs its entries once), and the scopes of group policies.
Edges go from the one who controls to what is controlled; an edge out of a carrier is no step of its own. The search
goes backwards from the targets, over a compressed sparse matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scanners.ad import rights, sids
from scanners.ad.columns import MISSING, Ints, Kind, Mask, Objects
from scanners.ad.control_paths.sparse import UNREACHED, Numbers, grouped, ranges
from scanners.ad.descriptors import DACL_PRESENT, DACL_PROTECTED, Descriptors
from scanners.ad.rights import Right
from scanners.ad.subjects.policy_links import blocking, links_in_force

_MAX_DEPTH = 64
_UNCONSTRAINED = 0x80000
_CONTROLLER_GROUPS = (sids.RID_DOMAIN_CONTROLLERS, sids.RID_READ_ONLY_CONTROLLERS)
_NO_ENTRY: Final = -1
_ALL_RIGHTS: Final = np.ones(max(Right) + 1, dtype=np.bool_)


@dataclass(frozen=True)
class Reach:
    """Who reaches the targets: `distance` in steps per node (`UNREACHED`), `via` the first edge of its path.

    `used` tells of each `Right` whether the search went by it.
    """

    distance: Ints
    via: Ints
    used: Mask


@dataclass(frozen=True)
class ControlGraph:
    """Edges of control.

    `strangers` are the SIDs of the nodes that follow the objects, `parents` the rows of the objects’ containers.
    `places` tells of each carrier, in order, which container its policies are linked to (-1 for a descriptor). `entry`
    is the access entry behind an edge, -1 when there is none.
    """

    objects: Objects
    descriptors: Descriptors
    strangers: tuple[str, ...]
    parents: Ints
    places: Ints
    source: Numbers
    destination: Numbers
    right: NDArray[np.int8]
    entry: Numbers

    def reach(self, targets: Mask, trusted: Mask, without: Iterable[Right] = ()) -> Reach:
        """Search backwards from targets (a mask of objects), never through trusted nodes (a mask of all nodes).

        Rights among `without` give nothing.
        """
        used = np.ones(max(Right) + 1, dtype=np.bool_)
        used[list(without)] = False
        distance = np.full(self.node_count, UNREACHED, dtype=np.int64)
        via = np.full(self.node_count, UNREACHED, dtype=np.int64)
        frontier = np.flatnonzero(targets)
        distance[frontier] = 0
        closed = trusted.copy()
        closed[frontier] = True
        step = 0
        while len(frontier):
            edges = self._into(frontier, closed, used)
            carried = self.source[edges] >= self.principals
            carriers, first = np.unique(self.source[edges[carried]], return_index=True)
            distance[carriers], via[carriers], closed[carriers] = step, edges[carried][first], True
            edges = np.concatenate([edges[~carried], self._into(carriers, closed, used)])
            step += 1
            frontier, first = np.unique(self.source[edges], return_index=True)
            distance[frontier], via[frontier], closed[frontier] = step, edges[first], True
        return Reach(distance, via, used)

    def _into(self, nodes: Ints | Numbers, closed: Mask, used: Mask = _ALL_RIGHTS) -> Numbers:
        """Edges to these nodes, by the rights in use, from nodes that are not closed."""
        order, start = self.by_destination
        edges = order[ranges(start[nodes], start[nodes + 1])]
        open_edges: Numbers = edges[~closed[self.source[edges]] & used[self.right[edges]]]
        return open_edges

    def first_edges(self, reach: Reach) -> dict[int, int]:
        """For each object or SID that itself holds a right on the way to a target, the best such edge.

        An edge counts when it leads closer to a target than its source is: being in a group that holds a right hides
        no right held in person. Control of somebody who only does what everybody may is no control.
        """
        everybody = int(reach.distance[self.node_of(sids.AUTHENTICATED_USERS)])
        own = reach.distance if everybody < 0 else np.minimum(reach.distance, everybody + 1)
        edges = self._into(np.flatnonzero(reach.distance >= 0), reach.distance < 0, reach.used)
        edges = edges[(self.source[edges] < self.principals) & ~_CONNECTING[self.right[edges]]]
        closer = reach.distance[self.destination[edges]]
        useful = closer < own[self.source[edges]]
        edges = edges[useful][np.argsort(closer[useful], kind="stable")]
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

    def targets_of(self, nodes: Iterable[int], reach: Reach) -> dict[int, list[int]]:
        """For each of these nodes, the rows of the targets that it controls itself, not through others, by the rights
        the search went by."""
        wanted = np.zeros(self.node_count, dtype=np.bool_)
        wanted[list(nodes)] = True
        none_closed = np.zeros(self.node_count, dtype=np.bool_)
        into = self._into(np.flatnonzero(reach.distance[: len(self.objects)] == 0), none_closed, reach.used)
        carried = self.source[into] >= self.principals
        carriers, which = np.unique(self.source[into[carried]], return_inverse=True)
        order, start = grouped(which, len(carriers))
        held = self._into(carriers, none_closed, reach.used)
        held = held[wanted[self.source[held]]]
        place = np.searchsorted(carriers, self.destination[held])
        counts = start[place + 1] - start[place]
        reached = self.destination[into[carried]][order[ranges(start[place], start[place + 1])]]
        holders = np.concatenate([self.source[into[~carried]], np.repeat(self.source[held], counts)])
        rows = np.concatenate([self.destination[into[~carried]], reached])
        kept = wanted[holders] & (holders != rows)
        pairs = np.unique(holders[kept].astype(np.int64) * self.node_count + rows[kept])
        heads, at = np.unique(pairs // self.node_count, return_index=True)
        groups = np.split(pairs % self.node_count, at[1:])
        return dict(zip(heads.tolist(), (group.tolist() for group in groups), strict=bool(len(heads))))

    def containers_of(self, rows: Mask) -> list[int]:
        """Rows of everything above these objects."""
        above = np.unique(self.parents[rows])
        found: set[int] = set()
        while len(above := above[above >= 0]):
            fresh = [row for row in above.tolist() if row not in found]
            found.update(fresh)
            above = np.unique(self.parents[fresh])
        return sorted(found)

    def sites_of(self, rows: Mask) -> list[int]:
        """Rows of the sites of these controllers."""
        located = _controllers_of_sites(self.objects, self.parents)
        return sorted({site for controller, site in located if rows[controller]})

    def policies_applied_to(self, rows: Mask) -> list[int]:
        """Rows of the policies that apply to these objects: linked above them, or to their site."""
        nothing = np.zeros(self.node_count, dtype=np.bool_)
        carriers = self.source[self._into(np.flatnonzero(rows), nothing)]
        scopes = np.unique(carriers[carriers >= self.principals])
        scopes = scopes[self.places[scopes - self.principals] >= 0]
        policies: list[int] = np.unique(self.source[self._into(scopes, nothing)]).tolist()
        return policies

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
        """Nodes below this number are objects or SIDs; above are carriers: descriptors and scopes."""
        return len(self.objects) + len(self.strangers)

    @cached_property
    def node_count(self) -> int:
        """How many nodes there are, carriers included."""
        return self.principals + len(self.places)

    @cached_property
    def _stranger_nodes(self) -> dict[str, int]:
        return {sid: len(self.objects) + index for index, sid in enumerate(self.strangers)}

    @cached_property
    def by_destination(self) -> tuple[Numbers, Ints]:
        """Edges sorted by what they lead to, and where those of each node begin."""
        return grouped(self.destination, self.node_count)

    @cached_property
    def by_source(self) -> tuple[Numbers, Ints]:
        """Edges sorted by their source, and where those of each node begin."""
        return grouped(self.source, self.node_count)


Step = Callable[["Edges"], None]
"""Adds the edges of one subject that has a module of its own."""


def build_graph(
    objects: Objects,
    descriptors: Descriptors,
    membership: tuple[Ints, Ints],
    enabled: Mask,
    steps: Iterable[Step] = (),
) -> ControlGraph:
    """The graph of one domain. `membership` holds rows of groups and of members."""
    strangers = _strangers(objects, descriptors)
    graph = Edges(objects, descriptors, strangers, enabled, membership)
    groups, members = membership
    graph.add(members, groups, Right.MemberOf)
    graph.add_identities()
    graph.add_descriptors()
    graph.add_hierarchy()
    graph.add_attributes()
    for step in steps:
        step(graph)
    return graph.built()


_CONNECTING: Final = np.array([right in rights.CONNECTIVES for right in range(max(Right) + 1)])


class Edges:
    """Edges under construction."""

    def __init__(
        self,
        objects: Objects,
        descriptors: Descriptors,
        strangers: tuple[str, ...],
        enabled: Mask,
        membership: tuple[Ints, Ints],
    ) -> None:
        self._objects = objects
        self._membership = membership
        self._groups_of: dict[int, Mask] = {}
        self._enabled = enabled
        self._descriptors = descriptors
        self._strangers = strangers
        self._nodes = {sid: len(objects) + index for index, sid in enumerate(strangers)}
        self._first_carrier = len(objects) + len(strangers)
        self._places: list[Ints] = []
        self._parents = _parents(objects)
        self._parts: list[tuple[Numbers, Numbers, NDArray[np.int8], Numbers]] = []

    def add(
        self, sources: Ints, destinations: Ints, right: Right | NDArray[np.int8], entries: Ints | None = None
    ) -> None:
        """Edges between nodes, all with one right or each with its own, and the access entries they come from."""
        kinds = np.full(len(sources), right, dtype=np.int8) if isinstance(right, Right) else right
        behind = np.full(len(sources), _NO_ENTRY) if entries is None else entries
        ends = sources.astype(np.int32), destinations.astype(np.int32)
        self._parts.append((*ends, kinds, behind.astype(np.int32)))

    def carriers(self, places: Ints) -> int:
        """Room for more carriers; the number of the first."""
        first = self._first_carrier + sum(map(len, self._places))
        self._places.append(places)
        return first

    def node(self, sid: str) -> int:
        """The node of a SID, -1 when nothing in the graph has it."""
        row = self._objects.row_by_sid.get(sid, -1)
        return row if row >= 0 else self._nodes.get(sid, -1)

    def built(self) -> ControlGraph:
        """The finished graph."""
        source, destination, right, entry = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        places = np.concatenate(self._places)
        objects, strangers, parents = self._objects, self._strangers, self._parents
        return ControlGraph(objects, self._descriptors, strangers, parents, places, source, destination, right, entry)

    def add_identities(self) -> None:
        """Whoever logs on is Authenticated Users, and all that those are."""
        enabled = np.flatnonzero(self._enabled)
        authenticated = self.node(sids.AUTHENTICATED_USERS)
        self.add(enabled, np.full(len(enabled), authenticated, dtype=np.int64), Right.AuthenticatedAs)
        others = (self.node(sid) for sid in sids.EVERYBODY if sid != sids.AUTHENTICATED_USERS)
        self._add_each([authenticated], [node for node in others if node >= 0], Right.AuthenticatedAs)

    def add_descriptors(self) -> None:
        """Trustee → descriptor → objects that carry it."""
        objects, table = self._objects, self._descriptors
        carrying = np.flatnonzero(objects.descriptor >= 0)
        kinds = rights.targets(objects)
        width = len(rights.Target)
        pairs, which = np.unique(objects.descriptor[carrying] * width + kinds[carrying], return_inverse=True)
        base = self.carriers(np.full(len(pairs), -1))
        self.add(base + which, carrying, Right.NONE)
        index, target = pairs // width, pairs % width
        controls, nodes = rights.control_rights(table), self._trustee_nodes()
        refusing, about_owner = rights.denials(table, controls), rights.about_the_owner(table)
        telling = ((controls > 0).any(axis=1) & (nodes[table.ace_trustee] >= 0)) | refusing | about_owner
        entries, start = _among(table, telling)
        aces = entries[ranges(start[index], start[index + 1])]
        owners = np.repeat(np.arange(len(pairs)), start[index + 1] - start[index])
        given, of_owner = controls[aces, target[owners]], about_owner[aces]
        holder = np.where(of_owner, table.owner[index[owners]], table.ace_trustee[aces])
        source = nodes[holder]
        kept = np.flatnonzero((given > 0) & (source >= 0) & (holder >= 0))
        kept = self._without_denied(kept, aces, owners, refusing)
        self.add(source[kept], base + owners[kept], given[kept], aces[kept])
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
        everyone = np.full(len(open_to_all), self.node(sids.EVERYONE), dtype=np.int64)
        self.add(everyone, base + open_to_all, Right.GenericAll)

    def add_hierarchy(self) -> None:
        """Containers pass their rights down to what inherits; policies apply to what is below their links."""
        objects = self._objects
        parents = self._parents
        accounts = (Kind.USER, Kind.COMPUTER, Kind.GMSA, Kind.SMSA, Kind.DMSA)
        kinds = (*accounts, Kind.GROUP, Kind.OU, Kind.CONTAINER, Kind.TEMPLATE, Kind.ENROLLMENT, Kind.CA)
        protected = _protected(objects, self._descriptors)
        inheriting = np.flatnonzero((parents >= 0) & objects.of(*kinds) & ~protected)
        self.add(parents[inheriting], inheriting, Right.Contains)
        self._add_linkable(protected)
        self._add_policies()

    def _add_linkable(self, protected: Mask) -> None:
        """Permissions stop where an object is protected; a policy linked above it does not: whoever controls a unit or
        a site makes its users and machines run one (an enforced link passes where inheritance is blocked)."""
        objects, parents = self._objects, self._parents
        units = objects.of(Kind.OU)
        rows = np.flatnonzero(objects.of(Kind.USER, Kind.COMPUTER))
        above, closed = parents[rows], protected[rows]
        for _ in range(_MAX_DEPTH):
            known = above >= 0
            rows, above, closed = rows[known], above[known], closed[known]
            apart = closed & units[above]
            self.add(above[apart], rows[apart], Right.Contains)
            closed = closed | protected[above]
            above = parents[above]
        for controller, site in _controllers_of_sites(objects, parents):
            self._add_each([site], [controller], Right.Contains)

    def _add_policies(self) -> None:
        """Policy → scope → accounts. A scope is all the links of a container, or only those that nothing blocks."""
        links = list(_links(self._objects))
        if not links:
            return
        policies, containers, enforced = (np.array(column) for column in zip(*links, strict=True))
        usual = self._scopes(policies, containers)
        forced = self._scopes(policies[enforced], containers[enforced])
        rows = np.flatnonzero(self._objects.of(Kind.USER, Kind.COMPUTER))
        above = self._parents[rows]
        blocks = _blocking(self._objects)
        blocked = np.zeros(len(rows), dtype=np.bool_)
        for _ in range(_MAX_DEPTH):
            known = above >= 0
            rows, above, blocked = rows[known], above[known], blocked[known]
            self._apply(np.where(blocked, forced[above], usual[above]), rows)
            blocked = blocked | blocks[above]
            above = self._parents[above]
        for controller, site in _controllers_of_sites(self._objects, self._parents):
            blocked_there = any(blocks[row] for row in _ancestors(self._parents, controller))
            self._apply((forced if blocked_there else usual)[[site]], np.array([controller]))

    def _scopes(self, policies: Ints, containers: Ints) -> Ints:
        """The scope of each container that has links, -1 for others."""
        scope = np.full(len(self._objects), -1, dtype=np.int64)
        if len(containers):
            linked = np.unique(containers)
            scope[linked] = self.carriers(linked) + np.arange(len(linked))
            self.add(policies, scope[containers], Right.GPLink)
        return scope

    def _apply(self, scopes: Ints, rows: Ints) -> None:
        inside = scopes >= 0
        if inside.any():
            self.add(scopes[inside], rows[inside], Right.NONE)

    def add_attributes(self) -> None:
        """Delegation, SID history and readers of managed passwords."""
        objects = self._objects
        hosts = _computers_by_host(objects)
        for row, services in objects.texts("msDS-AllowedToDelegateTo").items():
            targets = {hosts[host] for host in map(service_host, services) if host in hosts}
            self._add_each([row], sorted(targets), Right.AllowedToDelegate)
        for row, history in objects.texts("sIDHistory").items():
            targets = {node for node in map(self.node, history) if node >= 0}
            self._add_each([row], sorted(targets), Right.HasSIDHistory)
        for attribute, right in (
            ("msDS-AllowedToActOnBehalfOfOtherIdentity", Right.AllowedToAct),
            ("msDS-GroupMSAMembership", Right.ReadGMSAPassword),
        ):
            for row, trustees in objects.texts(attribute).items():
                self._add_each([node for node in map(self.node, trustees) if node >= 0], [row], right)
        self._add_controllers()

    def _add_controllers(self) -> None:
        """Who is sent the tickets of a controller, and who is administrator of a read-only one."""
        objects = self._objects
        group = objects.ints("primaryGroupID")
        computers = objects.of(Kind.COMPUTER)
        writable = np.flatnonzero(computers & (group == sids.RID_DOMAIN_CONTROLLERS)).tolist()
        control = objects.ints("userAccountControl")
        waiting = (control != MISSING) & (control & _UNCONSTRAINED != 0) & self._enabled
        waiting &= ~np.isin(group, _CONTROLLER_GROUPS)
        self._add_each(np.flatnonzero(waiting).tolist(), writable[:1], Right.CoerceToTGT)
        managers = objects.texts("managedBy")
        for row in np.flatnonzero(computers & (group == sids.RID_READ_ONLY_CONTROLLERS)).tolist():
            manager = objects.row_by_dn.get(managers.get(row, ("",))[0].lower(), -1)
            if manager >= 0:
                self._add_each([manager], [row], Right.ManagedBy)

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
        lost = []
        for place in kept[np.isin(owners[kept], owners[places])].tolist():
            before = [int(aces[one]) for one in refusals[int(owners[place])] if one < place]
            if rights.denied(table, mask, int(aces[place]), before, self._covers):
                lost.append(place)
        return kept[~np.isin(kept, lost)]

    def _covers(self, refused: str, trustee: str) -> bool:
        """Whether what is refused to one SID is refused to another as well: to all that is in a group, nested or not,
        and, by an identity of whoever logs on, to all accounts but the guest and to all groups of domains."""
        if refused in (trustee, sids.EVERYONE):
            return True
        if refused in sids.EVERYBODY:
            of_domain = trustee.startswith("S-1-5-21-")
            return of_domain and sids.rid_of(trustee) not in (sids.RID_GUEST, sids.RID_DOMAIN_GUESTS)
        group, member = (self._objects.row_by_sid.get(sid, -1) for sid in (refused, trustee))
        return group >= 0 and member >= 0 and bool(self._above(member)[group])

    def _above(self, row: int) -> Mask:
        """The groups that an object is in, nested or not."""
        if row not in self._groups_of:
            groups, members = self._membership
            inside = np.zeros(len(self._objects), dtype=np.bool_)
            inside[row] = True
            while True:
                grown = inside.copy()
                grown[groups[inside[members]]] = True
                if bool((grown == inside).all()):
                    break
                inside = grown
            self._groups_of[row] = inside
        return self._groups_of[row]

    def _trustee_nodes(self) -> Ints:
        """The node of each SID of the descriptors, -1 for the system itself; the last answers for no SID at all."""
        names = self._descriptors.sids
        nodes = [-1 if sid in rights.TRUSTED_SIDS else self.node(sid) for sid in names]
        return np.array([*nodes, -1], dtype=np.int64)


def _among(table: Descriptors, telling: Mask) -> tuple[Ints, Ints]:
    """The entries of descriptors, only those that tell something: most say who may read. As `entries` and `start`."""
    places = np.flatnonzero(telling[table.entries])
    return table.entries[places], np.searchsorted(places, table.start)


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
        for name in ("msDS-AllowedToActOnBehalfOfOtherIdentity", "msDS-GroupMSAMembership", "sIDHistory")
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


def _links(objects: Objects) -> Iterable[tuple[int, int, bool]]:
    """Every link of a policy in force, as (row of the policy, row of what it is linked to, whether it is enforced)."""
    for container in objects.texts("gPLink"):
        for link in links_in_force(objects, container):
            yield link.row, container, link.enforced


def _blocking(objects: Objects) -> Mask:
    """Containers that refuse the policies of what is above them; when nobody looked, none does."""
    if "gPOptions" not in objects.asked:
        return np.zeros(len(objects), dtype=np.bool_)
    return blocking(objects)


def _controllers_of_sites(objects: Objects, parents: Ints) -> Iterable[tuple[int, int]]:
    """Each controller with its site."""
    for server, references in objects.texts("serverReference").items():
        controller = objects.row_by_dn.get(references[0].lower(), -1)
        above = (row for row in _ancestors(parents, server) if objects.kind[row] == Kind.SITE)
        if controller >= 0 and (site := next(above, -1)) >= 0:
            yield controller, site


def _ancestors(parents: Ints, row: int) -> Iterable[int]:
    """Rows above an object, the nearest first."""
    above = int(parents[row])
    while above >= 0:
        yield above
        above = int(parents[above])
