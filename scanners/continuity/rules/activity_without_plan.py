"""A critical activity outside every validated plan is not covered, and D2.O1.C asks for plans where it matters."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Critical activities that no validated plan covers."""
    return judged(len(facts.critical), (Finding(one.name) for one in facts.critical if not one.plan))


RULE = Rule(
    id="continuity.activity_without_plan",
    title=Text(
        "Activité critique hors de tout plan validé",
        "Critical activity outside every validated plan",
    ),
    message=Text(
        "Aucun plan de continuité et de reprise validé ne couvre {subject}.",
        "No validated continuity and recovery plan covers {subject}.",
    ),
    remediation=Text(
        "Ajoutez l’activité à un PCRA et faites-le valider par le représentant légal.",
        "Add the activity to a PCRA and have it validated by the legal representative.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.C", "iso22301:8.4"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
