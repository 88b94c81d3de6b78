"""Logs whose clocks differ cannot be put in order, and the story of an attack is lost."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "clock_synchronised", facts.background.answers.clock_synchronised)


RULE = Rule(
    id="workstations.clock_synchronised",
    title=Text("Horloges non synchronisées", "Clocks not synchronised"),
    message=Text(
        "{subject} déclare que les horloges ne sont pas toutes synchronisées (réponse du {date}).",
        "{subject} declares that clocks are not all synchronised (answered {date}).",
    ),
    remediation=Text(
        "Désignez deux sources de temps internes, faites-y pointer serveurs, équipements et modalités, et "
        "surveillez l’écart.",
        "Name two internal time sources, point servers, devices and modalities to them, and watch the drift.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:DET-03", "pgssi-s:7.2.2.3"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
