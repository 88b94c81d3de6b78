"""A procedure never rehearsed is read for the first time during the attack.

Tested within 365 days (PGSSI-S 7.3.1.4 asks for tests; the delay is ours).
"""

from __future__ import annotations

from scanners.model import Kind, Rule, Severity, Text, Verdict, refs
from scanners.workstations.facts import WorkstationFacts
from scanners.workstations.needs import said_yes

MAX_DAYS = 365


def check(facts: WorkstationFacts) -> Verdict:
    """The establishment, when the answer is no or too old."""
    return said_yes(facts, "detection_procedures", facts.background.answers.detection_procedures, MAX_DAYS)


RULE = Rule(
    id="workstations.detection_procedures",
    title=Text("Procédures de détection non testées", "Detection procedures not tested"),
    message=Text(
        "{subject} n’a pas testé ses procédures de détection et de réaction depuis 365 jours (dernier test : {date}).",
        "{subject} has not tested its detection and response procedures for 365 days (last test: {date}).",
    ),
    remediation=Text(
        "Jouez une alerte réelle (fichier d’essai EICAR, compte factice) et chronométrez jusqu’à la décision.",
        "Play a real alert (EICAR test file, decoy account) and time it up to the decision.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:DET-10", "pgssi-s:7.3.1.4"),
    check=check,
    reads=("answers",),
    kind=Kind.DECLARED,
)
