"""A LAPS password that is no longer rotated is known to everyone who ever read it.

Machines in service whose LAPS password expired more than 30 days ago (ours; `settings.laps_expired_days`): the agent no
longer runs there.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import NEVER, WorkstationFacts, day_text
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """Machines whose LAPS password should have been rotated."""
    need_list(facts, "directory")
    machines, settings = facts.machines, facts.background.settings
    population = machines.directory & facts.active & (machines.laps_expires != NEVER)
    found = population & (machines.laps_expires < facts.today - settings.laps_expired_days)
    return judged(
        int(population.sum()),
        (
            Finding(machines.label(row), {"expired": day_text(int(machines.laps_expires[row]))})
            for row in np.flatnonzero(found).tolist()
        ),
    )


RULE = Rule(
    id="workstations.laps_expired",
    title=Text("Mot de passe LAPS non renouvelé", "LAPS password not rotated"),
    message=Text(
        "Le mot de passe d’administration locale de {subject} devait être renouvelé le {expired} et ne l’a pas été.",
        "The local administrator password of {subject} was due for rotation on {expired} and was not rotated.",
    ),
    remediation=Text(
        "Vérifiez sur la machine que la stratégie LAPS s’applique et que l’agent ou la fonction intégrée est actif.",
        "Check on the machine that the LAPS policy applies and that the agent or built-in feature is active.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-12"),
    check=check,
    reads=("directory", "laps"),
)
