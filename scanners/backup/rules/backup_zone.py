"""Backup servers reachable from every workstation are reachable by whatever infects a workstation.

ReCyF 13.3 asks to protect backups from an incident that would make them unusable; CaRE D2.O3.B for segregation.
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no."""
    return said_yes(facts, "backup_zone")


RULE = Rule(
    id="backup.backup_zone",
    title=Text("Sauvegardes non cloisonnées", "Backups not segregated"),
    message=Text(
        "{subject} déclare que l’infrastructure de sauvegarde n’est pas dans une zone réseau dédiée et filtrée "
        "(réponse du {date}).",
        "{subject} declares that the backup infrastructure is not in a dedicated, filtered network zone (answered "
        "{date}).",
    ),
    remediation=Text(
        "Placez serveurs, console et stockage de sauvegarde dans une zone à part où la sauvegarde va chercher les "
        "données, et n’y laissez entrer que l’administration dédiée.",
        "Put backup servers, console and storage in a zone of their own that pulls the data, and let only "
        "dedicated administration in.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-16", "care-rules:SAV-17", "care-d2:O3.B", "recyf:13.3"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
