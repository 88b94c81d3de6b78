"""An activity that comes back after another, which relies on it, has passed its limit: the two plans contradict."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, hours
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities whose RTO is longer than the strictest DMIA of those that rely on them."""
    both = [
        (one.name, one.objectives.rto, one.inherited.dmia, one.inherited.dmia_by)
        for one in facts.activities
        if one.objectives and one.objectives.rto is not None and one.inherited and one.inherited.dmia is not None
    ]
    return judged(
        len(both),
        (
            Finding(name, {"rto_hours": hours(rto), "dmia_hours": hours(dmia), "imposed_by": by})
            for name, rto, dmia, by in both
            if rto > dmia
        ),
    )


RULE = Rule(
    id="continuity.activity_rto_over_dmia_of_another",
    title=Text(
        "Activité reprise trop tard pour celle qui en dépend",
        "Activity back too late for the one that relies on it",
    ),
    message=Text(
        "{subject} vise une reprise en {rto_hours:h} ; {imposed_by} ne supporte que {dmia_hours:h} d’arrêt.",
        "{subject} aims at recovery in {rto_hours:h}; {imposed_by} can only bear a stop of {dmia_hours:h}.",
    ),
    remediation=Text(
        "Réunissez les deux responsables d’activité : reprise avancée, mode dégradé qui se passe de l’autre, ou durée "
        "d’arrêt revue.",
        "Bring both activity owners together: an earlier recovery, a degraded mode that does without the other, or a "
        "longest interruption reviewed.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d2:O1.C", "recyf:13.4", "iso22301:8.2.2"),
    check=check,
    reads=(
        "activities",
        "objectives",
    ),
    kind=Kind.COMPUTED,
)
