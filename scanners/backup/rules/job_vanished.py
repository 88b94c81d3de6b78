"""A job that was in the last list and is not in this one was deleted, renamed, or lost with its server.

Jobs of the list brought before that are absent from this one, when this one covers at least twice their own rhythm
(ours); shorter, or without a rhythm, they are not judged.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import Names, history_of
from scanners.backup.jobs import FormerJob, History, JobRun
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_RHYTHMS = 2


def check(facts: BackupFacts) -> Verdict:
    """Jobs of the former list that this one no longer has."""
    history = history_of(facts)
    here, names = {run.name for run in history.runs}, Names(facts)
    ours = [one for one in history.former if names.system_of(JobRun(0, one.job, "unknown", one.system)) != ""]
    gone = [one for one in ours if one.name not in here]
    told = [one for one in gone if _covered(history, one)]
    return judged(
        len(ours),
        (Finding(one.name, {"every_hours": round(one.every_hours or 0, 1)}) for one in told),
        (one.name for one in gone if one not in told),
    )


def _covered(history: History, job: FormerJob) -> bool:
    starts = [run.start for run in history.runs if run.start is not None]
    if job.every_hours is None or not starts:
        return False
    return history.list.until - min(starts) >= MIN_RHYTHMS * timedelta(hours=job.every_hours)


RULE = Rule(
    id="backup.job_vanished",
    title=Text("Travail de sauvegarde disparu", "Backup job gone"),
    message=Text(
        "Le travail {subject} passait toutes les {every_hours} h dans la liste d’avant ; il n’est plus dans celle-ci.",
        "Job {subject} ran every {every_hours} h in the list before; this one no longer has it.",
    ),
    remediation=Text(
        "Retrouvez qui l’a supprimé ou renommé et pourquoi ; recréez-le, ou inscrivez au plan ce qui le remplace.",
        "Find who deleted or renamed it and why; make it again, or write in the plan what replaces it.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "care-rules:SAV-05", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("jobs", "former_jobs"),
    kind=Kind.COMPUTED,
)
