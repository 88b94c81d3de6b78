"""Only the people who use an application can say that what came back is right.

CaRE D2.O4: at least one business correspondent named for functional tests on critical applications.
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "business_correspondent")


RULE = Rule(
    id="backup.business_correspondent",
    title=Text("Aucun référent métier pour les essais", "No business correspondent for tests"),
    message=Text(
        "{subject} déclare n’avoir nommé aucun référent métier pour les essais fonctionnels de restauration "
        "(réponse du {date}).",
        "{subject} declares no business correspondent named for functional restore tests (answered {date}).",
    ),
    remediation=Text(
        "Faites nommer par écrit au moins un référent par application critique et associez-le au prochain essai.",
        "Have at least one correspondent per critical application named in writing and involve them in the next test.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:SAV-27", "care-d2:O4"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
