"""A degraded mode that ends before the recovery leaves the service with nothing in between."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, hours
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities whose longest degraded mode ends before their RTO; modes nobody timed are not counted."""
    timed = [
        (one.name, max(mode.holds for mode in one.modes if mode.holds is not None), one.objectives.rto)
        for one in facts.activities
        if one.objectives and one.objectives.rto is not None and any(mode.holds is not None for mode in one.modes)
    ]
    return judged(
        len(timed),
        (
            Finding(name, {"holds_hours": hours(holds), "rto_hours": hours(rto)})
            for name, holds, rto in timed
            if holds < rto
        ),
    )


RULE = Rule(
    id="continuity.degraded_mode_too_short",
    title=Text(
        "Mode dégradé plus court que la reprise visée",
        "Degraded mode shorter than the recovery aimed at",
    ),
    message=Text(
        "{subject} : le mode dégradé tient {holds_hours:h} et la reprise est visée en {rto_hours:h}.",
        "{subject}: the degraded mode holds {holds_hours:h} and recovery is aimed at in {rto_hours:h}.",
    ),
    remediation=Text(
        "Prolongez le mode dégradé (renforts, stocks de papier, relais), prévoyez un second mode pour la "
        "suite, ou avancez la reprise.",
        "Make the degraded mode last longer (extra staff, paper stock, relays), plan a second one to follow, "
        "or recover earlier.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.C", "iso22301:8.3"),
    check=check,
    reads=(
        "activities",
        "objectives",
        "modes",
    ),
    kind=Kind.COMPUTED,
)
