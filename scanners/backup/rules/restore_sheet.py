"""A restore without a sheet cannot be shown to anyone and teaches nothing.

PGSSI-S 7.4.5.3: operator, requester, files, date of the backup, date of the restore, result of the verification.
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "restore_sheet")


RULE = Rule(
    id="backup.restore_sheet",
    title=Text("Restaurations sans fiche", "Restores without a sheet"),
    message=Text(
        "{subject} déclare ne pas tenir de fiche pour chaque restauration (réponse du {date}).",
        "{subject} declares that restores are not recorded on a sheet (answered {date}).",
    ),
    remediation=Text(
        "Adoptez une fiche de six champs (opérateur, demandeur, fichiers, date de sauvegarde, date de "
        "restauration, vérification) et archivez-la.",
        "Adopt a sheet of six fields (operator, requester, files, backup date, restore date, verification) and "
        "file it.",
    ),
    severity=Severity.LOW,
    refs=refs("care-rules:SAV-28", "pgssi-s:7.4.5.3"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
