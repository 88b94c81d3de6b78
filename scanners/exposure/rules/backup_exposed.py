"""Backups are what ransomware destroys first: nothing of a backup system may be within reach of strangers.

Servers and agents of backup systems that say so themselves: Veeam (by its certificate), NDMP, NetBackup, Commvault,
Bacula, Arcserve, Backup Exec, Amanda (by nmap). A port number alone accuses nobody.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import exposed
from scanners.exposure.ports import BACKUP_SERVICES
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Every part of a backup system that answers."""
    return exposed(facts, *BACKUP_SERVICES)


RULE = Rule(
    id="exposure.backup_exposed",
    title=Text(
        "Système de sauvegarde accessible",
        "Backup system reachable",
    ),
    message=Text(
        "{subject} répond : c’est un élément du système de sauvegarde ({service}).",
        "{subject} answers: it is a part of the backup system ({service}).",
    ),
    remediation=Text(
        "Fermez l’accès au pare-feu tout de suite, réservez le serveur de sauvegarde à un réseau d’administration à "
        "part, hors du domaine, et vérifiez qu’une copie est hors ligne ou immuable.",
        "Close the access on the firewall at once, keep the backup server for an administration network of its own, "
        "out of the domain, and check that one copy is offline or immutable.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:28", "attack:T1490", "cwe:284"),
    check=check,
    reads=("hosts", "services"),
)
