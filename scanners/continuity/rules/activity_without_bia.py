"""Without a BIA in force nobody knows how long patients can wait: D2.O1.C asks for plans built on BIAs."""

from __future__ import annotations

from scanners.continuity.facts import ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Critical activities without a BIA in force that says their DMIA."""
    return judged(
        len(facts.critical),
        (Finding(one.name) for one in facts.critical if one.objectives is None or one.objectives.dmia is None),
    )


RULE = Rule(
    id="continuity.activity_without_bia",
    title=Text(
        "Activité critique sans bilan d’impact en vigueur",
        "Critical activity without an impact analysis in force",
    ),
    message=Text(
        "L’activité critique {subject} n’a pas de bilan d’impact en vigueur qui dise sa DMIA.",
        "The critical activity {subject} has no impact analysis in force that says its DMIA.",
    ),
    remediation=Text(
        "Ouvrez l’activité, partez du modèle le plus proche, remplissez le bilan avec le service en une "
        "demi-heure et faites-le valider.",
        "Open the activity, start from the closest model, fill the analysis with the department in half an "
        "hour and have it validated.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d2:O1.C", "iso22301:8.2.2", "recyf:13.4"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
