"""A BIA answered two years ago describes a hospital that no longer exists.

Two years is our choice: no text gives the age of a BIA; PGSSI-S and ISO 22301 ask for reviews at planned intervals."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MOST_DAYS = 730
"""Our choice: two years."""


def check(facts: ContinuityFacts) -> Verdict:
    """Activities whose BIA in force was answered too long ago."""
    dated = [(one.name, (facts.today - one.answered_on).days) for one in facts.activities if one.answered_on]
    return judged(len(dated), (Finding(name, {"age_days": days}) for name, days in dated if days > MOST_DAYS))


RULE = Rule(
    id="continuity.bia_stale",
    title=Text(
        "Bilan d’impact ancien",
        "Old impact analysis",
    ),
    message=Text(
        "Le bilan d’impact de {subject} a {age_days} jours.",
        "The impact analysis of {subject} is {age_days} days old.",
    ),
    remediation=Text(
        "Reprenez-le avec le service : une nouvelle version part de l’ancienne, il suffit de corriger ce qui a changé.",
        "Go through it again with the department: a new version starts from the old one, only what changed "
        "needs an answer.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d2:O1.C", "iso22301:8.2.2"),
    check=check,
    reads=(
        "activities",
        "objectives",
    ),
    kind=Kind.DECLARED,
)
