"""The “red button” that cuts the backup infrastructure off must work at 3 a.m., by someone who has done it before.

CaRE D2.O3.B asks for the capability; a drill within 365 days is our threshold (no official age was found).
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no or too old."""
    return said_yes(facts, "isolation_drill", MAX_DAYS)


RULE = Rule(
    id="backup.isolation_drill",
    title=Text("Isolement des sauvegardes non essayé", "Backup isolation not drilled"),
    message=Text(
        "{subject} n’a pas d’exercice réussi d’isolement de l’infrastructure de sauvegarde (« bouton rouge ») "
        "depuis 365 jours (dernier : {date}).",
        "{subject} has had no successful drill isolating the backup infrastructure (“red button”) for 365 days "
        "(last: {date}).",
    ),
    remediation=Text(
        "Écrivez la procédure (quels ports couper, qui décide, comment revenir), essayez-la hors des heures de "
        "sauvegarde et notez la date et la durée.",
        "Write the procedure (which ports to cut, who decides, how to come back), drill it outside backup hours "
        "and note date and duration.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-22", "care-d2:O3.B"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
