"""A backup is proven when a system of a critical activity was restored from it and went back into service.

CaRE D2.O4: one technical test of backup and of return to production during the operational phase, which began with the
publication of the arrêté (Journal officiel of 16/07/2025). The date of the answer is that of the test.
"""

from __future__ import annotations

from datetime import date

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs

PHASE_START = date(2025, 7, 16)


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "technical_test", max_days=facts.days_since(PHASE_START))


RULE = Rule(
    id="backup.technical_test",
    title=Text("Pas d’essai technique de remise en production", "No technical test of return to production"),
    message=Text(
        "{subject} déclare n’avoir fait aucun essai technique de sauvegarde et de remise en production pendant la "
        "phase opérationnelle (réponse du {date}).",
        "{subject} declares no technical test of backup and return to production during the operational phase "
        "(answered {date}).",
    ),
    remediation=Text(
        "Choisissez un système d’une activité critique, restaurez-le jusqu’à la remise en service avec son "
        "référent métier et rédigez le compte rendu.",
        "Choose a system of a critical activity, restore it up to its return to service with its business "
        "correspondent and write the report.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-26", "care-d2:O4"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
