"""A machine whose system nobody can date may be obsolete: it is the margin of uncertainty of OSE-4a and OSE-4b.

Machines in service whose system is not said, or is not in the life-cycle table: one finding per system, with how many
workstations and servers. Counted both ways, they give the interval of both indicators.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import YES, WorkstationFacts
from scanners.workstations.support import support_of, version_of


def check(facts: WorkstationFacts) -> Verdict:
    """Systems in service that the table cannot date."""
    machines = facts.machines
    counted = facts.active & (machines.directory | machines.inventory)
    if not counted.any():
        raise NotAssessable(
            "Aucune machine en service ; donnez les faits de l’annuaire ou un inventaire.",
            "No machine in service; give directory facts or an inventory.",
        )
    lost = counted & ~support_of(facts).known
    servers = machines.server == YES
    rows = np.unique(machines.system[lost]).tolist()
    return judged(
        int(counted.sum()),
        (
            Finding(
                version_of(facts, row),
                {
                    "machines": int((lost & (machines.system == row)).sum()),
                    "servers": int((lost & servers & (machines.system == row)).sum()),
                },
            )
            for row in rows
        ),
    )


RULE = Rule(
    id="workstations.system_unknown",
    title=Text("Système sans date de fin de support connue", "System without a known end of support"),
    message=Text(
        "{machines} machine(s), dont {servers} serveur(s), sous un système dont la fin de support est inconnue : "
        "{subject}.",
        "{machines} machines, {servers} of them servers, run a system whose end of support is unknown: {subject}.",
    ),
    remediation=Text(
        "Complétez le système et sa version dans l’inventaire ; pour un système que la table ne connaît pas, relevez "
        "sa fin de support chez l’éditeur et isolez-le en attendant.",
        "Complete the system and its version in the inventory; for a system that the table does not know, read its end "
        "of support at its vendor’s and isolate it meanwhile.",
    ),
    severity=Severity.INFO,
    refs=refs("care-rules:PDT-03", "nis1:OSE-4a", "nis1:OSE-4b"),
    check=check,
    reads=("directory", "inventory"),
)
