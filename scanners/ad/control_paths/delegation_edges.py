"""Constrained delegation to a service that is known by its name alone: krbtgt, an alias, or the name of an account.

Services called by the name of a machine are found by the graph itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scanners.ad import sids
from scanners.ad.control_paths.graph import Edges, service_host
from scanners.ad.rights import Right

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts

_TICKETS = "krbtgt/"
_READ = frozenset(("msDS-AllowedToDelegateTo", "servicePrincipalName"))


def delegation_edges(facts: DirectoryFacts, edges: Edges) -> None:
    """Whoever may act for anyone on a service reaches the account that bears its name."""
    if not facts.objects.asked >= _READ:
        return
    delegating = facts.objects.texts("msDS-AllowedToDelegateTo")
    wanted = {name.lower() for names in delegating.values() for name in names}
    bearers = _bearers(facts, wanted) if wanted else {}
    pairs = {
        (row, bearers[name.lower()]) for row, names in delegating.items() for name in names if name.lower() in bearers
    }
    ends = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    edges.add(ends[:, 0], ends[:, 1], Right.AllowedToDelegate)


def _bearers(facts: DirectoryFacts, wanted: set[str]) -> dict[str, int]:
    """The account of each of these service names; a name of any class on an alias of a controller leads to it."""
    hosts = _aliases(facts)
    found = {
        name.lower(): row
        for row, names in facts.objects.texts("servicePrincipalName").items()
        for name in names
        if name.lower() in wanted
    }
    found = {name: hosts[host] for name in wanted if (host := service_host(name)) in hosts} | found
    krbtgt = facts.row_of_rid(sids.RID_KRBTGT)
    if krbtgt >= 0:
        found |= {name: krbtgt for name in wanted if name.startswith(_TICKETS)}
    return found


def _aliases(facts: DirectoryFacts) -> dict[str, int]:
    """The controllers and the machines of authorities, by every host name of their services."""
    names = facts.objects.texts("servicePrincipalName")
    rows = np.flatnonzero(facts.controllers | facts.authority_hosts).tolist()
    hosts = {service_host(name): row for row in rows for name in names.get(row, ())}
    hosts.pop("", None)
    return hosts
