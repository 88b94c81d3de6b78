"""Without a backup that knows Active Directory, a directory encrypted or emptied is rebuilt by hand, machine by
machine.

PingCastle A-BackupMetadata: seven days at most since the signature that such a backup leaves (`dSASignature`) on the
domain, the configuration and the schema. A snapshot that the controller does not know of leaves none.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 7


def check(facts: DirectoryFacts) -> Verdict:
    """The three partitions that every controller holds."""
    naming = facts.naming
    heads = facts.mask(facts.row_at(dn) for dn in (naming.root_dn, naming.configuration_dn, naming.schema_dn))
    signed, days = facts.objects.ints("lastBackup"), facts.days_since("lastBackup")
    return verdict(
        facts,
        heads,
        (signed != MISSING) & ~(days <= MAX_DAYS),
        lambda row: {"date": facts.iso_date("lastBackup", row) or None, "max_days": MAX_DAYS},
        signed == MISSING,
    )


RULE = Rule(
    id="ad.directory_backup_old",
    title=Text(
        "Annuaire sans sauvegarde récente",
        "Directory without a recent backup",
    ),
    message=Text(
        "{subject} n’a pas été sauvegardé par un outil qui connaît l’annuaire depuis plus de {max_days} jours "
        "(dernière fois : {date:=jamais}).",
        "{subject} has not been backed up by a tool that knows the directory for more than {max_days} days "
        "(last time: {date:=never}).",
    ),
    remediation=Text(
        "Sauvegardez chaque jour l’état du système de deux contrôleurs (wbadmin start systemstatebackup "
        "-backupTarget:E: -quiet, ou la prise en charge « Active Directory » de votre logiciel), gardez une "
        "copie hors ligne et chiffrée, puis vérifiez avec repadmin /showbackup. Effet : lecture du disque "
        "pendant la sauvegarde. Retour : supprimez la tâche.",
        "Back up the system state of two controllers every day (wbadmin start systemstatebackup "
        "-backupTarget:E: -quiet, or the “Active Directory” support of your software), keep an offline "
        "encrypted copy, then check with repadmin /showbackup. Effect: disk reads during the backup. Back: "
        "delete the task.",
    ),
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-BackupMetadata", "attack:T1490"),
    check=check,
    reads=(
        "domain",
        "configuration",
        "schema",
    ),
)
