"""Each tool sees the machines it was told of; one that a single list knows escapes all the others.

Machines in service that only one of the lists given knows: the directory, the inventory, the EDR or antivirus console,
the patch report. Two lists at least have to be given.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import only_in
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_two_lists


def check(facts: WorkstationFacts) -> Verdict:
    """Machines of one list only."""
    need_two_lists(facts)
    machines = facts.machines
    return judged(
        int(facts.active.sum()),
        (
            Finding(machines.label(row), {"list": kind})
            for kind in facts.given
            for row in np.flatnonzero(only_in(facts, kind)).tolist()
        ),
    )


RULE = Rule(
    id="workstations.known_to_one_list",
    title=Text("Machine connue d’une seule liste", "Machine that a single list knows"),
    message=Text(
        "{subject} n’est connue que d’une liste : {list:directory=l’annuaire|inventory=l’inventaire|edr=la console EDR|"
        "antivirus=la console antivirus|patches=le rapport de correctifs}.",
        "{subject} is known to one list only: {list:directory=the directory|inventory=the inventory|edr=the EDR "
        "console|antivirus=the antivirus console|patches=the patch report}.",
    ),
    remediation=Text(
        "Retrouvez la machine : en service, rattachez-la aux autres outils ; disparue, retirez-la de cette liste.",
        "Find the machine: in service, join it to the other tools; gone, remove it from that list.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-01", "care-rules:PDT-02", "pgssi-s:4.1.4.2", "pgssi-s:4.1.4.5"),
    check=check,
    reads=("directory", "inventory", "edr", "antivirus", "patches"),
    kind=Kind.COMPUTED,
)
