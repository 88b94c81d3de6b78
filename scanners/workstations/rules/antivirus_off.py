"""A protection that is installed and switched off reassures everybody but the attacker, who often did it.

Machines in service whose console says that real-time protection is off. Those of a console that tells it, but not of
them, stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import in_lists_telling
from scanners.workstations.facts import NO, UNKNOWN, WorkstationFacts, day_text
from scanners.workstations.needs import need_column, untold


def check(facts: WorkstationFacts) -> Verdict:
    """Machines whose protection is off."""
    need_column(facts, "protected", "antivirus", "edr")
    machines = facts.machines
    population = facts.active & (machines.protected != UNKNOWN)
    found = population & (machines.protected == NO)
    seen = np.maximum(machines.antivirus_seen, machines.edr_seen)
    verdict = judged(
        int(population.sum()),
        (Finding(machines.label(row), {"seen": day_text(int(seen[row]))}) for row in np.flatnonzero(found).tolist()),
    )
    lost = in_lists_telling(facts, "protected", "antivirus", "edr") & ~population
    return untold(facts, verdict, lost, "protected")


RULE = Rule(
    id="workstations.antivirus_off",
    title=Text("Protection antivirus désactivée", "Antivirus protection switched off"),
    message=Text(
        "La protection en temps réel de {subject} est désactivée, d’après sa console (vue le {seen}).",
        "The real-time protection of {subject} is off, according to its console (seen {seen}).",
    ),
    remediation=Text(
        "Réactivez-la depuis la console, cherchez qui l’a désactivée et quand, et regardez ce que la machine a fait "
        "depuis ; interdisez sa désactivation par la stratégie (protection contre les falsifications).",
        "Switch it on from the console, find who switched it off and when, and look at what the machine has done "
        "since; forbid switching it off by policy (tamper protection).",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-07", "pgssi-s:4.5.3.5", "attack:T1562.001"),
    check=check,
    reads=("antivirus", "edr", "directory", "inventory"),
)
