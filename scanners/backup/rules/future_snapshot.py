"""The time of a snapshot is chosen by the machine that makes it: a date in the future hides that newer ones lack.

More than one hour after the collection (ours: tolerance for clocks that differ). The usual cause is a wrong clock; it
also misleads retention, which keeps the wrong snapshots.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import in_future
from scanners.backup.telling import opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Repositories holding snapshots dated after the collection."""
    dated = {
        repository.name: [snapshot for snapshot in repository.snapshots if in_future(facts, snapshot)]
        for repository in opened(facts)
    }
    return judged(
        len(dated),
        (
            Finding(name, {"snapshots": len(ahead), "latest": max(one.time for one in ahead).isoformat()})
            for name, ahead in dated.items()
            if ahead
        ),
    )


RULE = Rule(
    id="backup.future_snapshot",
    title=Text("Point de restauration daté du futur", "Restore point dated in the future"),
    message=Text(
        "Le dépôt {subject} contient {snapshots} point(s) de restauration daté(s) du futur (jusqu’au {latest}).",
        "Repository {subject} holds {snapshots} restore point(s) dated in the future (up to {latest}).",
    ),
    remediation=Text(
        "Remettez à l’heure la machine source (NTP), vérifiez que la rétention n’a pas effacé de bons points, "
        "puis retirez le point mal daté une fois un nouveau point vérifié.",
        "Set the source machine's clock (NTP), check that retention did not delete good points, then remove the "
        "misdated one once a new point is verified.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.2.2.3"),
    check=check,
    reads=("repositories",),
)
