"""A station that refuses connections from its neighbours stops most of the spread of a ransomware.

Machines in service whose console says that the local firewall is off. For the machines of which no console tells, the
establishment's answer is taken: a declared yes never hides what a console shows. Without an answer they stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import NO, UNKNOWN, WorkstationFacts
from scanners.workstations.needs import said_yes, untold_unless_answered


def check(facts: WorkstationFacts) -> Verdict:
    """Machines whose firewall is off; the establishment, when nothing but its answer tells."""
    answer = facts.background.answers.local_firewall
    if not facts.tells("firewall", "inventory", "edr", "antivirus"):
        return said_yes(facts, "local_firewall", answer)
    machines = facts.machines
    population = facts.active & (machines.firewall != UNKNOWN)
    found = population & (machines.firewall == NO)
    day = facts.background.collected_at.date().isoformat()
    verdict = judged(
        int(population.sum()),
        (Finding(machines.label(row), {"date": day}) for row in np.flatnonzero(found).tolist()),
    )
    return untold_unless_answered(facts, verdict, facts.active & ~population, "firewall", "local_firewall", answer)


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
