"""An administrator who reads mail on the station he administers from hands over the domain with one click."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "administration_stations", facts.background.answers.administration_stations)


RULE = Rule(
    id="workstations.administration_stations",
    title=Text("Pas de postes d’administration dédiés", "No dedicated administration stations"),
    message=Text(
        "{subject} déclare administrer depuis des postes non dédiés ou reliés à Internet (réponse du {date}).",
        "{subject} declares administering from stations that are not dedicated or reach the Internet (answered "
        "{date}).",
    ),
    remediation=Text(
        "Fournissez un poste dédié sans messagerie ni Internet aux administrateurs de l’annuaire et des "
        "sauvegardes d’abord.",
        "Give administrators of the directory and of backups first a dedicated station without mail or Internet.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:PDT-20", "recyf:19.4", "attack:T1078.002"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
