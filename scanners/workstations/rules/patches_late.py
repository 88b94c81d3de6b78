"""Flaws are exploited within weeks of their fix.

Machines of the inventory whose last patch is older than 30 days (ANSSI hygiene guide, measure 34: one month;
`settings.patch_days`). Machines without a date are not counted.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.facts import NEVER, WorkstationFacts, day_text
from scanners.workstations.needs import need_list


def check(facts: WorkstationFacts) -> Verdict:
    """Machines without a patch for more than a month."""
    need_list(facts, "inventory", "patched")
    machines, settings = facts.machines, facts.background.settings
    population = machines.inventory & (machines.patched != NEVER)
    found = population & (machines.patched < facts.today - settings.patch_days)
    return judged(
        int(population.sum()),
        (
            Finding(machines.label(row), {"patched": day_text(int(machines.patched[row]))})
            for row in np.flatnonzero(found).tolist()
        ),
    )


RULE = Rule(
    id="workstations.patches_late",
    title=Text("Correctifs de plus d’un mois", "Patches over a month late"),
    message=Text(
        "{subject} n’a reçu aucun correctif depuis le {patched}.", "{subject} has received no patch since {patched}."
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
    reads=("inventory",),
)
