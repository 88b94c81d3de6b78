"""Health data in clear text in a backup is a data breach waiting for whoever reaches the disk, the share or the tape.

Protection of backups must equal that of the data (PGSSI-S 7.4.4.4). borg mode “none” or “authenticated” leaves content
readable; restic always encrypts. What the plan says of the copy does not change what is measured. Plain files of a
folder may lie on an encrypted disk: there, the plan must say so for each copy.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.standing import CLEAR_MODES
from scanners.backup.telling import opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Opened repositories whose content anyone can read."""
    read = opened(facts)
    return judged(
        len(read),
        (
            Finding(one.name, {"tool": one.tool, "mode": one.encryption or "none"})
            for one in read
            if one.encryption.startswith(CLEAR_MODES) or (not one.encryption and not _declared(facts, one.name))
        ),
    )


def _declared(facts: BackupFacts, name: str) -> bool:
    """Whether the plan says of every copy kept there that it is encrypted."""
    said = [copy.encrypted for system in facts.plan.systems for copy in system.copies if copy.repository == name]
    return bool(said) and all(answer is True for answer in said)


RULE = Rule(
    id="backup.repository_unencrypted",
    title=Text("Dépôt non chiffré", "Unencrypted repository"),
    message=Text(
        "Le dépôt {subject} ({tool}) n’est pas chiffré (mode {mode}) : qui copie ses fichiers lit les données.",
        "Repository {subject} ({tool}) is not encrypted (mode {mode}): whoever copies its files reads the data.",
    ),
    remediation=Text(
        "Créez un dépôt chiffré à côté, sauvegardez-y, vérifiez une restauration, mettez la clé à l’abri ailleurs "
        "que dans l’infrastructure sauvegardée, puis détruisez l’ancien dépôt selon la politique.",
        "Create an encrypted repository beside it, back up to it, verify a restore, keep the key away from the "
        "backed-up infrastructure, then destroy the old repository as the policy says.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-23", "care-rules:SAV-24", "pgssi-s:7.4.4.4"),
    check=check,
    reads=("repositories",),
)
