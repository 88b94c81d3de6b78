"""Logs left on the attacked machine are the first thing erased."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "logs_central", facts.background.answers.logs_central)


RULE = Rule(
    id="workstations.logs_central",
    title=Text("Journaux non centralisés", "Logs not centralised"),
    message=Text(
        "{subject} déclare que les journaux ne sont pas centralisés ou que la collecte n’est pas contrôlée "
        "(réponse du {date}).",
        "{subject} declares that logs are not centralised or that collection is not checked (answered {date}).",
    ),
    remediation=Text(
        "Centralisez d’abord l’annuaire, les pare-feu et la sauvegarde, et alertez quand une source se tait.",
        "Centralise the directory, firewalls and backup first, and alert when a source falls silent.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-04"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
