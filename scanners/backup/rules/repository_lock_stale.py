"""A lock left by a dead job blocks pruning, checks and, for some tools, every later backup.

Oldest lock in the repository, against 24 hours (ours: longer than the longest nightly job).
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts
from scanners.backup.telling import opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs

MAX_AGE = timedelta(hours=24)


def check(facts: BackupFacts) -> Verdict:
    """Repositories holding a lock older than a day."""
    read = opened(facts)
    return judged(
        len(read),
        (
            Finding(one.name, {"since": one.locked_since.isoformat()})
            for one in read
            if one.locked_since is not None and facts.collected_at - one.locked_since > MAX_AGE
        ),
    )


RULE = Rule(
    id="backup.repository_lock_stale",
    title=Text("Verrou oublié dans un dépôt", "Lock left in a repository"),
    message=Text(
        "Le dépôt {subject} porte un verrou posé le {since}, sans doute laissé par un travail interrompu.",
        "Repository {subject} holds a lock set on {since}, probably left by an interrupted job.",
    ),
    remediation=Text(
        "Vérifiez qu’aucune sauvegarde ne tourne, puis retirez le verrou avec l’outil (« restic unlock », « borg "
        "break-lock ») et regardez si les sauvegardes suivantes ont réussi.",
        "Check that no backup is running, then remove the lock with the tool (`restic unlock`, `borg break-lock`) "
        "and see whether later backups succeeded.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("repositories",),
)
