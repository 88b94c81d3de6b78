"""An encrypted backup whose key was on the encrypted server is lost with it.

Keys and passwords of the repositories must themselves be saved, away from the infrastructure they protect (PGSSI-S
7.4.4.4).
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "keys_apart")


RULE = Rule(
    id="backup.keys_apart",
    title=Text("Clés de sauvegarde non mises à part", "Backup keys not kept apart"),
    message=Text(
        "{subject} déclare que les clés de chiffrement des sauvegardes ne sont pas gardées à part de "
        "l’infrastructure sauvegardée (réponse du {date}).",
        "{subject} declares that backup encryption keys are not kept apart from the backed-up infrastructure "
        "(answered {date}).",
    ),
    remediation=Text(
        "Gardez clés et mots de passe en deux exemplaires sous enveloppe, dans deux coffres de bâtiments "
        "différents, et essayez d’ouvrir un dépôt avec chacun.",
        "Keep keys and passwords in two sealed copies, in safes of two buildings, and try to open a repository "
        "with each.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-23", "pgssi-s:7.4.4.4"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
