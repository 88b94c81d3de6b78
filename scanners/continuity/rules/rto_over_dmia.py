"""A recovery aimed at after the longest bearable interruption is planned too late."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, hours
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities whose RTO is longer than their DMIA."""
    both = [
        (one.name, one.objectives.rto, one.objectives.dmia)
        for one in facts.activities
        if one.objectives and one.objectives.rto is not None and one.objectives.dmia is not None
    ]
    return judged(
        len(both),
        (Finding(name, {"rto_hours": hours(rto), "dmia_hours": hours(dmia)}) for name, rto, dmia in both if rto > dmia),
    )


RULE = Rule(
    id="continuity.rto_over_dmia",
    title=Text(
        "Reprise visée après la durée maximale d’interruption",
        "Recovery aimed at after the longest bearable interruption",
    ),
    message=Text(
        "{subject} : la reprise est visée en {rto_hours:h} alors que l’arrêt n’est supportable que "
        "{dmia_hours:h} (DMIA).",
        "{subject}: recovery is aimed at in {rto_hours:h} but a stop can be borne for {dmia_hours:h} only (DMIA).",
    ),
    remediation=Text(
        "Corrigez le bilan si un chiffre est faux ; sinon il faut un secours plus rapide ou un mode dégradé "
        "qui tienne jusqu’à la reprise.",
        "Correct the analysis if a figure is wrong; otherwise a faster fallback is needed, or a degraded mode"
        " that holds until recovery.",
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
