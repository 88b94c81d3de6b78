"""Findings of the control graph: who, outside of the privileged, can take control of what must be protected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from scanners.ad import rights, sids
from scanners.ad.columns import Mask
from scanners.ad.control_paths.graph import Reach
from scanners.ad.control_paths.path_text import written_path
from scanners.ad.facts import PRINCIPALS, DirectoryFacts
from scanners.ad.judging import provided, read_whole, readable
from scanners.ad.rights import Right
from scanners.ad.subjects.hidden_policies import all_seen_above
from scanners.model import Finding, Verdict, judged

_FIRST_ORDINARY_RID = 1000
_MOST_NAMES = 50
"""Names of targets listed in one finding; their number is always told."""


def tier_zero(facts: DirectoryFacts) -> Mask:
    """What gives the domain away: privileged groups and members, controllers, the head of the domain, AdminSDHolder."""
    return facts.tier_zero


def privileged_members(facts: DirectoryFacts) -> Mask:
    """What gives the domain away, without the machines of the authorities: CERT-FR counts those with the PKI."""
    members: Mask = facts.tier_zero & ~(facts.authority_hosts & ~facts.privileged & ~facts.controllers)
    return members


def who_controls(
    facts: DirectoryFacts, targets: Mask, also_trusted: Iterable[str] = (), level: int | None = None
) -> Verdict:
    """A finding per account or group that can take control of a target, with the path as evidence.

    Privileged principals of the forest, controllers and the SIDs of `also_trusted` may, and no path goes through what
    gives the domain away: that has its own rules. Whoever is only a member of a finding’s group is counted in its
    evidence, not listed. A doubt about everybody when something that tells paths was not read (`sure_of_none`).

    `level` is for the points that CERT-FR counts at two levels. 1: what an attacker uses with no major prerequisite, by
    a right that is enough by itself and that somebody can exercise today. 2: all that is left, such as the rights of
    disabled accounts and of empty groups.
    """
    trusted = trusted_nodes(facts, also_trusted)
    reach, controlling = _controlling(facts, targets, trusted, level)
    if level == 2:
        _, at_once = _controlling(facts, targets, trusted, 1)
        controlling = {node: edge for node, edge in controlling.items() if node not in at_once}
    direct = facts.graph.targets_of(controlling, reach)
    findings = (_finding(facts, reach, node, edge, direct.get(node, [])) for node, edge in controlling.items())
    return provided(judged(int(targets.sum()), findings), lambda: sure_of_none(facts, targets))


def everybody_inside(facts: DirectoryFacts) -> Iterator[Finding]:
    """A finding per identity of everybody that is in a privileged group, nested or not: whoever logs on, nobody even,
    all users, machines or guests. They need no control: they are privileged, and no search tells so."""
    naming = facts.naming
    own = (sids.RID_DOMAIN_USERS, sids.RID_DOMAIN_GUESTS, sids.RID_DOMAIN_COMPUTERS)
    for sid in (*sids.EVERYBODY, sids.ANONYMOUS, sids.USERS, *(f"{naming.sid}-{rid}" for rid in own)):
        row = facts.row_of(sid)
        if row >= 0 and facts.privileged[row]:
            chain = _way_up(facts, row)
            steps = [(Right.MemberOf.name, facts.subject(group)) for group in chain]
            name, target = facts.name_of(sid), facts.subject(chain[-1])
            told = {"right": Right.MemberOf.name, "controls": steps[0][1], "target": target, "controlled": target}
            count = {"controlled_count": 1, "steps": len(steps), "accounts": facts.acting_as(sid)}
            yield Finding(name, facts.evidence(row, path=written_path(name, steps), **told, **count))


def _way_up(facts: DirectoryFacts, row: int) -> list[int]:
    """The groups by which a member of a privileged group is one, the nearest first, that group last."""
    groups, members = facts.membership
    before: dict[int, int] = {row: row}
    waiting = [row]
    for here in waiting:
        if here != row and facts.privileged_groups[here]:
            way = [here]
            while before[way[-1]] != row:
                way.append(before[way[-1]])
            return way[::-1]
        for above in groups[members == here].tolist():
            if above not in before and facts.privileged[above]:
                before[above] = here
                waiting.append(above)
    raise AssertionError("a privileged member without privileged group")


def sure_of_none(facts: DirectoryFacts, targets: Mask) -> None:
    """NotAssessable when somebody may control a target unseen: edges not asked for, what they come from not read,
    permissions withheld.

    Paths go through accounts and groups of the domain, templates and sites of the configuration, and what the schema
    says of passwords. Permissions are those of a target, or of what acts on it: its containers, the sites of
    controllers, the policies that apply to it, which may not even show.
    """
    facts.need_edges()
    read_whole(facts, "domain", "configuration", "schema")
    all_seen_above(facts, targets)
    graph = facts.graph
    acting_on = (*graph.containers_of(targets), *graph.sites_of(targets), *graph.policies_applied_to(targets))
    readable(facts, (targets | facts.mask(acting_on)) & (facts.objects.descriptor < 0))


def _controlling(
    facts: DirectoryFacts, targets: Mask, trusted: Mask, level: int | None
) -> tuple[Reach, dict[int, int]]:
    """A search, and the edge by which each of those who may not and can act begins its path."""
    graph = facts.graph
    reach = graph.reach(targets, trusted, rights.WITH_PREREQUISITE if level == 1 else ())
    acts = acting(facts, level) & ~trusted
    return reach, {node: edge for node, edge in graph.first_edges(reach).items() if acts[node]}


def trusted_nodes(facts: DirectoryFacts, also_trusted: Iterable[str] = ()) -> Mask:
    """Nodes that no path goes through: tier zero, and the given SIDs with their members."""
    graph = facts.graph
    rows = [facts.row_of(sid) for sid in (*also_trusted, f"{facts.naming.sid}-{sids.RID_READ_ONLY_CONTROLLERS}")]
    groups = facts.members_of(facts.mask(row for row in rows if row >= 0))
    trusted = _padded(facts.tier_zero | groups, graph.node_count)
    may = (*rights.TRUSTED_SIDS, *facts.forest_privileged, *also_trusted)
    strangers = [graph.node_of(sid) for sid in may]
    trusted[[node for node in strangers if node >= 0]] = True
    return trusted


def _padded(rows: Mask, length: int) -> Mask:
    mask = np.zeros(length, dtype=np.bool_)
    mask[: len(rows)] = rows
    return mask


def acting(facts: DirectoryFacts, level: int | None = None) -> Mask:
    """Nodes that are principals and can act: accounts in use, groups, and SIDs that are no object here.

    At level 1 of a point, groups where somebody is; at level 2, disabled accounts as well. A SID of this domain without
    object is that of a deleted account, which nobody will ever be given again: it does not act at level 1, unless some
    objects were not read.
    """
    objects, graph = facts.objects, facts.graph
    in_use = facts.enabled | ~facts.accounts
    active = {None: in_use, 1: facts.inhabited, 2: np.ones(len(objects), dtype=np.bool_)}[level]
    acts = _padded(objects.of(*PRINCIPALS) & active, graph.node_count)
    read_whole = not facts.only_control and not any(gap.section == "domain" for gap in facts.gaps)
    gone = level == 1 and read_whole
    acts[len(objects) : graph.principals] = [not (gone and _was_of(facts.naming.sid, sid)) for sid in graph.strangers]
    return acts


def _was_of(domain: str, sid: str) -> bool:
    return sid.startswith(f"{domain}-") and sids.rid_of(sid) >= _FIRST_ORDINARY_RID


def _finding(facts: DirectoryFacts, reach: Reach, node: int, edge: int, direct: list[int]) -> Finding:
    graph = facts.graph
    steps = graph.path(reach, node, edge)
    text = written_path(
        name_of_node(facts, node), ((right.name, name_of_node(facts, after)) for _, right, after in steps)
    )
    is_object = node < len(facts.objects)
    return Finding(
        name_of_node(facts, node),
        {
            "dn": facts.objects.dn[node] if is_object else "",
            "sid": graph.sid_of(node),
            "right": steps[0][1].name,
            "controls": name_of_node(facts, steps[0][2]),
            "target": name_of_node(facts, steps[-1][2]),
            "controlled": "; ".join(name_of_node(facts, row) for row in direct[:_MOST_NAMES]),
            "controlled_count": len(direct),
            "path": text,
            "steps": len(steps),
            "accounts": _profiting(facts, graph.sid_of(node)),
        },
    )


def _profiting(facts: DirectoryFacts, sid: str) -> int | None:
    """How many enabled accounts act with a SID; None when those are of elsewhere, or are whoever logs on somewhere."""
    known = facts.row_of(sid) >= 0 or sid in sids.EVERYBODY or _was_of(facts.naming.sid, sid)
    return facts.acting_as(sid) if known or not sid else None


def name_of_node(facts: DirectoryFacts, node: int) -> str:
    """How people know a node: the name of a principal, the distinguished name of another object."""
    is_object = node < len(facts.objects)
    if is_object and int(facts.objects.kind[node]) not in PRINCIPALS:
        return facts.objects.dn[node]
    return facts.name_of(facts.graph.sid_of(node)) or facts.objects.dn[node]
