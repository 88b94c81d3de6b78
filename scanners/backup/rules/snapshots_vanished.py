"""Restore points erased before their time: what an attacker does before encrypting, or a retention set wrong.

Against the audits before. A tool that thins out keeps the newest point, then one a day for a week, one a week for a
month, one a month beyond (ours, the usual way): a point whose absence this explains is not told, neither is one older
than the longest retention declared for the repository. What was erased stays told for 30 days. At the first audit of a
repository nothing can be missed: it is not judged.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts, Gone, Repository
from scanners.backup.history import retention_of, thinned
from scanners.backup.strategy import in_future
from scanners.backup.telling import NOT_FOLLOWED, followed, judged_save, opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

TOLD = timedelta(days=30)


def check(facts: BackupFacts) -> Verdict:
    """Repositories where points are missing that retention does not explain."""
    read = opened(facts)
    found = [(one, [gone for gone in _lately(facts, one) if _too_early(facts, one, gone)]) for one in read]
    return judged_save(
        len(read),
        (
            Finding(
                one.name,
                {
                    "snapshots": len(missing),
                    "newest": max(gone.snapshot.time for gone in missing).isoformat(),
                    "seen": max(gone.last_seen for gone in missing).isoformat(),
                },
            )
            for one, missing in found
            if missing
        ),
        (one.name for one, missing in found if not (missing or followed(facts, one))),
        NOT_FOLLOWED,
    )


def _lately(facts: BackupFacts, one: Repository) -> list[Gone]:
    gone = one.memory.gone if one.memory else ()
    return [point for point in gone if facts.collected_at - point.missed_at <= TOLD]


def _too_early(facts: BackupFacts, one: Repository, gone: Gone) -> bool:
    if in_future(facts, gone.snapshot):
        return False
    retention = retention_of(facts, one.name)
    if retention is not None and gone.missed_at - gone.snapshot.time > retention:
        return False
    return not thinned(gone, one.snapshots)


RULE = Rule(
    id="backup.snapshots_vanished",
    title=Text("Points de restauration effacés avant leur terme", "Restore points erased before their time"),
    message=Text(
        "{snapshots} point(s) de restauration du dépôt {subject} ont disparu avant leur terme, dont celui du {newest}, "
        "encore là le {seen}.",
        "{snapshots} restore point(s) of repository {subject} vanished before their time, among them that of {newest}, "
        "still there on {seen}.",
    ),
    remediation=Text(
        "Regardez qui a effacé et quand dans le journal de l’outil et du serveur. Si personne ne l’a voulu, traitez-le "
        "comme un incident de sécurité : isolez le dépôt, changez ses secrets, vérifiez les autres copies.",
        "Look in the log of the tool and of the server who erased, and when. If nobody meant to, treat it as a "
        "security incident: isolate the repository, change its secrets, verify the other copies.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "care-rules:SAV-16", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("repositories",),
)
