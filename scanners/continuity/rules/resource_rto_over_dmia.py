"""A system promised back after the activity it serves has passed its limit: the promise contradicts the need."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, hours
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Resources whose declared RTO is longer than the strictest DMIA they inherit."""
    both = [
        (one, one.declared.rto, one.inherited)
        for one in facts.resources
        if one.declared.rto is not None and one.inherited is not None and one.inherited.dmia is not None
    ]
    return judged(
        len(both),
        (
            Finding(
                one.name,
                {"rto_hours": hours(rto), "dmia_hours": hours(needed.dmia or 0), "imposed_by": needed.dmia_by},
            )
            for one, rto, needed in both
            if rto > (needed.dmia or 0)
        ),
    )


RULE = Rule(
    id="continuity.resource_rto_over_dmia",
    title=Text(
        "Système promis trop tard pour l’activité qu’il sert",
        "System promised too late for the activity it serves",
    ),
    message=Text(
        "{subject} est promis en {rto_hours:h} ; {imposed_by} ne supporte que {dmia_hours:h} d’arrêt.",
        "{subject} is promised in {rto_hours:h}; {imposed_by} can only bear a stop of {dmia_hours:h}.",
    ),
    remediation=Text(
        "Réunissez l’exploitant et le responsable de l’activité : secours plus rapide, mode dégradé plus "
        "long, ou objectif revu et signé.",
        "Bring together who runs it and the activity owner: faster fallback, longer degraded mode, or an "
        "objective reviewed and signed.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d2:O1.C", "recyf:13.4"),
    check=check,
    reads=(
        "resources",
        "objectives",
        "declared",
    ),
    kind=Kind.COMPUTED,
)
