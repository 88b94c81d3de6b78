"""A machine that two tools call differently is looked for under a name that answers no more.

Machines that the same serial number, or the same SID, tells to be one under two names: renamed or reinstalled while a
list kept the former name.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import need_two_lists


def check(facts: WorkstationFacts) -> Verdict:
    """Machines that have another name in another list."""
    need_two_lists(facts)
    machines = facts.machines
    return judged(
        int(facts.active.sum()),
        (
            Finding(machines.label(row), {"other_name": str(machines.other_name[row], "ascii")})
            for row in np.flatnonzero(machines.other_name != b"").tolist()
        ),
    )


RULE = Rule(
    id="workstations.several_names",
    title=Text("Machine sous deux noms", "Machine under two names"),
    message=Text(
        "{subject} s’appelle {other_name} dans une autre liste : même numéro de série ou même SID.",
        "{subject} is called {other_name} in another list: same serial number or same SID.",
    ),
    remediation=Text(
        "Corrigez le nom dans l’outil resté en arrière (réinstallez son agent s’il ne se met pas à jour) et retirez le "
        "compte de machine qui ne sert plus.",
        "Correct the name in the tool that stayed behind (reinstall its agent if it does not update) and remove the "
        "computer account that is no longer used.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-01", "pgssi-s:4.1.4.2"),
    check=check,
    reads=("directory", "inventory", "edr", "antivirus", "patches"),
    kind=Kind.COMPUTED,
)
