"""What several rules ask of job histories: which system a job serves, the runs of a system, the jobs that count. Pure.

Names are matched whole, with the plan's own table first: a guess would make a system look saved by another's job.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from scanners.backup.facts import BackupFacts, System
from scanners.backup.jobs import History, JobRun, written
from scanners.backup.strategy import CLOCK_TOLERANCE
from scanners.model import NotAssessable

_AGENTS = (" fd", " agent")
"""What tools add to the name of a machine: `srv-dpi-fd` is Bacula’s agent on `srv-dpi`."""


def history_of(facts: BackupFacts, *columns: str) -> History:
    """The history, with the columns that a rule cannot do without. NotAssessable when it was not given."""
    if facts.history is None:
        raise NotAssessable(
            "Aucun historique de travaux n’a été apporté : exportez celui de l’outil de sauvegarde et apportez-le dans "
            "Listes.",
            "No job history was brought: export that of the backup tool and bring it in Lists.",
        )
    lacking = [one for one in columns if not facts.history.says(one)]
    if lacking:
        name = facts.history.list.name
        raise NotAssessable(
            f"{name} n’a pas la colonne qu’il faut ({', '.join(_COLUMNS[one][0] for one in lacking)}) ; ajoutez-la à "
            "l’export, ou désignez-la en apportant la liste.",
            f"{name} lacks a column ({', '.join(_COLUMNS[one][1] for one in lacking)}); add it to the export, or point "
            "it out when you bring the list.",
        )
    return facts.history


_COLUMNS: Mapping[str, tuple[str, str]] = {
    "bytes": ("taille", "size"),
    "end": ("fin", "end"),
    "scheduled": ("planifié", "scheduled"),
}


class Names:
    """Which system of the plan each job of a history serves."""

    def __init__(self, facts: BackupFacts) -> None:
        self._told = {written(name): system for name, system in facts.plan.jobs.items()}
        self._known: dict[str, str] = {}
        for system in facts.plan.systems:
            for name in (system.name, *(copy.host for copy in system.copies)):
                if name:
                    self._known.setdefault(written(name), system.name)

    def system_of(self, run: JobRun) -> str | None:
        """The name of a system, "" for none of ours as the plan says, None when nothing tells."""
        names = list(_names(run))
        told = next((self._told[name] for name in names if name in self._told), None)
        return told if told is not None else next((self._known[name] for name in names if name in self._known), None)


def _names(run: JobRun) -> Iterator[str]:
    """The names of a run as the plan may write them: the job of a machine, the machine, the job."""
    yield written(run.name)
    if run.system:
        yield written(run.system)
        short = written(run.system.partition(".")[0])
        yield short
        yield from (short.removesuffix(one) for one in _AGENTS if short.endswith(one))
    yield written(run.job)


def runs_by_system(facts: BackupFacts, history: History) -> Mapping[str, tuple[JobRun, ...]]:
    """The runs that serve each system of the plan, in the order of time."""
    names, found = Names(facts), defaultdict(list)
    for run in history.runs:
        system = names.system_of(run)
        if system:
            found[system].append(run)
    return {system: tuple(runs) for system, runs in found.items()}


def counted_jobs(facts: BackupFacts, history: History) -> Mapping[str, tuple[JobRun, ...]]:
    """The jobs of the history with their runs, oldest first: those the plan says are none of ours are left out, and so
    are runs dated after the list."""
    names = Names(facts)
    found = {
        name: tuple(run for run in runs if run.start and run.start <= facts.collected_at + CLOCK_TOLERANCE)
        for name, runs in history.by_job().items()
        if names.system_of(runs[-1]) != ""
    }
    return {name: runs for name, runs in found.items() if runs}


def disabled_jobs(history: History) -> frozenset[str]:
    """The jobs whose latest line says that they are not scheduled any more."""
    latest = {run.name: run.scheduled for run in history.runs}
    return frozenset(name for name, scheduled in latest.items() if scheduled is False)


def unread(system: System) -> bool:
    """Whether no copy of a system is in a repository that CaRE opens by itself."""
    return all(copy.repository is None for copy in system.copies)
