"""A job switched off “for the night” of a migration is found again the day it is needed.

The latest line of each job says whether it is scheduled. Jobs that the plan says are none of ours are left out.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import Names, disabled_jobs, history_of, read_in
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs


def check(facts: BackupFacts) -> Verdict:
    """Jobs that are not scheduled any more."""
    history = history_of(facts, "scheduled")
    names = Names(facts)
    latest = {run.name: run for run in history.runs if names.systems_of(run) != ()}
    off = disabled_jobs(history)
    return judged(
        len(latest),
        (
            Finding(
                name,
                {"newest": run.start.isoformat() if run.start else "—", "line": run.line, **read_in(history, run)},
            )
            for name, run in latest.items()
            if name in off
        ),
        (name for name, run in latest.items() if run.scheduled is None),
    )


RULE = Rule(
    id="backup.job_disabled",
    title=Text("Travail de sauvegarde désactivé", "Backup job disabled"),
    message=Text(
        "Le travail {subject} n’est plus planifié (dernier passage : {newest}).",
        "Job {subject} is no longer scheduled (last run: {newest}).",
    ),
    remediation=Text(
        "Réactivez-le, ou supprimez-le après avoir vérifié que ce qu’il sauvait l’est ailleurs, et écrivez-le au plan.",
        "Enable it again, or delete it once what it saved is known to be saved elsewhere and the plan says so.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "care-rules:SAV-05", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("jobs",),
    kind=Kind.COMPUTED,
)
