"""An account of a machine that nobody uses any more can be taken over without anyone noticing.

Enabled computer accounts whose last sign-in is older than 90 days, or that never signed in and are that old (ours;
`settings.stale_days`). The directory refreshes that date every 14 days at most.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import NEVER, WorkstationFacts, day_text
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """Enabled machines that have not signed in for long."""
    need_list(facts, "directory")
    machines, settings = facts.machines, facts.background.settings
    last = np.where(machines.last_logon == NEVER, machines.created, machines.last_logon)
    population = machines.directory & machines.enabled
    found = population & (last < facts.today - settings.stale_days)
    return judged(
        int(population.sum()),
        (
            Finding(machines.label(row), {"last_logon": day_text(int(machines.last_logon[row]))})
            for row in np.flatnonzero(found).tolist()
        ),
    )


RULE = Rule(
    id="workstations.stale_machines",
    title=Text("Machine inactive encore activée", "Inactive machine still enabled"),
    message=Text(
        "{subject} a un compte activé mais ne s’est plus connectée depuis longtemps (dernière connexion : "
        "{last_logon}).",
        "{subject} has an enabled account but has not signed in for long (last: {last_logon}).",
    ),
    remediation=Text(
        "Demandez au service si la machine existe encore, désactivez le compte, puis supprimez-le après un mois "
        "sans réclamation.",
        "Ask the ward whether the machine still exists, disable the account, then delete it after a month without "
        "complaint.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-01", "pingcastle:S-C-Inactive", "anssi-hygiene:4"),
    check=check,
    reads=("directory",),
)
