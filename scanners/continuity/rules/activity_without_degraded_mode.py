"""When the screens go black, a critical activity without a written degraded mode improvises on patients."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Critical activities without a degraded mode in force."""
    return judged(len(facts.critical), (Finding(one.name) for one in facts.critical if not one.modes))


RULE = Rule(
    id="continuity.activity_without_degraded_mode",
    title=Text(
        "Activité critique sans mode dégradé",
        "Critical activity without a degraded mode",
    ),
    message=Text(
        "L’activité critique {subject} n’a aucune fiche de mode dégradé en vigueur.",
        "The critical activity {subject} has no degraded-mode sheet in force.",
    ),
    remediation=Text(
        "Écrivez la fiche avec le service, mettez-la en vigueur, imprimez-la et déposez le kit papier.",
        "Write the sheet with the department, put it into force, print it and lay down the paper kit.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d2:O1.B", "care-d2:O1.C", "iso22301:8.4.4"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
