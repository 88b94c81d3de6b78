"""A critical activity nobody answers for: no one fills its BIA, no one says “we stop” at two in the morning."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Critical activities without an owner."""
    return judged(len(facts.critical), (Finding(one.name) for one in facts.critical if not one.owner.strip()))


RULE = Rule(
    id="continuity.activity_without_owner",
    title=Text(
        "Activité critique sans responsable",
        "Critical activity without an owner",
    ),
    message=Text(
        "Personne ne répond de l’activité critique {subject}.",
        "Nobody answers for the critical activity {subject}.",
    ),
    remediation=Text(
        "Nommez son responsable (cadre de santé, chef de service) et un suppléant ; donnez-lui le rôle « "
        "Responsable d’activité ».",
        "Name its owner (head nurse, head of department) and a deputy; give them the role “Activity owner”.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.A", "iso22301:5.3"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
