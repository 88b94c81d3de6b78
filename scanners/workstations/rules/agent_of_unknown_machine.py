"""An agent on a machine that neither the directory nor the inventory knows: a purchase outside the rules, or a name
nobody updated.

Machines known to the EDR console alone.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts, day_text
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """Machines that only the EDR console knows."""
    need_list(facts, "edr")
    need_list(facts, "inventory")
    machines = facts.machines
    population = machines.edr
    found = population & (~machines.inventory & ~machines.directory)
    return judged(
        int(population.sum()),
        (
            Finding(machines.label(row), {"seen": day_text(int(machines.edr_seen[row]))})
            for row in np.flatnonzero(found).tolist()
        ),
    )


RULE = Rule(
    id="workstations.agent_of_unknown_machine",
    title=Text("Agent EDR d’une machine inconnue", "EDR agent of an unknown machine"),
    message=Text(
        "{subject} a un agent EDR (vu le {seen}) mais n’est ni à l’inventaire ni dans l’annuaire.",
        "{subject} has an EDR agent (seen {seen}) but is neither in the inventory nor in the directory.",
    ),
    remediation=Text(
        "Identifiez la machine depuis la console EDR (adresse, utilisateur), puis régularisez-la ou retirez-la.",
        "Identify the machine from the EDR console (address, user), then regularise or withdraw it.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-02"),
    check=check,
    reads=("edr", "directory", "inventory"),
)
