"""A job that was in the last list and is not in this one was deleted, renamed, or lost with its server.

Jobs of the list brought before, of the same console, that are absent from this one, when this one covers at least twice
their own rhythm (ours); shorter, or without a rhythm, they are not judged.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import Names, covered, history_of, read_in
from scanners.backup.jobs import JobRun
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_RHYTHMS = 2
NO_TIME = timedelta(0)


def check(facts: BackupFacts) -> Verdict:
    """Jobs of the former list that this one no longer has."""
    history = history_of(facts)
    here, names = {(run.source, run.local) for run in history.runs}, Names(facts)
    ours = [one for one in history.former if names.systems_of(JobRun(0, one.job, "unknown", one.system)) != ()]
    gone = [one for one in ours if (one.source, one.name) not in here]
    told_of = covered(history)
    told = [one for one in gone if one.every_hours and told_of.get(one.source, NO_TIME) >= _enough(one.every_hours)]
    return judged(
        len(ours),
        (Finding(one.name, {"every_hours": round(one.every_hours or 0, 1), **read_in(history, one)}) for one in told),
        (one.name for one in gone if one not in told),
    )


def _enough(hours: float) -> timedelta:
    return MIN_RHYTHMS * timedelta(hours=hours)


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
