"""Control that goes through certificates: whoever enrols on some templates, or holds the PKI, becomes anybody.

The holder is told to reach the built-in administrator, one account of the many that such a certificate can name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import numpy as np

from scanners.ad import sids
from scanners.ad.columns import Kind, Mask
from scanners.ad.control_paths.graph import Edges
from scanners.ad.naming import common_name
from scanners.ad.rights import Right
from scanners.ad.subjects import templates
from scanners.ad.subjects.enrolment import TRUSTED_AUTHORITIES

if TYPE_CHECKING:
    from scanners.ad.facts import DirectoryFacts

_READ: Final = frozenset(
    (
        "msDS-OIDToGroupLink",
        "msPKI-Cert-Template-OID",
        "msPKI-Certificate-Policy",
        "msPKI-RA-Application-Policies",
        "msPKI-Template-Schema-Version",
    )
)
"""What a source must have looked at: rules on templates say so when it did not."""


def certificate_edges(facts: DirectoryFacts, edges: Edges) -> None:
    """Add them all; nothing where the source did not look at templates."""
    anybody = _built_in_administrator(facts)
    if anybody < 0 or not facts.objects.asked >= _READ:
        return
    for right, flawed in _giving_anybody(facts):
        _add(edges, _enrolling(facts, edges, flawed), anybody, right)
    _add(edges, facts.enrolment, anybody, Right.ADCSESC4)
    _add(edges, _trusted_authorities(facts), anybody, Right.ADCSESC5)
    _add_linked_groups(facts, edges)


def _built_in_administrator(facts: DirectoryFacts) -> int:
    row = facts.row_of_rid(sids.RID_ADMINISTRATOR)
    return row if row >= 0 else facts.row_of_rid(sids.RID_DOMAIN_ADMINS)


def _giving_anybody(facts: DirectoryFacts) -> Iterable[tuple[Right, Mask]]:
    """Templates by which whoever enrols obtains the identity of anybody."""
    at_once = templates.at_once(facts)
    yield Right.ADCSESC1, at_once & templates.chooses_name(facts) & templates.authenticates(facts)
    if templates.on_behalf(facts).any():
        yield Right.ADCSESC2, at_once & templates.for_any_purpose(facts)
        yield Right.ADCSESC3, at_once & templates.for_agents(facts)


def _enrolling(facts: DirectoryFacts, edges: Edges, flawed: Mask) -> list[int]:
    """Nodes of those who may enrol on one of these templates."""
    rows = [row for row in np.flatnonzero(flawed).tolist() if row in facts.enrolment]
    nodes = {edges.node(sid) for row in rows for sid in facts.enrolment[row].trustees}
    return sorted(node for node in nodes if node >= 0)


def _trusted_authorities(facts: DirectoryFacts) -> list[int]:
    """The object that lists the authorities trusted for logging on."""
    rows = np.flatnonzero(facts.objects.of(Kind.CA)).tolist()
    return [row for row in rows if common_name(facts.objects.dn[row]).lower() == TRUSTED_AUTHORITIES]


def _add_linked_groups(facts: DirectoryFacts, edges: Edges) -> None:
    usable = templates.at_once(facts) & templates.authenticates(facts)
    for row, groups in templates.linked_groups(facts).items():
        if usable[row]:
            found = [facts.objects.row_by_dn.get(dn.lower(), -1) for dn in groups]
            for group in found:
                if group >= 0:
                    _add(edges, _enrolling(facts, edges, facts.mask([row])), group, Right.ADCSESC13)


def _add(edges: Edges, sources: Iterable[int], destination: int, right: Right) -> None:
    nodes = np.array(list(sources), dtype=np.int64)
    edges.add(nodes, np.full(len(nodes), destination, dtype=np.int64), right)
