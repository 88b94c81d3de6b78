"""Job histories of backup tools as facts: one canonical run per line of their lists, tickets, what runs say together.

A run names what the tool calls it; which system of the plan it serves is told by `serves`. Times are UTC. Pure.

Sections that gaps may name: `jobs` (the list itself), `job_results` (results that were not understood), `tickets`,
`former_jobs` (the list before).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

from pydantic import AwareDatetime

JobStatus = Literal["success", "warning", "failed", "cancelled", "running", "unknown"]
"""`warning`: it ended, but not all was saved, or not all is sure; it is no success."""

MAX_RUNS = 100_000
"""Runs that facts keep, the latest: a thousand nightly jobs for three months."""
MAX_TICKETS = 20_000
BASE_DAYS = 14
"""Days before a run that it is compared with (domain facts, exposure.md 4.2)."""
BASE_RUNS = 3
"""Runs that a comparison wants at least; the latest before, whatever their age, when those days hold fewer (ours)."""
RHYTHM_RUNS = 4
"""Starts that a job’s own rhythm wants at least (ours)."""
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of one job. "" and None mean that the list does not say; `said` is the result in the tool’s own words.

    `source` is the rank of its list in `History.lists`; `console` names that list where another has a job of that name.
    """

    line: int
    job: str
    status: JobStatus
    system: str = ""
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    said: str = ""
    bytes: int | None = None
    files: int | None = None
    errors: int | None = None
    repository: str = ""
    level: str = ""
    tool: str = ""
    scheduled: bool | None = None
    source: int = 0
    console: str = ""

    @property
    def local(self) -> str:
        """What tells its job apart in its list: two machines may each have a job of that name."""
        return f"{self.system} / {self.job}" if self.system and self.system != self.job else self.job

    @property
    def name(self) -> str:
        """What tells its job apart in all the lists."""
        return f"{self.console} / {self.local}" if self.console else self.local

    @property
    def hours(self) -> float | None:
        """How long it took, None when that cannot be told."""
        if self.start is None or self.end is None or self.end < self.start:
            return None
        return (self.end - self.start).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class JobTicket:
    """One ticket that names a job, a system or a machine of the list. `text` is what it says of its object."""

    line: int
    number: str
    text: str
    opened: AwareDatetime | None = None
    closed: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class JobList:
    """One list that was read. `others` counts the lines that are no backup; `until` is the moment it surely speaks up
    to: the day it was made, or its latest start. `tool` is the one that wrote it, `origin` what people call its
    console."""

    name: str
    columns: tuple[str, ...]
    lines: int
    until: AwareDatetime
    others: int = 0
    brought_on: date | None = None
    tool: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class FormerJob:
    """A job of the list before the one of rank `source`. `every_hours` is its rhythm, None when it could not be
    told."""

    name: str
    every_hours: float | None = None
    job: str = ""
    system: str = ""
    source: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """What lists say of the jobs of an establishment: one of each console, the first in `list`, those after it in
    `beside`. `tickets` is None when no list of tickets was given, or none that says what a ticket is about; `since` is
    the earliest day those tickets speak of."""

    list: JobList
    runs: tuple[JobRun, ...]
    former: tuple[FormerJob, ...] = ()
    tickets: tuple[JobTicket, ...] | None = None
    since: AwareDatetime | None = None
    beside: tuple[JobList, ...] = ()

    @property
    def lists(self) -> tuple[JobList, ...]:
        """Every list, in the order that runs name them by."""
        return (self.list, *self.beside)

    def list_of(self, one: JobRun | FormerJob) -> JobList:
        """The list that tells of a job."""
        lists = self.lists
        return lists[one.source] if one.source < len(lists) else self.list

    def until(self, runs: Iterable[JobRun]) -> datetime:
        """Up to when all the lists of some runs surely speak; all the lists when there are none."""
        moments = [self.list_of(run).until for run in runs] or [one.until for one in self.lists]
        return min(moments)

    def by_job(self) -> Mapping[str, tuple[JobRun, ...]]:
        """The runs of each job that have begun, oldest first."""
        found = defaultdict(list)
        for run in self.runs:
            if run.start is not None:
                found[run.name].append(run)
        return {name: tuple(sorted(runs, key=_started)) for name, runs in found.items()}

    def says(self, column: str) -> bool:
        """Whether one of the lists has a column: jobs of the others are not judged by it."""
        return any(column in one.columns for one in self.lists)


def _started(run: JobRun) -> float:
    return run.start.timestamp() if run.start else 0.0


def written(text: str) -> str:
    """A name as it is compared: no case, words separated by one space, `_`, `-` and `.` alike."""
    return " ".join(_WORDS.findall(text.casefold().replace("_", " ")))


def rhythm(runs: Iterable[JobRun], least: int = RHYTHM_RUNS) -> timedelta | None:
    """How often a job starts, by the median of its own gaps; None when it started too few times to tell.

    Starts less than an hour apart are retries of one run.
    """
    moments: list[float] = []
    for run in runs:
        at = _started(run)
        if run.start is not None and (not moments or at - moments[-1] >= 3600):
            moments.append(at)
    if len(moments) < least:
        return None
    return timedelta(seconds=median(later - sooner for sooner, later in pairwise(moments)))


@dataclass(frozen=True, slots=True)
class Base:
    """The latest figure of a job and those before it that it is compared with."""

    latest: float
    before: tuple[float, ...]

    @property
    def usual(self) -> float:
        """The median of those before."""
        return median(self.before)


def base_of(figures: list[tuple[AwareDatetime, float]]) -> Base | None:
    """The latest figure against those of the days before; None when there are too few. Oldest first."""
    if len(figures) <= BASE_RUNS:
        return None
    (moment, latest), earlier = figures[-1], figures[:-1]
    near = tuple(value for when, value in earlier if moment - when <= timedelta(days=BASE_DAYS))
    return Base(latest, near if len(near) >= BASE_RUNS else tuple(value for _when, value in earlier[-BASE_RUNS:]))


def sizes(runs: Iterable[JobRun]) -> Iterator[tuple[str, Base]]:
    """The sizes of a job’s good runs by level: a full one is not compared with an incremental one."""
    found = defaultdict(list)
    for run in runs:
        if run.start is not None and run.bytes is not None and run.status in ("success", "warning"):
            found[written(run.level)].append((run.start, float(run.bytes)))
    for level, figures in found.items():
        base = base_of(figures)
        if base is not None:
            yield level, base


def slower(runs: Iterable[JobRun]) -> Iterator[tuple[float, float]]:
    """Hours that a job’s last three good runs took and that those before did, by level, as medians."""
    found = defaultdict(list)
    for run in runs:
        if run.start is not None and run.hours is not None and run.status in ("success", "warning"):
            found[written(run.level)].append((run.start, run.hours))
    for figures in found.values():
        earlier, latest = figures[:-BASE_RUNS], figures[-BASE_RUNS:]
        since = latest[0][0] - timedelta(days=BASE_DAYS)
        usual = [hours for moment, hours in earlier if moment >= since]
        if len(usual) >= BASE_RUNS:
            yield median(hours for _moment, hours in latest), median(usual)


def incremental(level: str) -> bool:
    """Whether a level saves only what changed: its size follows the day’s work."""
    return level in ("i", "d") or level.startswith(("incr", "diff", "synth", "forever"))


def changes_only(level: str) -> bool:
    """Whether a level stands on a full run: incremental or differential, and not by the design of its tool."""
    return level in ("i", "d") or level.startswith(("incr", "diff"))
