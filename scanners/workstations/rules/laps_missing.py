"""One local administrator password for all machines turns one stolen laptop into the whole hospital.

Machines in service without a LAPS password set in the directory; domain controllers have no local administrator of
their own and are left out.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import NEVER, WorkstationFacts
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """Machines of the directory without a LAPS password."""
    need_list(facts, "directory")
    machines = facts.machines
    population = machines.directory & facts.active & ~machines.controller
    found = population & (machines.laps_expires == NEVER)
    return judged(
        int(population.sum()),
        (
            Finding(
                machines.label(row),
                {"system": facts.background.systems[machines.system[row]].name if machines.system[row] >= 0 else "—"},
            )
            for row in np.flatnonzero(found).tolist()
        ),
    )


RULE = Rule(
    id="workstations.laps_missing",
    title=Text(
        "Mot de passe d’administration locale non géré (LAPS)", "Local administrator password not managed (LAPS)"
    ),
    message=Text(
        "{subject} ({system}) n’a pas de mot de passe d’administration locale géré par LAPS.",
        "{subject} ({system}) has no local administrator password managed by LAPS.",
    ),
    remediation=Text(
        "Étendez la stratégie LAPS à l’unité d’organisation de cette machine, vérifiez qu’un mot de passe y est "
        "déposé, et interdisez l’ouverture de session réseau au compte local.",
        "Extend the LAPS policy to this machine's organisational unit, check that a password is stored, and "
        "forbid network logon to the local account.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-12", "anssi-ad:info_laps", "attack:T1078.003"),
    check=check,
    reads=("directory", "laps"),
)
