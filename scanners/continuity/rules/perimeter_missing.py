"""D2.O1.C names three perimeters; where one exists without an activity in the plan, the objective cannot be met."""

from __future__ import annotations

from scanners.continuity.facts import PERIMETERS, ContinuityFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ContinuityFacts) -> Verdict:
    """Perimeters that no activity carries and that the establishment does not say it lacks."""
    carried = {one.perimeter for one in facts.activities}
    asked = [perimeter for perimeter in PERIMETERS if perimeter not in facts.absent]
    return judged(len(asked), (Finding(perimeter) for perimeter in asked if perimeter not in carried))


RULE = Rule(
    id="continuity.perimeter_missing",
    title=Text(
        "Périmètre de l’objectif D2.O1.C sans activité",
        "Perimeter of objective D2.O1.C without an activity",
    ),
    message=Text(
        "Aucune activité ne porte le périmètre « {subject:care=service de soins|administrative=processus administratif"
        "|technical=plateau technique} » demandé par D2.O1.C.",
        "No activity carries the perimeter “{subject:care=care service|administrative=administrative process"
        "|technical=technical platform}” that D2.O1.C asks for.",
    ),
    remediation=Text(
        "Choisissez l’activité qui le porte sur sa fiche, ou dites que l’établissement n’en a pas, et pourquoi.",
        "Choose the activity that carries it on its page, or say that the establishment has none, and why.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d2:O1.C"),
    check=check,
    reads=("activities",),
    kind=Kind.DECLARED,
)
