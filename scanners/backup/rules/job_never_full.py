"""Increments without a full run to stand on restore nothing once the oldest link is lost.

Jobs whose runs that saved something all say incremental or differential, in a list that covers 35 days (ours: a full
run a month, and a few days to make it). A shorter list proves nothing: they are then not judged, nor are jobs none of
whose runs says its level. Tools that are incremental for ever by design say another word (synthetic, forever), or none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import counted_jobs, covered, disabled_jobs, history_of, read_in, some
from scanners.backup.jobs import JobRun, changes_only, written
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_DAYS = 35


def check(facts: BackupFacts) -> Verdict:
    """Jobs that only ever saved what changed."""
    history = history_of(facts, "level")
    off, told_of = disabled_jobs(history), covered(history)
    jobs = {name: runs for name, runs in counted_jobs(facts, history).items() if name not in off}
    partial = {name: runs for name, runs in jobs.items() if _only_changes(runs)}
    short = [name for name, runs in partial.items() if told_of[runs[-1].source] < timedelta(days=MIN_DAYS)]
    untold = [name for name, runs in jobs.items() if not any(_levels(runs))]
    return judged(
        len(jobs),
        (
            Finding(
                name,
                {
                    "days": told_of[runs[-1].source].days,
                    "count": len(runs),
                    "line": runs[-1].line,
                    **read_in(history, runs[-1]),
                },
            )
            for name, runs in partial.items()
            if name not in short
        ),
        (*short, *untold),
        _doubt(short) if short else None,
    )


def _levels(runs: Iterable[JobRun]) -> Iterable[str]:
    """The levels of the runs that saved something."""
    return (written(run.level) for run in runs if run.status in ("success", "warning"))


def _only_changes(runs: Iterable[JobRun]) -> bool:
    levels = list(_levels(runs))
    return bool(levels) and all(changes_only(level) for level in levels)


def _doubt(names: list[str]) -> Text:
    return Text(
        f"La liste couvre moins de 35 jours et ne montre aucun passage complet de ces travaux : {some(names)}. "
        "Apportez une liste de deux mois.",
        f"The list covers less than 35 days and shows no full run of these jobs: {some(names)}. Bring a list of two "
        "months.",
    )


RULE = Rule(
    id="backup.job_never_full",
    title=Text("Sauvegarde incrémentielle sans complète", "Incremental backup without a full one"),
    message=Text(
        "Le travail {subject} n’a aucun passage complet en {days} jours ({count} passages, tous incrémentiels ou "
        "différentiels).",
        "Job {subject} has no full run in {days} days ({count} runs, all incremental or differential).",
    ),
    remediation=Text(
        "Planifiez une sauvegarde complète au moins une fois par mois (réelle ou synthétique), puis vérifiez par une "
        "restauration d’essai que la chaîne se relit depuis son début.",
        "Schedule a full backup at least once a month (real or synthetic), then prove by a trial restore that the "
        "chain reads from its start.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-rules:SAV-09", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("plan", "jobs", "job_results"),
    kind=Kind.COMPUTED,
)
