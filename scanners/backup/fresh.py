"""The newest good restore point of each system, from repositories and from job histories: one answer for the rules, the
board, letters and deadlines (ADR 0045). Pure.

What CaRE read in a repository comes first; job histories speak for the copies that it does not read. What is held
against a PDMA is the newest point of all the repositories, but the worst of the jobs: each repository holds the system,
each job may hold a part of it. Rarer copies and jobs, made for something else, may only help.

A repository that could not be read leaves a doubt when it may hold the point that counts: it was read lately, or it is
shared and nobody said whose points are the system's. One that nobody has read for longer is a word, which never hides
what was measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from scanners.backup.facts import BackupFacts, Copy, System
from scanners.backup.histories import disabled_jobs, runs_by_system
from scanners.backup.jobs import JobRun, rhythm
from scanners.backup.strategy import CLOCK_TOLERANCE, copy_points, good_points, unnamed
from scanners.model import Text

Held = Literal["kept", "exceeded", "unsure", "unasked"]
"""A PDMA is kept; exceeded by what was read; nobody can tell; or no PDMA is asked."""
By = Literal["repository", "job", ""]
"""Who tells of the newest good point: a repository that CaRE read, a job history, nothing."""

LATELY = timedelta(days=2)
"""A repository read that recently and not this time leaves a doubt (ours: one night may fail)."""
RARER = 1.5
"""A job that starts this many times rarer than the PDMA was made for something else (ours: half a period of jobs that
start late, as for holes in the history)."""
TOLD_RUNS = 2
"""Starts that tell a rhythm here: fewer than rules on the rhythm itself want, for a job that stopped early."""

_NEVER = datetime.min.replace(tzinfo=UTC)
_WORST: tuple[Held, ...] = ("exceeded", "unsure", "kept", "unasked")
_HOPEFUL = ("success", "warning", "unknown")
"""Results of runs that may have saved something: what is not sure accuses nobody."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What job histories say of a system by the job that decides: its newest success and, in `held`, what the PDMA is
    worth. `until` is the moment they speak up to."""

    held: Held
    job: str
    at: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class LastGood:
    """The newest good restore point of a system: when (`at`, None when none was found), who tells it (`by`), as of when
    (`known_at`), and what the PDMA is worth.

    `unread` names its copies whose repository could not be read, `unnamed` those that name no machine in a repository
    of several. `told` is what jobs say, None when they say nothing or CaRE reads every copy.
    """

    at: datetime | None
    by: By
    held: Held
    known_at: datetime
    unread: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    told: Told | None = None

    @property
    def settled(self) -> bool:
        """Whether what is known of the system can be told without a doubt."""
        return self.by != "" and self.held != "unsure"

    @property
    def none(self) -> bool:
        """Whether something was read, and nothing to restore from."""
        whole = self.by == "repository" and not (self.unread or self.unnamed)
        return self.at is None and self.settled and (self.held == "exceeded" or whole)


@dataclass(frozen=True, slots=True)
class _Looked:
    """One copy and its good points, None when CaRE could not tell them."""

    copy: Copy
    points: tuple[datetime, ...] | None


class Fresh:
    """How fresh each system of the same facts is at `now`, which is the moment of the collection unless said."""

    def __init__(self, facts: BackupFacts, now: datetime | None = None) -> None:
        self._facts, self._now = facts, now or facts.collected_at
        history = facts.history
        self._runs = runs_by_system(facts, history) if history else {}
        self._disabled = disabled_jobs(history) if history else frozenset()
        self._since: dict[int, datetime] = {}
        for run in history.runs if history else ():
            if run.start is not None:
                self._since[run.source] = min(run.start, self._since.get(run.source, run.start))

    def last_good(self, system: System) -> LastGood:
        """The newest good restore point of a system, and what its PDMA is worth."""
        facts = self._facts
        pdma = None if system.pdma_hours is None else timedelta(hours=system.pdma_hours)
        looked = tuple(self._look(copy, pdma) for copy in system.copies)
        told = self._told(system, pdma) if not looked or any(one.points is None for one in looked) else None
        newest = max((one.points[-1] for one in looked if one.points), default=None)
        held, by = self._held(looked, newest, told, pdma)
        jobs = told if by == "job" else None
        untold = [one.copy for one in looked if one.points is None and one.copy.repository is not None]
        return LastGood(
            at=(jobs.at or newest) if jobs else newest,
            by=by,
            held=held,
            known_at=jobs.until if jobs else facts.collected_at,
            unread=tuple(copy.name for copy in untold if not unnamed(facts, copy)),
            unnamed=tuple(copy.name for copy in untold if unnamed(facts, copy)),
            told=told,
        )

    def _look(self, copy: Copy, pdma: timedelta | None) -> _Looked:
        points, repository = copy_points(self._facts, copy), self._facts.repository(copy.repository)
        if points is None and pdma is not None and repository is not None and unnamed(self._facts, copy):
            of_all = good_points(self._facts, repository)
            points = of_all if of_all and self._now - of_all[-1] > pdma else None  # too old whoever's they are
        return _Looked(copy, points)

    def nothing_left(self, system: System) -> bool | None:
        """Whether the repositories that were read hold nothing good of a system; None when that cannot be told."""
        looked = [self._look(copy, None) for copy in system.copies]
        if any(one.points for one in looked):
            return False
        if all(one.points is None for one in looked) or any(self._may_hold(one) for one in looked):
            return None
        return True

    def _held(
        self, looked: Sequence[_Looked], newest: datetime | None, told: Told | None, pdma: timedelta | None
    ) -> tuple[Held, By]:
        read = any(one.points is not None for one in looked)
        if pdma is None:
            later = told is not None and told.at is not None and (newest is None or told.at > newest)
            return "unasked", "job" if told and (later or not read) else "repository" if read else ""
        if newest is not None and self._now - newest <= pdma:
            return "kept", "repository"
        meant = _meant(looked, pdma)
        doubt = any(self._may_hold(one) for one in meant)
        if told is not None and all(one.points is None for one in meant):
            return "unsure" if doubt and told.held == "exceeded" else told.held, "job"
        if not read:
            return "unsure", ""
        return "unsure" if doubt else "exceeded", "repository"

    def _may_hold(self, one: _Looked) -> bool:
        """Whether a copy that could not be told may hold the point that counts."""
        repository = self._facts.repository(one.copy.repository)
        if one.points is not None or repository is None:
            return False
        memory = repository.memory
        lately = memory is not None and self._facts.collected_at - memory.read_at <= LATELY
        return lately or unnamed(self._facts, one.copy)

    def _told(self, system: System, pdma: timedelta | None) -> Told | None:
        """What the jobs of a system say: the worst of those made to keep the PDMA, else the best of all."""
        history, runs = self._facts.history, self._runs.get(system.name)
        if history is None or not runs:
            return None
        jobs = self._jobs(runs)
        if not jobs:
            return Told("unsure" if pdma else "unasked", runs[-1].name, None, history.until(runs))
        found = {name: self._job(one, history.until(one), pdma) for name, one in jobs.items()}
        meant = [told for name, told in found.items() if pdma and _made_for(jobs[name], told.until, pdma)]
        return min(meant, key=_rank) if meant else max(found.values(), key=_rank)

    def _jobs(self, runs: Iterable[JobRun]) -> Mapping[str, tuple[JobRun, ...]]:
        """The jobs that have begun, oldest run first: no run in the future, none switched off unless all are."""
        limit, found = self._facts.collected_at + CLOCK_TOLERANCE, defaultdict(list)
        for run in runs:
            if run.start is not None and run.start <= limit:
                found[run.name].append(run)
        jobs = {name: tuple(sorted(one, key=_start)) for name, one in found.items()}
        return {name: one for name, one in jobs.items() if name not in self._disabled} or jobs

    def _job(self, runs: Sequence[JobRun], until: datetime, pdma: timedelta | None) -> Told:
        """One job: an old list accuses nobody and excuses nobody, nor does one too short to show what was before."""
        name, since = runs[-1].name, self._since[runs[-1].source]
        success, hopeful = _newest(runs, "success"), _newest(runs, *_HOPEFUL)
        if pdma is None:
            return Told("unasked", name, success, until)
        if success is not None and self._now - success <= pdma:
            return Told("kept", name, success, until)
        fresh = hopeful is not None and until - hopeful <= pdma
        return Told("unsure" if fresh or until - since < pdma else "exceeded", name, success, until)


def _meant(looked: Sequence[_Looked], pdma: timedelta) -> Sequence[_Looked]:
    """The copies made often enough to keep a PDMA, as declared; all of them when none is."""
    often = [
        one for one in looked if one.copy.interval_hours is None or timedelta(hours=one.copy.interval_hours) <= pdma
    ]
    return often or looked


def _made_for(runs: Sequence[JobRun], until: datetime, pdma: timedelta) -> bool:
    """Whether a job starts often enough to keep a PDMA; by its last start when it started once."""
    every = rhythm(runs, TOLD_RUNS)
    return until - _start(runs[-1]) <= pdma if every is None else every <= RARER * pdma


def _rank(one: Told) -> tuple[int, datetime]:
    """The worst first, then the oldest."""
    return _WORST.index(one.held), one.at or _NEVER


def _start(run: JobRun) -> datetime:
    return run.start or _NEVER


def _newest(runs: Iterable[JobRun], *statuses: str) -> datetime | None:
    return max((run.start for run in runs if run.start and run.status in statuses), default=None)


# ---------------------------------------------------------------- why it is not known


def why_unknown(found: Iterable[tuple[System, LastGood]]) -> Text:
    """Why the newest good point of some systems cannot be told, or is held against nothing, with what to do."""
    lines = list(found)
    named = (
        [f"{system.name} / {copy}" for system, one in lines for copy in one.unnamed],
        [f"{system.name} / {copy}" for system, one in lines for copy in one.unread],
        [system.name for system, one in lines if not (one.by or one.unnamed or one.unread)],
        [system.name for system, one in lines if one.held == "unasked"],
    )
    said = [(why, _few(names)) for why, names in zip(_WHY, named, strict=True) if names]
    return Text(
        " ".join(why.fr.format(names) for why, names in said), " ".join(why.en.format(names) for why, names in said)
    )


_WHY: tuple[Text, ...] = (
    Text(
        "Le dépôt garde plusieurs machines et la copie ne dit pas laquelle est la sienne ({}) : remplissez « host ».",
        "The repository holds several machines and the copy does not say which is its own ({}): fill “host”.",
    ),
    Text(
        "Le dépôt n’a pas été lu ({}) : rendez-le lisible, puis relancez l’audit.",
        "The repository was not read ({}): make it readable, then run the audit again.",
    ),
    Text(
        "Rien ne dit de quand date la dernière sauvegarde ({}) : reliez une copie à un dépôt, ou apportez "
        "l’historique des travaux.",
        "Nothing tells how old the last backup is ({}): link a copy to a repository, or bring the job history.",
    ),
    Text("Aucune PDMA n’est écrite dans le plan ({}).", "No PDMA is written in the plan ({})."),
)


def _few(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f", + {more}" if more > 0 else "")
