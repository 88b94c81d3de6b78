"""Migrating a hospital takes more than a season: the end of support is known years ahead.

Versions in service whose support ends within 180 days (ours: the time of a budget decision and a pilot). Versions
that the table cannot date stay in doubt.
"""

from __future__ import annotations

import numpy as np

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.workstations.coverage import listed
from scanners.workstations.facts import WorkstationFacts, day_text
from scanners.workstations.needs import untold
from scanners.workstations.support import support_of, undated, version_of

HORIZON_DAYS = 180


def check(facts: WorkstationFacts) -> Verdict:
    """Versions about to lose their support."""
    machines, support = facts.machines, support_of(facts)
    told = facts.active & support.known
    if not told.any():
        raise NotAssessable(
            "Aucune machine dont le système soit connu ; donnez les faits de l’annuaire ou un inventaire.",
            "No machine whose system is known; give directory facts or an inventory.",
        )
    soon = told & ~support.ended & (support.ends <= facts.today + HORIZON_DAYS)
    rows, counts = np.unique(machines.system[soon], return_counts=True)
    verdict = judged(
        int(told.sum()),
        (
            Finding(
                version_of(facts, row),
                {"machines": count, "end": day_text(int(support.ends[machines.system == row][0]))},
            )
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True)
        ),
    )
    lost = listed(facts) & ~support.known
    return untold(facts, verdict, lost, "system", undated(facts, lost))


RULE = Rule(
    id="workstations.support_ending",
    title=Text("Fin de support proche", "Support ending soon"),
    message=Text(
        "{machines} machine(s) sous {subject}, dont le support s’arrête le {end}.",
        "{machines} machines on {subject}, whose support ends on {end}.",
    ),
    remediation=Text(
        "Inscrivez la migration au prochain budget et désignez le service pilote.",
        "Put the migration in the next budget and name the pilot ward.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-03", "recyf:5.B.7"),
    check=check,
    reads=("directory", "inventory"),
)
