"""Data that takes longer to restore than the recovery it serves makes the recovery impossible."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, hours
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities whose DMARD is longer than their RTO."""
    both = [
        (one.name, one.objectives.dmard, one.objectives.rto)
        for one in facts.activities
        if one.objectives and one.objectives.dmard is not None and one.objectives.rto is not None
    ]
    return judged(
        len(both),
        (
            Finding(name, {"dmard_hours": hours(dmard), "rto_hours": hours(rto)})
            for name, dmard, rto in both
            if dmard > rto
        ),
    )


RULE = Rule(
    id="continuity.dmard_over_rto",
    title=Text(
        "Restauration des données plus longue que la reprise visée",
        "Restoring data takes longer than the recovery aimed at",
    ),
    message=Text(
        "{subject} : restaurer les données peut prendre {dmard_hours:h} (DMARD) pour une reprise visée en "
        "{rto_hours:h}.",
        "{subject}: restoring the data may take {dmard_hours:h} (DMARD) for a recovery aimed at in {rto_hours:h}.",
    ),
    remediation=Text(
        "Accélérez la restauration (copie locale, réplication, ordre de restauration) ou allongez la reprise "
        "visée, sans dépasser la DMIA.",
        "Restore faster (local copy, replication, restore order) or aim at a later recovery, within the DMIA.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pgssi-s:7.4.1.1", "care-d2:O2.B"),
    check=check,
    reads=(
        "activities",
        "objectives",
    ),
    kind=Kind.COMPUTED,
)
