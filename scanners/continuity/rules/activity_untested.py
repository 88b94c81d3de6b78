"""A plan nobody ever played fails the first night. D2.O1.D asks for a schedule of tests of every continuity plan.

Two years between two tests of an activity is our choice; the yearly crisis exercise is another duty."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MOST_DAYS = 730
"""Our choice: two years."""


def check(facts: ContinuityFacts) -> Verdict:
    """Critical activities never put to the test, or too long ago."""
    return judged(
        len(facts.critical),
        (
            Finding(one.name, {"last_test": one.tested_on.isoformat() if one.tested_on else None})
            for one in facts.critical
            if one.tested_on is None or (facts.today - one.tested_on).days > MOST_DAYS
        ),
    )


RULE = Rule(
    id="continuity.activity_untested",
    title=Text(
        "Activité critique jamais éprouvée, ou plus depuis deux ans",
        "Critical activity never tested, or not for two years",
    ),
    message=Text(
        "{subject} : dernier essai de continuité : {last_test:=aucun}.",
        "{subject}: last continuity test: {last_test:=none}.",
    ),
    remediation=Text(
        "Inscrivez un essai au calendrier : une demi-heure sur table suffit pour commencer, un exercice de "
        "terrain pour D2.O1.D.",
        "Put a test in the schedule: half an hour round a table is a start, a field exercise for D2.O1.D.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.D", "iso22301:8.5"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
