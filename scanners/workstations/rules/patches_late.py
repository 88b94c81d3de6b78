"""Flaws are exploited within weeks of their fix.

Machines in service whose last patch is older than 30 days (ANSSI hygiene guide, measure 34: one month;
`settings.patch_days`), by the inventory or a patch report, or that the report says lack one without telling the day.
Machines of which no list tells stay in doubt; `patched_share` counts them.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import patches
from scanners.workstations.facts import WorkstationFacts, day_text
from scanners.workstations.needs import needed, untold


def check(facts: WorkstationFacts) -> Verdict:
    """Machines without a patch for more than a month."""
    measure = needed(facts, patches(facts), "patches", "patched")
    machines = facts.machines
    population = measure.expected & ~measure.unknown
    found = population & ~measure.covered
    verdict = judged(
        int(population.sum()),
        (
            Finding(machines.label(row), {"patched": day_text(int(machines.patched[row]))})
            for row in np.flatnonzero(found).tolist()
        ),
    )
    return untold(facts, verdict, measure.unknown, "patched")


RULE = Rule(
    id="workstations.patches_late",
    title=Text("Correctifs de plus d’un mois", "Patches over a month late"),
    message=Text(
        "{subject} est en retard de correctifs : le dernier connu date du {patched}.",
        "{subject} is late on patches: the last known is of {patched}.",
    ),
    remediation=Text(
        "Appliquez les correctifs du mois à un groupe pilote puis à tous, avec redémarrage planifié par service ; "
        "pour un dispositif médical, demandez la liste validée par le fournisseur.",
        "Apply the month's patches to a pilot group then to all, with restarts planned by ward; for a medical "
        "device, ask for the list its supplier approved.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-05", "anssi-hygiene:34", "attack:T1210"),
    check=check,
    reads=("inventory", "patches"),
)
