"""Unmanaged machines are found by looking for them: network scans, DHCP leases, switch tables.

Threshold: 183 days (PGSSI-S 4.1.4.5: every six months).
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes

MAX_DAYS = 183


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no or too old."""
    return said_yes(facts, "unmanaged_search", facts.background.answers.unmanaged_search, MAX_DAYS)


RULE = Rule(
    id="workstations.unmanaged_search",
    title=Text(
        "Pas de recherche de matériels non gérés depuis six mois", "No search for unmanaged equipment for six months"
    ),
    message=Text(
        "{subject} n’a pas recherché les matériels et logiciels non gérés depuis 183 jours (dernière fois : {date}).",
        "{subject} has not searched for unmanaged equipment and software for 183 days (last: {date}).",
    ),
    remediation=Text(
        "Comparez les baux DHCP et les tables des commutateurs à l’inventaire, service par service.",
        "Compare DHCP leases and switch tables with the inventory, ward by ward.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-02", "pgssi-s:4.1.4.5"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
