"""Findings of the control graph: who, outside of the privileged, can take control of what must be protected."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scanners.ad import rights, sids
from scanners.ad.columns import Mask
from scanners.ad.facts import PRINCIPALS, DirectoryFacts
from scanners.ad.graph import Reach
from scanners.ad.judging import readable
from scanners.ad.path_text import written_path
from scanners.model import Finding, Verdict, judged

_EVERYBODY = (sids.EVERYONE, sids.AUTHENTICATED_USERS)
_MOST_NAMES = 50
"""Names of targets listed in one finding; their number is always told."""


def tier_zero(facts: DirectoryFacts) -> Mask:
    """What gives the domain away: privileged groups and members, controllers, the head of the domain, AdminSDHolder."""
    heads = (facts.naming.root_dn, f"CN=AdminSDHolder,{facts.naming.system_dn}")
    rows = (facts.objects.row_by_dn.get(dn.lower(), -1) for dn in heads)
    krbtgt = facts.row_of_rid(sids.RID_KRBTGT)
    return facts.privileged | facts.controllers | facts.mask(row for row in (*rows, krbtgt) if row >= 0)


def who_controls(facts: DirectoryFacts, targets: Mask, also_trusted: Iterable[str] = ()) -> Verdict:
    """A finding per account or group that can take control of a target, with the path as evidence.

    Privileged principals of the forest, controllers and the SIDs of `also_trusted` may, and no path goes through what
    gives the domain away: that has its own rules. Whoever is only a member of a finding’s group is counted in its
    evidence, not listed. NotAssessable when nobody is found but the permissions of a target were withheld.
    """
    graph = facts.graph
    trusted = _trusted(facts, also_trusted)
    reach = graph.reach(targets, trusted)
    controlling = {node: edge for node, edge in graph.first_edges(reach).items() if _acts(facts, trusted, node)}
    if not controlling:
        readable(facts, targets & (facts.objects.descriptor < 0))
    findings = (_finding(facts, reach, node, edge) for node, edge in controlling.items())
    return judged(int(targets.sum()), findings)


def _trusted(facts: DirectoryFacts, also_trusted: Iterable[str]) -> Mask:
    """Nodes that no path goes through: tier zero, and the given SIDs with their members."""
    graph = facts.graph
    rows = [facts.row_of(sid) for sid in (*also_trusted, f"{facts.naming.sid}-{sids.RID_READ_ONLY_CONTROLLERS}")]
    groups = facts.members_of(facts.mask(row for row in rows if row >= 0))
    trusted = _padded(tier_zero(facts) | groups, graph.node_count)
    may = (*rights.TRUSTED_SIDS, *facts.forest_privileged, *also_trusted)
    strangers = [graph.node_of(sid) for sid in may]
    trusted[[node for node in strangers if node >= 0]] = True
    return trusted


def _padded(rows: Mask, length: int) -> Mask:
    mask = np.zeros(length, dtype=np.bool_)
    mask[: len(rows)] = rows
    return mask


def _acts(facts: DirectoryFacts, trusted: Mask, node: int) -> bool:
    """Whether a node is a principal that can act and is not one of those that may."""
    if trusted[node]:
        return False
    if node >= len(facts.objects):
        return True
    active = not facts.accounts[node] or facts.enabled[node]
    return bool(active and facts.objects.kind[node] in PRINCIPALS)


def _finding(facts: DirectoryFacts, reach: Reach, node: int, edge: int) -> Finding:
    graph = facts.graph
    steps = graph.path(reach, node, edge)
    text = written_path(_label(facts, node), ((right.name, _label(facts, after)) for _, right, after in steps))
    is_object = node < len(facts.objects)
    direct = [row for row in graph.controlled_by(node) if reach.distance[row] == 0]
    return Finding(
        _label(facts, node),
        {
            "dn": facts.objects.dn[node] if is_object else "",
            "sid": graph.sid_of(node),
            "right": steps[0][1].name,
            "controls": _label(facts, steps[0][2]),
            "target": _label(facts, steps[-1][2]),
            "controlled": "; ".join(_label(facts, row) for row in direct[:_MOST_NAMES]),
            "controlled_count": len(direct),
            "path": text,
            "steps": len(steps),
            "accounts": _accounts_behind(facts, node),
        },
    )


def _accounts_behind(facts: DirectoryFacts, node: int) -> int:
    """How many enabled accounts hold what this principal holds."""
    if node >= len(facts.objects):
        return int(facts.enabled.sum()) if facts.graph.sid_of(node) in _EVERYBODY else 0
    members = facts.members_of(facts.mask([node]))
    everybody = any(members[row] for row in map(facts.row_of, _EVERYBODY) if row >= 0)
    return int((facts.enabled if everybody else members & facts.enabled).sum())


def _label(facts: DirectoryFacts, node: int) -> str:
    """How people know a node: the name of a principal, the distinguished name of another object."""
    is_object = node < len(facts.objects)
    if is_object and facts.objects.kind[node] not in PRINCIPALS:
        return facts.objects.dn[node]
    return facts.name_of(facts.graph.sid_of(node)) or facts.objects.dn[node]
