"""An inventory drifts from reality every week; a yearly campaign brings it back.

Threshold: 365 days (PGSSI-S 4.1.4.2).
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes

MAX_DAYS = 365


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no or too old."""
    return said_yes(facts, "inventory_campaign", facts.background.answers.inventory_campaign, MAX_DAYS)


RULE = Rule(
    id="workstations.inventory_campaign",
    title=Text("Pas de campagne d’inventaire depuis un an", "No inventory campaign for a year"),
    message=Text(
        "{subject} n’a pas mené de campagne d’inventaire depuis 365 jours (dernière : {date}).",
        "{subject} has run no inventory campaign for 365 days (last: {date}).",
    ),
    remediation=Text(
        "Faites vérifier par chaque service la liste de ses machines, et traitez les écarts trouvés par cet audit.",
        "Have each ward check the list of its machines, and handle the gaps this audit found.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-01", "pgssi-s:4.1.4.2"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
