"""A machine outside the directory receives none of its policies: lock, firewall, local administrators.

Machines of the inventory unknown to the directory. Some are there on purpose (biomedical, kiosks): they then need an
owner and an isolation of their own.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """Machines of the inventory that the directory does not know."""
    need_list(facts, "directory")
    need_list(facts, "inventory")
    machines = facts.machines
    population = machines.inventory
    found = population & (~machines.directory)
    return judged(
        int(population.sum()),
        (Finding(machines.label(row), {"edr": bool(machines.edr[row])}) for row in np.flatnonzero(found).tolist()),
    )


RULE = Rule(
    id="workstations.missing_from_directory",
    title=Text("Machine de l’inventaire hors annuaire", "Inventory machine outside the directory"),
    message=Text(
        "{subject} figure à l’inventaire mais pas dans l’annuaire (EDR : {edr}).",
        "{subject} is in the inventory but not in the directory (EDR: {edr}).",
    ),
    remediation=Text(
        "Rattachez-la au domaine, ou justifiez l’exception (dispositif médical, borne) et isolez-la.",
        "Join it to the domain, or justify the exception (medical device, kiosk) and isolate it.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-01", "care-rules:PDT-02"),
    check=check,
    reads=("directory", "inventory"),
)
