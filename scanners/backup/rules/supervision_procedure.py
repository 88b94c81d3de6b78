"""Someone must look at the backups every day and know what to do when one fails.

CaRE D2.O3.D: supervision organised and written, with the procedure on failure (in a GHT, central alerts too).
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "supervision_procedure")


RULE = Rule(
    id="backup.supervision_procedure",
    title=Text("Supervision des sauvegardes non organisée", "Backup supervision not organised"),
    message=Text(
        "{subject} déclare ne pas avoir de supervision écrite des sauvegardes avec une conduite à tenir en cas "
        "d’échec (réponse du {date}).",
        "{subject} declares no written supervision of backups with what to do on failure (answered {date}).",
    ),
    remediation=Text(
        "Écrivez qui regarde quoi chaque jour, sous quel délai un échec est repris, et qui est prévenu au-delà ; "
        "dans un GHT, centralisez les alertes.",
        "Write who looks at what every day, how soon a failure is handled and who is told beyond that; in a GHT, "
        "centralise alerts.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "care-rules:SAV-35", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
