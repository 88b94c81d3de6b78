"""What was entered since the newest good backup is what the hospital loses if it happens now.

The age of the newest good restore point that CaRE read, over all the copies of a system, must not exceed the system's
own PDMA (PGSSI-S 7.4.1.1). Snapshots dated in the future and those of a damaged repository are not counted; a system
without any good point belongs to `no_restore_point`, one that only job histories tell of to `job_pdma_exceeded`. A
repository that was not read hides nothing, unless it may hold the point that counts (`scanners.backup.fresh`).
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.fresh import Fresh, why_unknown
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Systems whose newest good point is older than their PDMA."""
    fresh = Fresh(facts)
    found = [(system, fresh.last_good(system)) for system in facts.plan.systems]
    here = [(system, one) for system, one in found if one.by != "job"]
    if not here:
        raise NotAssessable(
            "Aucune copie n’est dans un dépôt que CaRE lit ; reliez-en une à un dépôt pour que la fraîcheur soit "
            "mesurée.",
            "No copy is in a repository that CaRE reads; link one to a repository so that freshness is measured.",
        )
    unknown = [(system, one) for system, one in here if one.held in ("unsure", "unasked")]
    late = (
        Finding(
            system.name,
            {
                "age_hours": round((facts.collected_at - one.at).total_seconds() / 3600, 1),
                "pdma_hours": system.pdma_hours,
            },
        )
        for system, one in here
        if one.held == "exceeded" and one.at is not None
    )
    return judged(
        len(here) - len(unknown),
        late,
        (system.name for system, _one in unknown),
        why_unknown(unknown) if unknown else None,
    )


RULE = Rule(
    id="backup.pdma_exceeded",
    title=Text("PDMA dépassée", "PDMA exceeded"),
    message=Text(
        "Le plus récent point de restauration sûr que CaRE a lu de {subject} a {age_hours} h, pour une PDMA de "
        "{pdma_hours} h.",
        "The newest good restore point of {subject} that CaRE read is {age_hours} h old, for a PDMA of {pdma_hours} h.",
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
