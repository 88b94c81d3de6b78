"""Protection that is not updated daily misses what appeared since (PGSSI-S 4.5.3.3)."""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "antivirus_signatures", facts.background.answers.antivirus_signatures)


RULE = Rule(
    id="workstations.antivirus_signatures",
    title=Text("Mises à jour antivirales non quotidiennes", "Malware signatures not updated daily"),
    message=Text(
        "{subject} déclare que les protections contre les codes malveillants ne sont pas mises à jour chaque jour "
        "partout (réponse du {date}).",
        "{subject} declares that malware protection is not updated daily everywhere (answered {date}).",
    ),
    remediation=Text(
        "Corrigez la diffusion depuis la console centrale et faites alerter sur les postes en retard de plus de "
        "24 heures.",
        "Fix distribution from the central console and alert on stations more than 24 hours late.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:PDT-08", "pgssi-s:4.5.3.3"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
