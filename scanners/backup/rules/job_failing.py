"""A job that never succeeds again is a copy that is not made, whatever the other jobs of the system say.

The two latest runs that ended failed or were cancelled (two is ours: a single failure is often retried); or the seven
latest brought no success, warnings included, for a run that ended with warnings did not save all, or not surely (seven
is ours: a week of nights). A run that still goes on two days after its start (ours) brought none either. Jobs that the
plan says are none of ours, and those that are disabled, are left out. A job that the list never shows succeeding, in
too few runs to tell, is not judged.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import counted_jobs, disabled_jobs, history_of, read_in, some
from scanners.backup.jobs import History, JobRun
from scanners.model import Finding, Kind, Rule, Scalar, Severity, Text, Verdict, judged, refs

MIN_FAILURES, MIN_WITHOUT = 2, 7
STUCK = timedelta(days=2)
_NOTHING = ("failed", "cancelled")


def check(facts: BackupFacts) -> Verdict:
    """Jobs whose latest runs all failed, or none of which succeeded."""
    history = history_of(facts)
    off, found, unjudged, population = disabled_jobs(history), [], [], 0
    for name, runs in counted_jobs(facts, history).items():
        if name in off:
            continue
        population += 1
        ended = [run for run in runs if _over(run, history.list_of(run).until)]
        without = _without_success(ended)
        wrong = _failures(ended) or (without if len(without) >= MIN_WITHOUT and _sure(without) else [])
        if wrong:
            found.append(_finding(history, name, wrong))
        elif not ended or len(without) == len(ended) or len(without) >= MIN_WITHOUT:
            unjudged.append(name)
    return judged(population, found, unjudged, _doubt(unjudged) if unjudged else None)


def _over(run: JobRun, until: datetime) -> bool:
    """Whether a run ended, or should have."""
    return run.status != "running" or (run.start is not None and until - run.start > STUCK)


def _without_success(runs: list[JobRun]) -> list[JobRun]:
    """The runs since the last success, all of them when there was none."""
    last = max((rank for rank, run in enumerate(runs) if run.status == "success"), default=-1)
    return runs[last + 1 :]


def _sure(runs: list[JobRun]) -> bool:
    return all(run.status != "unknown" for run in runs)


def _failures(runs: list[JobRun]) -> list[JobRun]:
    """The failures that nothing followed, when there are enough."""
    kept: list[JobRun] = []
    for run in reversed(runs):
        if run.status not in _NOTHING:
            break
        kept.append(run)
    return kept[::-1] if len(kept) >= MIN_FAILURES else []


def _finding(history: History, name: str, wrong: list[JobRun]) -> Finding:
    last = wrong[-1]
    told: dict[str, Scalar] = {"failed": len(wrong), "result": last.said or "—", "line": last.line}
    return Finding(name, {**told, **read_in(history, last)})


def _doubt(names: list[str]) -> Text:
    return Text(
        f"La liste ne montre aucune réussite de ces travaux, en trop peu de passages terminés et compris pour dire "
        f"s’ils échouent : {some(names)}. Apportez une liste plus longue, un mois si possible.",
        f"The list shows no success of these jobs, in too few runs that ended and were understood to tell whether "
        f"they fail: {some(names)}. Bring a longer list, a month if you can.",
    )


RULE = Rule(
    id="backup.job_failing",
    title=Text("Sauvegarde en échec à répétition", "Backup failing again and again"),
    message=Text(
        "Les {failed} derniers passages du travail {subject} n’ont pas réussi (dernier résultat : {result}).",
        "The last {failed} runs of job {subject} did not succeed (last result: {result}).",
    ),
    remediation=Text(
        "Lisez le journal du dernier passage, corrigez la cause (place, droits, agent, réseau), relancez le travail et "
        "suivez-le jusqu’à une réussite sans avertissement.",
        "Read the log of the last run, fix the cause (space, rights, agent, network), run the job again and follow it "
        "until it succeeds without a warning.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("jobs", "job_results"),
    kind=Kind.COMPUTED,
)
