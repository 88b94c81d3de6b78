"""A job that was created and never ran looks like a backup in every console, and saved nothing.

Jobs that a list names without a single start. A list that covers less than a week (ours) may only have been made before
their first night: they are then not judged. Jobs that are disabled, and those that the plan says are none of ours, are
left out.
"""

from __future__ import annotations

from datetime import timedelta

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import Names, covered, disabled_jobs, history_of, read_in, some
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_DAYS = 7
_NO_TIME = timedelta(0)


def check(facts: BackupFacts) -> Verdict:
    """Jobs that never started."""
    history = history_of(facts)
    off, names, told_of = disabled_jobs(history), Names(facts), covered(history)
    ours = {run.name: run for run in history.runs if run.name not in off and names.systems_of(run) != ()}
    begun = {run.name for run in history.runs if run.start is not None}
    never = {name: run for name, run in ours.items() if name not in begun}
    young = [name for name, run in never.items() if told_of.get(run.source, _NO_TIME) < timedelta(days=MIN_DAYS)]
    return judged(
        len(ours),
        (
            Finding(name, {"line": run.line, **read_in(history, run)})
            for name, run in never.items()
            if name not in young
        ),
        young,
        _doubt(young) if young else None,
    )


def _doubt(names: list[str]) -> Text:
    return Text(
        f"Ces travaux n’ont aucun démarrage dans une liste de moins de sept jours : {some(names)}. Apportez une liste "
        "plus longue.",
        f"These jobs have no start in a list of less than seven days: {some(names)}. Bring a longer list.",
    )


RULE = Rule(
    id="backup.job_never_started",
    title=Text("Travail de sauvegarde jamais lancé", "Backup job never run"),
    message=Text(
        "Le travail {subject} est dans la liste et n’a jamais démarré.",
        "Job {subject} is in the list and never started.",
    ),
    remediation=Text(
        "Donnez-lui une planification et lancez-le à la main jusqu’à une réussite ; s’il ne sert plus, supprimez-le, "
        "ou dites au plan (« jobs ») qu’il n’est pas des vôtres.",
        "Give it a schedule and run it by hand until it succeeds; if it is of no use any more, delete it, or tell the "
        "plan (“jobs”) that it is none of yours.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("plan", "jobs"),
    kind=Kind.COMPUTED,
)
