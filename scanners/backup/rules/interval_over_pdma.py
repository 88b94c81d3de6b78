"""A schedule wider than the PDMA breaks the promise even when every job succeeds.

The shortest interval among the copies of a system, against its PDMA (PGSSI-S 7.4.2.2 and 7.4.2.3).
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.telling import judged_save
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

_UNTOLD = Text(
    "PDMA ou rythme des copies inconnu : {names}. Renseignez « pdma_hours » et « interval_hours » dans le plan.",
    "PDMA or rhythm of the copies not known: {names}. Fill “pdma_hours” and “interval_hours” in the plan.",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose most frequent copy is rarer than their PDMA."""
    found: list[Finding] = []
    untold: list[str] = []
    for system in facts.plan.systems:
        intervals = [copy.interval_hours for copy in system.copies if copy.interval_hours is not None]
        if not intervals or system.pdma_hours is None:
            untold.append(system.name)
        elif min(intervals) > system.pdma_hours:
            found.append(Finding(system.name, {"interval_hours": min(intervals), "pdma_hours": system.pdma_hours}))
    return judged_save(len(facts.plan.systems), found, untold, _UNTOLD)


RULE = Rule(
    id="backup.interval_over_pdma",
    title=Text("Sauvegardes trop espacées pour la PDMA", "Backups too far apart for the PDMA"),
    message=Text(
        "{subject} est sauvegardé au mieux toutes les {interval_hours} h, pour une PDMA de {pdma_hours} h.",
        "{subject} is backed up every {interval_hours} h at best, for a PDMA of {pdma_hours} h.",
    ),
    remediation=Text(
        "Rapprochez les sauvegardes (journaux de base de données, incrémentales) ou faites réviser la PDMA par le "
        "propriétaire de l’activité.",
        "Bring backups closer (database logs, incrementals) or have the owner of the activity revise the PDMA.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-05", "pgssi-s:7.4.2.2", "pgssi-s:7.4.2.3"),
    check=check,
    reads=("plan",),
    kind=Kind.COMPUTED,
)
