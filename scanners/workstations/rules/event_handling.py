"""An alert read on Monday about Friday night is a report, not a defence.

Share of security events handled within 24 working hours (ReCyF 20.1): all of them.
"""

from __future__ import annotations

from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import unanswered

WANTED_PERCENT = 100


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the figure misses its threshold."""
    told = facts.background.answers.events_within_24h_percent
    if told is None:
        raise unanswered("events_within_24h_percent")
    if told >= WANTED_PERCENT:
        return Verdict(1)
    return Verdict(1, (Finding(facts.place, {"percent": told}),))


RULE = Rule(
    id="workstations.event_handling",
    title=Text("Événements de sécurité traités trop tard", "Security events handled too late"),
    message=Text(
        "{subject} traite {percent} % des événements de sécurité en 24 heures ouvrées, pour 100 % attendus.",
        "{subject} handles {percent} % of security events within 24 working hours, where 100 % is expected.",
    ),
    remediation=Text(
        "Réduisez le bruit des alertes, organisez une astreinte ou confiez la nuit à un prestataire qualifié.",
        "Cut the noise of alerts, organise an on-call duty or entrust nights to a qualified provider.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-07", "recyf:20.1"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
