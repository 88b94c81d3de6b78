"""An account meant for transfers only still reads every file of the gateway when nothing shuts it in its folder.

ANSSI R18 and R24: rights, and what a session may do, reduced to what is needed. Judged on accounts whose forced
command is SFTP.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts, SshdSettings
from scanners.remote_access.judgement import remote_accounts, settings_of, subject


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts of transfers that see the whole gateway."""
    entries = [
        (account, entry)
        for account in remote_accounts(facts)
        for entry in settings_of(facts, account.name)
        if _only_transfers(entry)
    ]
    return judged(
        len({account.name for account, _ in entries}),
        (
            Finding(subject(facts, account.name), {"address": entry.address})
            for account, entry in entries
            if not entry.is_on("chrootdirectory")
        ),
    )


def _only_transfers(entry: SshdSettings) -> bool:
    program = entry.values.get("forcecommand", "").partition(" ")[0]
    return program.rpartition("/")[2] in {"internal-sftp", "sftp-server"}


RULE = Rule(
    id="remote_access.sftp_without_chroot",
    title=Text("Compte de transfert non confiné", "Transfer account not confined"),
    message=Text(
        "{subject} ne fait que des transferts mais voit tous les fichiers de la passerelle (depuis {address}).",
        "{subject} only transfers files but sees every file of the gateway (from {address}).",
    ),
    remediation=Text(
        "Ajoutez « ChrootDirectory /srv/transferts/%u » (dossier de root, non modifiable par d’autres) et "
        "« ForceCommand internal-sftp » ; essayez un dépôt et une lecture avec le fournisseur.",
        "Add `ChrootDirectory /srv/transfers/%u` (a folder of root that others cannot change) and "
        "`ForceCommand internal-sftp`; try a drop and a read with the supplier.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ssh:R18", "anssi-ssh:R24"),
    check=check,
    reads=("accounts", "sshd", "keys"),
)
