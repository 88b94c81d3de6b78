"""A ransomware encrypts the log server with the rest, unless its content is out of reach."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "logs_protected", facts.background.answers.logs_protected)


RULE = Rule(
    id="workstations.logs_protected",
    title=Text("Journaux non protégés", "Logs not protected"),
    message=Text(
        "{subject} déclare que les journaux ne sont pas protégés d’un rançongiciel (réponse du {date}).",
        "{subject} declares that logs are not protected from ransomware (answered {date}).",
    ),
    remediation=Text(
        "Sortez le serveur de journaux du domaine de production et sauvegardez-le hors ligne.",
        "Take the log server out of the production domain and back it up offline.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-05", "pgssi-s:7.2.2.6", "recyf:20.6"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
