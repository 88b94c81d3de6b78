"""What the inventory ignores is neither updated, nor protected, nor replaced.

Machines in service in the directory or the EDR console that the inventory does not know.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """Machines in service that the inventory does not know."""
    need_list(facts, "inventory")
    machines = facts.machines
    population = facts.active
    found = population & (~machines.inventory)
    return judged(
        int(population.sum()),
        (
            Finding(
                machines.label(row),
                {"directory": bool(machines.directory[row]), "edr": bool(machines.edr[row])},
            )
            for row in np.flatnonzero(found).tolist()
        ),
    )


RULE = Rule(
    id="workstations.missing_from_inventory",
    title=Text("Machine absente de l’inventaire", "Machine missing from the inventory"),
    message=Text(
        "{subject} est en service (annuaire : {directory}, EDR : {edr}) mais absente de l’inventaire.",
        "{subject} is in service (directory: {directory}, EDR: {edr}) but missing from the inventory.",
    ),
    remediation=Text(
        "Retrouvez la machine et son responsable, ajoutez-la à l’inventaire, ou retirez son compte et son agent "
        "si elle n’existe plus.",
        "Find the machine and its owner, add it to the inventory, or remove its account and agent if it no longer "
        "exists.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-01", "care-rules:PDT-02", "pgssi-s:4.1.4.2", "pgssi-s:4.1.4.5"),
    check=check,
    reads=("directory", "inventory"),
)
