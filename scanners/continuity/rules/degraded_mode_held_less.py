"""A degraded mode was played and gave way before the time its sheet promises."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts, hours, worst
from scanners.continuity.measured import said
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Activities whose degraded mode held less, when played, than its sheet says."""
    both = [
        (one.name, measure, max(mode.holds for mode in one.modes if mode.holds is not None))
        for one in facts.activities
        if (measure := worst(one.measures, "held")) is not None and any(mode.holds is not None for mode in one.modes)
    ]
    return judged(
        len(both),
        (
            Finding(name, {"holds_hours": hours(holds), **said(measure)})
            for name, measure, holds in both
            if measure.minutes < holds
        ),
    )


RULE = Rule(
    id="continuity.degraded_mode_held_less",
    title=Text(
        "Mode dégradé tenu moins longtemps que prévu",
        "Degraded mode held less than planned",
    ),
    message=Text(
        "{subject} : le mode dégradé a tenu {measured_hours:h} ({source}, {date}) pour {holds_hours:h} "
        "écrites sur la fiche.",
        "{subject}: the degraded mode held {measured_hours:h} ({source}, {date}) for {holds_hours:h} written "
        "on the sheet.",
    ),
    remediation=Text(
        "Écrivez la durée tenue sur la fiche, puis cherchez ce qui a manqué : papier, bras, téléphone, place.",
        "Write the time it held on the sheet, then find what ran out: paper, hands, telephone, room.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.D", "iso22301:8.5"),
    check=check,
    reads=(
        "activities",
        "measures",
    ),
    kind=Kind.COMPUTED,
)
