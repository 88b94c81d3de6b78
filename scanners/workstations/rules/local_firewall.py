"""A station that refuses connections from its neighbours stops most of the spread of a ransomware.

Machines in service whose console says that the local firewall is off. When no console tells, the establishment's answer
is taken: a declared yes never hides what a console shows.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import NO, UNKNOWN, WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """Machines whose firewall is off; the establishment, when nothing but its answer tells."""
    if not facts.tells("firewall", "inventory", "edr", "antivirus"):
        return said_yes(facts, "local_firewall", facts.background.answers.local_firewall)
    machines = facts.machines
    population = facts.active & (machines.firewall != UNKNOWN)
    found = population & (machines.firewall == NO)
    day = facts.background.collected_at.date().isoformat()
    return judged(
        int(population.sum()),
        (Finding(machines.label(row), {"date": day}) for row in np.flatnonzero(found).tolist()),
    )


RULE = Rule(
    id="workstations.local_firewall",
    title=Text("Pare-feu local non généralisé", "Local firewall not everywhere"),
    message=Text(
        "{subject} : le pare-feu local n’est pas actif, ou pas partout (constat ou réponse du {date}).",
        "{subject}: the local firewall is not on, or not everywhere (seen or answered {date}).",
    ),
    remediation=Text(
        "Activez-le par stratégie de groupe, en journalisation d’abord, en bloquant les flux entrants de poste à "
        "poste.",
        "Enable it by group policy, logging first, blocking inbound flows between stations.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-10", "pgssi-s:4.5.3.8", "anssi-hygiene:17"),
    check=check,
    reads=("answers", "inventory", "edr", "antivirus"),
    kind=Kind.COMPUTED,
)
