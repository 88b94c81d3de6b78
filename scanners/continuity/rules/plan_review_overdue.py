"""A plan past its review date is a plan of the past: names, numbers and systems have changed since."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Validated plans whose review date has passed, or that have none."""
    return judged(
        len(facts.plans),
        (
            Finding(plan.title, {"expected": plan.review_on.isoformat() if plan.review_on else None})
            for plan in facts.plans
            if plan.review_on is None or plan.review_on < facts.today
        ),
    )


RULE = Rule(
    id="continuity.plan_review_overdue",
    title=Text(
        "Plan à réviser",
        "Plan to be reviewed",
    ),
    message=Text(
        "Le plan {subject} est à réviser (date prévue : {expected:=aucune}).",
        "The plan {subject} is to be reviewed (due date: {expected:=none}).",
    ),
    remediation=Text(
        "Ouvrez une nouvelle version, relisez-la avec les responsables d’activité et faites-la valider avec "
        "une date de révision.",
        "Open a new version, read it again with the activity owners and have it validated with a review date.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.C", "iso22301:9.3"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
