"""A repository that opens and holds nothing was never fed, or was emptied: attackers do so before encrypting."""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.telling import opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Opened repositories without a single snapshot."""
    read = opened(facts)
    return judged(len(read), (Finding(one.name, {"tool": one.tool}) for one in read if not one.snapshots))


RULE = Rule(
    id="backup.repository_empty",
    title=Text("Dépôt vide", "Empty repository"),
    message=Text(
        "Le dépôt {subject} ({tool}) s’ouvre mais ne contient aucun point de restauration.",
        "Repository {subject} ({tool}) opens but holds no restore point.",
    ),
    remediation=Text(
        "Si le dépôt contenait des sauvegardes, traitez sa disparition comme un incident de sécurité (préservez "
        "les journaux, isolez la console) ; sinon, mettez en route la sauvegarde prévue.",
        "If it used to hold backups, treat their disappearance as a security incident (keep the logs, isolate the "
        "console); otherwise start the planned backup.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("repositories",),
)
