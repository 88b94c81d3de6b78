"""What was entered since the newest good backup is what the hospital loses if it happens now.

The age of the newest good restore point, over all the copies CaRE could read, must not exceed the system's own PDMA
(PGSSI-S 7.4.1.1). Snapshots dated in the future and those of a damaged repository are not counted; a system without
any good point belongs to `no_restore_point`.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import measured_points
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Systems whose newest good point is older than their PDMA."""
    late, told = [], 0
    for system in facts.plan.systems:
        points = measured_points(facts, system)
        if points is None or system.pdma_hours is None:
            continue
        told += 1
        age = (facts.collected_at - points[-1]).total_seconds() / 3600 if points else 0.0
        if age > system.pdma_hours:
            late.append(Finding(system.name, {"age_hours": round(age, 1), "pdma_hours": system.pdma_hours}))
    if not late and told < len(facts.plan.systems):
        raise NotAssessable(
            "La fraîcheur n’est connue que des systèmes qui ont une PDMA et dont tous les dépôts ont été lus ; "
            "complétez le plan ou rendez ces dépôts lisibles.",
            "Freshness is known only of systems with a PDMA whose repositories were all read; complete the plan or "
            "make these repositories readable.",
        )
    return judged(told, late)


RULE = Rule(
    id="backup.pdma_exceeded",
    title=Text("PDMA dépassée", "PDMA exceeded"),
    message=Text(
        "Le dernier point de restauration sûr de {subject} a {age_hours} h, pour une PDMA de {pdma_hours} h.",
        "The newest good restore point of {subject} is {age_hours} h old, for a PDMA of {pdma_hours} h.",
    ),
    remediation=Text(
        "Cherchez pourquoi la sauvegarde ne passe plus (travail désactivé, disque plein, agent arrêté, mot de "
        "passe changé), lancez-en une à la main hors des heures de soins chargées, et vérifiez-la par une "
        "restauration d’essai.",
        "Find why the backup no longer runs (job disabled, full disk, agent stopped, password changed), run one "
        "by hand outside busy care hours, and prove it by a trial restore.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-05", "pgssi-s:7.4.1.1", "pgssi-s:7.4.2.2"),
    check=check,
    reads=("plan", "repositories"),
)
