"""A repository that receives nothing any more fails without a noise: no job, no error, no mail.

Days since the newest snapshot that is not in the future, against seven days (ours: the longest usual interval of a
recurring backup). Empty repositories belong to `repository_empty`; one that holds nothing but dates in the future is
not judged.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.strategy import in_future
from scanners.backup.telling import judged_save, opened
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs

MAX_DAYS = 7
_UNTOLD = Text(
    "Dépôts dont tous les points sont datés du futur, ce qui cache depuis quand ils se taisent : {names}. Remettez "
    "leur source à l’heure et refaites une sauvegarde.",
    "Repositories whose points are all dated in the future, which hides since when they are silent: {names}. Set the "
    "clock of their source and back up again.",
)


def check(facts: BackupFacts) -> Verdict:
    """Repositories without a snapshot for more than a week."""
    read = opened(facts)
    newest = {
        repository.name: max(snapshot.time for snapshot in repository.snapshots if not in_future(facts, snapshot))
        for repository in read
        if any(not in_future(facts, snapshot) for snapshot in repository.snapshots)
    }
    return judged_save(
        len(read),
        (
            Finding(name, {"newest": time.isoformat(), "age_days": facts.days_since(time)})
            for name, time in newest.items()
            if facts.days_since(time) > MAX_DAYS
        ),
        (one.name for one in read if one.snapshots and one.name not in newest),
        _UNTOLD,
    )


RULE = Rule(
    id="backup.repository_silent",
    title=Text("Dépôt muet", "Silent repository"),
    message=Text(
        "Le dépôt {subject} n’a rien reçu depuis {age_days} jours (dernier point : {newest}).",
        "Repository {subject} has received nothing for {age_days} days (newest point: {newest}).",
    ),
    remediation=Text(
        "Vérifiez le planificateur et la machine source, relancez une sauvegarde, puis faites surveiller "
        "l’absence de sauvegarde et pas seulement l’échec.",
        "Check the scheduler and the source machine, run a backup again, then have the absence of backups "
        "watched, not only their failure.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("repositories",),
)
