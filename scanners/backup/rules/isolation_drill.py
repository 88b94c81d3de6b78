"""The “red button” that cuts the backup infrastructure off must work at 3 a.m., by someone who has done it before.

CaRE D2.O3.B asks for the capability; a drill within 365 days is our threshold (no official age was found). The last
drill of the register and the answer of a person are both read: the newest tells, and on one day the one that failed.
"""

from __future__ import annotations

from datetime import date

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the last drill failed or is too old."""
    drill = facts.plan.isolation
    if drill is None or _answered_since(facts, drill.date):
        return said_yes(facts, "isolation_drill", MAX_DAYS)
    if drill.success and 0 <= facts.days_since(drill.date) <= MAX_DAYS:
        return Verdict(1)
    return Verdict(1, (Finding(facts.plan.establishment, {"answer": drill.success, "date": drill.date.isoformat()}),))


def _answered_since(facts: BackupFacts, day: date) -> bool:
    """Whether the answer of a person is newer than the register; one dated in the future hides nothing."""
    answer = facts.plan.answers.get("isolation_drill")
    if answer is None or answer.value is None or answer.date is None or facts.days_since(answer.date) < 0:
        return False
    return answer.date > day or (answer.date == day and not answer.value)


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
