"""A backup with damaged data is discovered on the day it is needed, unless its content is read beforehand.

Structure and data are read (a share of the data when the repository is large, turning from one run to the next): a
plain structure check does not see a flipped byte. Where nothing allows a check, nothing is proved.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.telling import judged_save, opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

_UNTOLD = Text(
    "Dépôts sans contrôle possible : {names}. Gardez un fichier SHA256SUMS par copie, ou lancez l’audit complet.",
    "Repositories that could not be checked: {names}. Keep a SHA256SUMS file with each copy, or run the whole audit.",
)


def check(facts: BackupFacts) -> Verdict:
    """Repositories whose check found damage."""
    checked = [(one.name, one.check) for one in facts.repositories if one.check is not None]
    unchecked = [one.name for one in opened(facts) if one.check is None and one.snapshots]
    return judged_save(
        len(checked) + len(unchecked),
        (
            Finding(name, {"detail": done.detail, "part": done.part, "parts": done.parts})
            for name, done in checked
            if not done.sound
        ),
        unchecked,
        _UNTOLD,
    )


RULE = Rule(
    id="backup.repository_damaged",
    title=Text("Dépôt endommagé", "Damaged repository"),
    message=Text(
        "Le contrôle du dépôt {subject} a trouvé des données endommagées (part {part} sur {parts} lue) : {detail}",
        "The check of repository {subject} found damaged data (part {part} of {parts} read): {detail}",
    ),
    remediation=Text(
        "Ne lancez ni purge ni réparation tout de suite : copiez le dépôt, contrôlez le disque qui le porte, "
        "faites une nouvelle sauvegarde complète ailleurs, puis réparez la copie avec l’outil et restaurez à "
        "l’essai.",
        "Run neither prune nor repair right away: copy the repository, check the disk under it, make a new full "
        "backup elsewhere, then repair the copy with the tool and restore as a trial.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5", "pgssi-s:7.4.5.1"),
    check=check,
    reads=("repositories", "integrity"),
)
