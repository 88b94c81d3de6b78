"""A configuration nobody compares with its reference drifts without a trace. Threshold: 365 days (ReCyF 18.4)."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes

MAX_DAYS = 365


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no or too old."""
    return said_yes(facts, "configuration_review", facts.background.answers.configuration_review, MAX_DAYS)


RULE = Rule(
    id="workstations.configuration_review",
    title=Text("Configurations non contrôlées depuis un an", "Configurations not reviewed for a year"),
    message=Text(
        "{subject} n’a pas contrôlé la conformité des configurations depuis 365 jours (dernière revue : {date}).",
        "{subject} has not reviewed configuration compliance for 365 days (last review: {date}).",
    ),
    remediation=Text(
        "Passez un outil de conformité sur un échantillon de chaque modèle de poste et traitez les écarts.",
        "Run a compliance tool on a sample of each station model and handle the deviations.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:PDT-18", "recyf:18.4"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
