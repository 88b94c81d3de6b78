"""A failed job that nobody took in charge is the first night of a long silence.

Number of failed jobs of the last 30 days without a ticket, as declared: zero is expected (PGSSI-S 7.4.2.5).
"""

from __future__ import annotations

from scanners.backup.declared import answer_to
from scanners.backup.facts import BackupFacts
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when failed jobs have no ticket."""
    answer, failed = answer_to(facts, "failed_jobs_without_ticket")
    if not failed:
        return Verdict(1)
    return Verdict(
        1,
        (
            Finding(
                facts.plan.establishment,
                {"failed": int(failed), "date": answer.date.isoformat() if answer.date else "—"},
            ),
        ),
    )


RULE = Rule(
    id="backup.failures_without_ticket",
    title=Text("Échecs de sauvegarde sans ticket", "Backup failures without a ticket"),
    message=Text(
        "{subject} compte {failed} sauvegarde(s) en échec sans ticket (relevé : {date}).",
        "{subject} has {failed} failed backup(s) without a ticket (as of {date}).",
    ),
    remediation=Text(
        "Ouvrez un ticket pour chaque échec, et faites créer les suivants par la supervision elle-même.",
        "Open a ticket for each failure, and have the next ones created by the monitoring itself.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
