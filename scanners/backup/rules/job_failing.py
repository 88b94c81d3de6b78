"""A job that fails again every night is a copy that is not made, whatever the other jobs of the system say.

The two latest runs that ended both failed (two is ours: a single failure is often retried). Jobs that the plan says are
none of ours, and those that are disabled, are left out.
"""

from __future__ import annotations

from scanners.backup.facts import BackupFacts
from scanners.backup.histories import counted_jobs, disabled_jobs, history_of, read_in
from scanners.backup.jobs import JobRun
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

MIN_FAILURES = 2


def check(facts: BackupFacts) -> Verdict:
    """Jobs whose latest runs all failed."""
    history = history_of(facts)
    jobs, off = counted_jobs(facts, history), disabled_jobs(history)
    ended = {name: [run for run in runs if run.status != "running"] for name, runs in jobs.items() if name not in off}
    found = [(name, _failures(runs)) for name, runs in ended.items()]
    return judged(
        len(ended),
        (
            Finding(
                name,
                {
                    "failed": len(failures),
                    "result": failures[-1].said or "—",
                    "line": failures[-1].line,
                    **read_in(history, failures[-1]),
                },
            )
            for name, failures in found
            if len(failures) >= MIN_FAILURES
        ),
    )


def _failures(runs: list[JobRun]) -> list[JobRun]:
    """The failures that nothing followed."""
    kept: list[JobRun] = []
    for run in reversed(runs):
        if run.status != "failed":
            break
        kept.append(run)
    return kept[::-1]


RULE = Rule(
    id="backup.job_failing",
    title=Text("Sauvegarde en échec à répétition", "Backup failing again and again"),
    message=Text(
        "Les {failed} derniers passages du travail {subject} ont échoué (dernier résultat : {result}).",
        "The last {failed} runs of job {subject} failed (last result: {result}).",
    ),
    remediation=Text(
        "Lisez le journal du dernier passage, corrigez la cause (place, droits, agent, réseau), relancez le travail et "
        "suivez-le jusqu’à une réussite.",
        "Read the log of the last run, fix the cause (space, rights, agent, network), run the job again and follow it "
        "until it succeeds.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-rules:SAV-09", "care-d2:O3.D", "pgssi-s:7.4.2.5"),
    check=check,
    reads=("jobs", "job_results"),
    kind=Kind.COMPUTED,
)
