"""Without the directory nothing else restarts: people cannot sign in, servers cannot authenticate.

A backup of at least two domain controllers that allows a forest recovery, offline, with DSRM secrets in a vault and a
tested procedure. The yearly test (365 days) is our threshold.
"""

from __future__ import annotations

from scanners.backup.declared import said_yes
from scanners.backup.facts import BackupFacts
from scanners.model import Kind, Rule, Severity, Text, Verdict, refs

MAX_DAYS = 365


def check(facts: BackupFacts) -> Verdict:
    """The establishment, when the answer is no or too old."""
    return said_yes(facts, "directory_backup", MAX_DAYS)


RULE = Rule(
    id="backup.directory_backup",
    title=Text("Annuaire non restaurable de façon prouvée", "Directory not proven restorable"),
    message=Text(
        "{subject} n’a pas de sauvegarde hors ligne de l’annuaire permettant de reconstruire la forêt, essayée "
        "depuis 365 jours (dernier essai : {date}).",
        "{subject} has no offline backup of the directory allowing a forest recovery, tried within 365 days (last "
        "trial: {date}).",
    ),
    remediation=Text(
        "Sauvegardez l’état du système de deux contrôleurs par domaine, gardez-en une copie hors ligne, mettez "
        "les secrets DSRM au coffre et rejouez la reconstruction sur un réseau isolé.",
        "Back up the system state of two controllers per domain, keep one copy offline, put DSRM secrets in a "
        "vault and rehearse the recovery on an isolated network.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-33"),
    check=check,
    reads=("plan",),
    kind=Kind.DECLARED,
)
