"""Backups further apart than the data loss that the activity accepts lose more than it can bear."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, hours
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Resources whose declared backup interval is longer than the strictest PDMA they must keep."""
    both = [
        (one, one.backup_every, one.limits.pdma)
        for one in facts.resources
        if one.backup_every is not None and one.limits.pdma is not None
    ]
    return judged(
        len(both),
        (
            Finding(
                one.name,
                {"interval_hours": hours(every), "pdma_hours": hours(pdma), "imposed_by": one.limits.pdma_by or None},
            )
            for one, every, pdma in both
            if every > pdma
        ),
    )


RULE = Rule(
    id="continuity.backup_interval_over_pdma",
    title=Text(
        "Sauvegarde plus espacée que la perte de données admissible",
        "Backups further apart than the data loss allowed",
    ),
    message=Text(
        "{subject} : sauvegardes espacées de {interval_hours:h} pour une PDMA de {pdma_hours:h} "
        "({imposed_by:=déclarée}).",
        "{subject}: backups {interval_hours:h} apart for a PDMA of {pdma_hours:h} ({imposed_by:=declared}).",
    ),
    remediation=Text(
        "Rapprochez les sauvegardes, ajoutez une journalisation ou une réplication, ou faites revoir la PDMA "
        "par le responsable de l’activité.",
        "Back up more often, add journaling or replication, or have the activity owner review the PDMA.",
    ),
    severity=Severity.HIGH,
    refs=refs("pgssi-s:7.4.1.1", "care-d2:O2.B", "recyf:13.4"),
    check=check,
    reads=(
        "resources",
        "objectives",
        "declared",
    ),
    kind=Kind.COMPUTED,
)
