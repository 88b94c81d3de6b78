"""What several rules ask of job histories: which system a job serves, the runs of a system, the jobs that count. Pure.

Names are matched whole, with the plan's own table first: a guess would make a system look saved by another's job.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.backup.facts import BackupFacts, System
from scanners.backup.job_names import fits, is_pattern, letters, shaped
from scanners.backup.jobs import FormerJob, History, JobRun, written
from scanners.backup.strategy import CLOCK_TOLERANCE
from scanners.model import NotAssessable, Scalar

_AGENTS = (" fd", " agent")
"""What tools add to the name of a machine: `srv-dpi-fd` is Bacula’s agent on `srv-dpi`."""
_SHOWN = 5


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
        name = ", ".join(one.name for one in facts.history.lists)
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
    "level": ("niveau", "level"),
    "scheduled": ("planifié", "scheduled"),
}


@dataclass(frozen=True, slots=True)
class Tied:
    """The systems of the plan that a job serves, none when it is none of ours. `by` is the line of the plan that says
    so, "" when its own name does."""

    systems: tuple[str, ...]
    by: str = ""


class Names:
    """Which systems of the plan each job of a history serves: as the plan says of its name, else by its name, else by
    the most precise of the plan's patterns."""

    def __init__(self, facts: BackupFacts) -> None:
        self._told: dict[str, Tied] = {}
        self._known: dict[str, Tied] = {}
        self._patterns: list[tuple[str, Tied]] = []
        self._found: dict[tuple[str, str, str], Tied | None] = {}
        for name, said in facts.plan.jobs.items():
            self._tell(name, (said,) if isinstance(said, str) else said)
        self._patterns.sort(key=lambda one: (-letters(one[0]), not one[1].systems, one[0]))
        for system in facts.plan.systems:
            for name in (system.name, *(copy.host for copy in system.copies)):
                if name:
                    self._known.setdefault(written(name), Tied((system.name,)))

    def _tell(self, name: str, said: tuple[str, ...]) -> None:
        """One line of the plan; of two names written alike, all the systems count."""
        systems = tuple(one for one in said if one)
        if is_pattern(name):
            self._patterns.append((shaped(name), Tied(systems, name)))
        elif key := written(name):
            before = self._told[key].systems if key in self._told else ()
            self._told[key] = Tied(tuple(dict.fromkeys((*before, *systems))), name)

    def tied(self, run: JobRun) -> Tied | None:
        """What is known of a job, None when nothing tells."""
        key = (run.console, run.system, run.job)
        if key not in self._found:
            self._found[key] = self._look(tuple(_names(run)))
        return self._found[key]

    def systems_of(self, run: JobRun) -> tuple[str, ...] | None:
        """The names of the systems that a job serves, none as the plan says, None when nothing tells."""
        tied = self.tied(run)
        return None if tied is None else tied.systems

    def _look(self, names: tuple[str, ...]) -> Tied | None:
        for known in (self._told, self._known):
            for name in names:
                if name in known:
                    return known[name]
        return next((tied for shape, tied in self._patterns if any(fits(shape, name) for name in names)), None)


def _names(run: JobRun) -> Iterator[str]:
    """The names of a run as the plan may write them: the job of a machine, the machine, the job."""
    yield written(run.name)
    yield written(run.local)
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
        for system in names.systems_of(run) or ():
            found[system].append(run)
    return {system: tuple(runs) for system, runs in found.items()}


def counted_jobs(facts: BackupFacts, history: History) -> Mapping[str, tuple[JobRun, ...]]:
    """The jobs of the history with their runs, oldest first: those the plan says are none of ours are left out, and so
    are runs dated after the list."""
    names = Names(facts)
    found = {
        name: tuple(run for run in runs if run.start and run.start <= facts.collected_at + CLOCK_TOLERANCE)
        for name, runs in history.by_job().items()
        if names.systems_of(runs[-1]) != ()
    }
    return {name: runs for name, runs in found.items() if runs}


def read_in(history: History, one: JobRun | FormerJob) -> dict[str, Scalar]:
    """The list that tells of a job and the day it was made, as evidence."""
    listed = history.list_of(one)
    name = f"{listed.origin} ({listed.name})" if listed.origin else listed.name
    return {"list": name, "list_date": listed.brought_on.isoformat() if listed.brought_on else None}


def covered(history: History) -> Mapping[int, timedelta]:
    """How long each list tells of, by its rank."""
    first: dict[int, datetime] = {}
    for run in history.runs:
        if run.start is not None:
            first[run.source] = min(run.start, first.get(run.source, run.start))
    return {rank: history.lists[rank].until - start for rank, start in first.items() if rank < len(history.lists)}


def some(names: Iterable[str]) -> str:
    """A few names of jobs, for a sentence."""
    listed = list(names)
    more = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f", + {more}" if more > 0 else "")


def disabled_jobs(history: History) -> frozenset[str]:
    """The jobs whose latest line says that they are not scheduled any more."""
    latest = {run.name: run.scheduled for run in history.runs}
    return frozenset(name for name, scheduled in latest.items() if scheduled is False)


def unread(system: System) -> bool:
    """Whether no copy of a system is in a repository that CaRE opens by itself."""
    return all(copy.repository is None for copy in system.copies)
