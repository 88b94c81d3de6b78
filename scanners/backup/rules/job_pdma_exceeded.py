"""A copy that CaRE cannot open still tells by its job history when it last worked.

For systems whose copies are in no repository that was read: hours between the start of the newest run that succeeded
and the moment the list speaks up to, against the system's own PDMA (PGSSI-S 7.4.1.1). A run dates what it saves by its
start. A run that ended with warnings is no success and leaves a doubt. When the list is too old to tell whether the
PDMA holds today, the system is not judged.
"""

from __future__ import annotations

from datetime import datetime

from scanners.backup.facts import BackupFacts, System
from scanners.backup.histories import history_of, runs_by_system, unread
from scanners.backup.jobs import History, JobRun
from scanners.backup.strategy import CLOCK_TOLERANCE
from scanners.model import Finding, Kind, Rule, Severity, Text, Verdict, judged, refs

_DOUBT = Text(
    "La fraîcheur de certains systèmes ne peut pas être dite : liste trop ancienne pour leur PDMA, travail terminé "
    "avec des avertissements, ou PDMA absente du plan. Apportez une liste du jour et ouvrez les avertissements.",
    "The freshness of some systems cannot be told: list too old for their PDMA, run that ended with warnings, or no "
    "PDMA in the plan. Bring a list of today and open the warnings.",
)


def check(facts: BackupFacts) -> Verdict:
    """Systems whose newest successful run is older than their PDMA."""
    history = history_of(facts)
    late, unjudged, population = [], [], 0
    for system, runs in _served(facts, history):
        population += 1
        newest, pdma = _newest(facts, runs, "success"), system.pdma_hours
        if pdma is not None and newest and _hours(facts.collected_at, newest) <= pdma:
            continue
        until = history.until(runs)
        if pdma is None or any(_within(until, _newest(facts, runs, one), pdma) for one in ("success", "warning")):
            unjudged.append(system.name)
        else:
            late.append(_finding(until, system, pdma, newest))
    return judged(population, late, unjudged, _DOUBT if unjudged else None)


def _served(facts: BackupFacts, history: History) -> list[tuple[System, tuple[JobRun, ...]]]:
    runs = runs_by_system(facts, history)
    return [(one, runs[one.name]) for one in facts.plan.systems if unread(one) and one.name in runs]


def _newest(facts: BackupFacts, runs: tuple[JobRun, ...], status: str) -> datetime | None:
    limit = facts.collected_at + CLOCK_TOLERANCE
    starts = [run.start for run in runs if run.status == status and run.start and run.start <= limit]
    return max(starts, default=None)


def _within(until: datetime, moment: datetime | None, pdma: float) -> bool:
    """Whether a run was fresh enough when the lists were made."""
    return moment is not None and _hours(until, moment) <= pdma


def _hours(now: datetime, then: datetime) -> float:
    return (now - then).total_seconds() / 3600


def _finding(until: datetime, system: System, pdma: float, newest: datetime | None) -> Finding:
    age = round(_hours(until, newest), 1) if newest else "—"
    return Finding(system.name, {"age_hours": age, "pdma_hours": pdma, "newest": newest.isoformat() if newest else "—"})


RULE = Rule(
    id="backup.job_pdma_exceeded",
    title=Text("PDMA dépassée d’après les travaux", "PDMA exceeded according to job history"),
    message=Text(
        "La dernière sauvegarde réussie de {subject} dans l’historique des travaux a {age_hours} h, pour une PDMA de "
        "{pdma_hours} h.",
        "The newest successful backup of {subject} in the job history is {age_hours} h old, for a PDMA of {pdma_hours} "
        "h.",
    ),
    remediation=Text(
        "Ouvrez le journal du travail dans l’outil, corrigez sa cause, relancez-le, puis vérifiez par une restauration "
        "d’essai.",
        "Open the log of the job in the tool, fix its cause, run it again, then prove it by a trial restore.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-rules:SAV-05", "pgssi-s:7.4.1.1", "pgssi-s:7.4.2.2"),
    check=check,
    reads=("plan", "jobs", "job_results"),
    kind=Kind.COMPUTED,
)
