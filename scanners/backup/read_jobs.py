"""From the lists of backup tools and of ticketing to one history of runs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from scanners.backup.histories import disabled_jobs
from scanners.backup.job_results import are_letters, is_backup, result_of
from scanners.backup.job_tools import PROXMOX, tool_of
from scanners.backup.jobs import (
    MAX_RUNS,
    MAX_TICKETS,
    FormerJob,
    History,
    JobList,
    JobRun,
    JobTicket,
    rhythm,
    written,
)
from scanners.errors import CollectError
from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, Table, read_list, told, too_old
from scanners.lists.words import NEVER, NO, YES
from scanners.model import Gap, Text

JOBS, RESULTS, TICKETS, FORMER = "jobs", "job_results", "tickets", "former_jobs"
"""Sections of the facts that gaps name."""
_STAMP = re.compile(r"\.\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d_\d+\Z")
"""Bacula’s unique name of a run is that of its job and the moment it was asked for."""
_PROXMOX = re.compile(r"(?P<store>[^:]+):(?P<group>(?P<type>vm|ct|host)/(?P<id>[^/]+))\Z")
STALE_DAYS = 35
"""A list of jobs made longer ago proves nothing of today (ours): a list a month, and a few days to bring it."""
_SHOWN = 60
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class ReadJobs:
    """The history, None when no list of jobs was given, and a gap for whatever could not be read."""

    history: History | None
    gaps: tuple[Gap, ...]


def read_jobs(files: Iterable[ListFile], former: Iterable[ListFile], names: Iterable[str], now: datetime) -> ReadJobs:
    """The lists of one audit: of jobs, one of each console, and of tickets. `former` holds the lists of jobs before
    those, `names` those of the plan’s systems.

    CollectError when a list is refused; nothing of the others is then kept.
    """
    given = tuple(files)
    of_jobs = [file for file in given if file.kind is ListKind.BACKUP_JOBS]
    if not of_jobs:
        return ReadJobs(None, ())
    share = MAX_RUNS // len(of_jobs)
    read = [_one_list(file, rank, share, now) for rank, file in enumerate(of_jobs)]
    ranks = {file.origin: rank for rank, file in enumerate(of_jobs)}
    before, doubts = _former(former, ranks)
    first, *beside = (one.listed for one in read)
    history = History(first, _told_apart(read), before, beside=tuple(beside))
    gaps = [*(gap for one in read for gap in one.gaps), *doubts]
    tickets = next((file for file in given if file.kind is ListKind.TICKETS), None)
    if tickets is None:
        return ReadJobs(history, tuple(gaps))
    with_tickets, more = _with_tickets(history, tickets, names, now)
    return ReadJobs(with_tickets, (*gaps, *more))


@dataclass(frozen=True, slots=True)
class _Read:
    """One list of jobs, its runs, oldest first, and what is doubtful of it."""

    listed: JobList
    runs: tuple[JobRun, ...]
    gaps: tuple[Gap, ...]


def _one_list(file: ListFile, rank: int, most: int, now: datetime) -> _Read:
    table = read_list(file)
    runs = _Runs(table, rank)
    until = _until(file, runs.kept, now)
    listed = JobList(file.name, table.columns, table.lines, until, runs.others, file.brought_on, runs.tool, file.origin)
    gaps = [*_gaps(JOBS, file, table, now), *runs.gaps(file.name), *_bounded(file.name, len(runs.kept), most)]
    return _Read(listed, runs.kept[-most:], (*gaps, *_stale(file, now)))


def _told_apart(read: list[_Read]) -> tuple[JobRun, ...]:
    """The runs of all the lists, oldest first. A job whose name is in several lists bears that of its console too: the
    silence of one would hide behind the nights of the other."""
    if len(read) == 1:
        return read[0].runs
    seen = defaultdict(set)
    for one in read:
        for run in one.runs:
            seen[run.local].add(run.source)
    called = _consoles([one.listed for one in read])
    runs = [run for one in read for run in one.runs]
    told = [replace(run, console=called[run.source]) if len(seen[run.local]) > 1 else run for run in runs]
    return tuple(sorted(told, key=_started))


def _consoles(lists: list[JobList]) -> list[str]:
    """What each list is called beside others: its console, else its tool, else its file."""
    names = [one.origin or one.tool or one.name for one in lists]
    return [
        name if names.count(name) == 1 else f"{name} ({one.name}, {rank})"
        for rank, (name, one) in enumerate(zip(names, lists, strict=True), start=1)
    ]


def _started(run: JobRun) -> float:
    return run.start.timestamp() if run.start else 0.0


def _gaps(section: str, file: ListFile, table: Table, now: datetime) -> Iterator[Gap]:
    for text in told(file.name, table):
        yield Gap(section, text, truncated=True)
    old = too_old(file, now.date()) if section != JOBS else None
    if old is not None:
        yield Gap(section, old, truncated=True)


def _stale(file: ListFile, now: datetime) -> Iterator[Gap]:
    """Jobs run every night: an old list lets nothing pass, whatever the others say."""
    day = file.brought_on
    if day is not None and (now.date() - day).days > STALE_DAYS:
        text = Text(
            f"{file.name} date du {day:%d/%m/%Y}, plus de {STALE_DAYS} jours : elle ne dit rien de ses travaux "
            "depuis ; apportez-en une récente, ou retirez-la si cette console ne sert plus.",
            f"{file.name} is of {day:%Y-%m-%d}, more than {STALE_DAYS} days ago: it says nothing of its jobs since; "
            "bring a recent one, or take it back if that console is no longer used.",
        )
        yield Gap(JOBS, text, truncated=True)


def _bounded(name: str, count: int, most: int) -> Iterator[Gap]:
    if count > most:
        text = Text(
            f"{name} : {most} travaux seulement ont été gardés, les derniers ; exportez une période plus courte.",
            f"{name}: only {most} runs were kept, the latest; export a shorter period.",
        )
        yield Gap(JOBS, text, truncated=True)


def _until(file: ListFile, runs: tuple[JobRun, ...], now: datetime) -> datetime:
    """Up to when a list surely speaks: the first moment of the day it was made, or its latest start."""
    if file.brought_on is None:
        return now
    dawn = datetime.combine(file.brought_on, time(), ZoneInfo(file.zone)).astimezone(UTC)
    starts = [run.start for run in runs if run.start is not None and run.start <= now]
    return min(now, max([dawn, *starts]))


def _former(files: Iterable[ListFile], ranks: Mapping[str, int]) -> tuple[tuple[FormerJob, ...], tuple[Gap, ...]]:
    """The jobs of the lists before, each with its rhythm; those already said disabled are left out. One that cannot
    be read any more does not refuse the audit: it leaves a gap. `ranks` are those of the consoles that count."""
    found: list[FormerJob] = []
    gaps: list[Gap] = []
    for file in files:
        if file.kind is not ListKind.BACKUP_JOBS or file.origin not in ranks:
            continue
        try:
            found += _former_jobs(file, ranks[file.origin])
        except CollectError as refusal:
            gaps.append(Gap(FORMER, refusal.text, truncated=True))
    return tuple(found), tuple(gaps)


def _former_jobs(file: ListFile, rank: int) -> Iterator[FormerJob]:
    listed = JobList(file.name, (), 0, datetime(1990, 1, 1, tzinfo=UTC))
    history = History(listed, _Runs(read_list(file), 0).kept)
    off = disabled_jobs(history)
    for name, runs in history.by_job().items():
        if name not in off:
            every = rhythm(runs)
            hours = every.total_seconds() / 3600 if every else None
            yield FormerJob(name, hours, runs[-1].job, runs[-1].system, rank)


# ---------------------------------------------------------------- runs

Row = dict[str, Any]


def _rows(table: Table) -> Iterator[tuple[int, Row]]:
    columns = list(table.frame.columns)
    for line, *values in table.frame.itertuples(name=None):
        yield int(line), dict(zip(columns, values, strict=True))


class _Runs:
    """The runs of a table, oldest first, those that are no backup counted apart, and what is doubtful of them."""

    def __init__(self, table: Table, source: int) -> None:
        self.tool, self._source = tool_of(table.shape.layout.headers), source
        said = table.frame["status"] if "status" in table.columns else ()
        self._letters = are_letters(frozenset(filter(None, said)))
        self.others = 0
        self._kinds: dict[str, int] = {}
        self._unknown: list[JobRun] = []
        self._undated: list[JobRun] = []
        found = list(self._of_lines(_rows(table)))
        self.kept = tuple(sorted(found, key=_started))

    def _of_lines(self, rows: Iterable[tuple[int, Row]]) -> Iterator[JobRun]:
        for line, row in rows:
            saves = is_backup(row["kind"]) if row.get("kind") else True
            if saves is None:
                self._kinds.setdefault(row["kind"], line)
            elif not saves:
                self.others += 1
            if not saves:
                continue
            run = self._run(line, row)
            if run.start is None and run.said and run.status not in ("running", "unknown"):
                self._undated.append(run)
            elif run.start is not None and run.status == "unknown":
                self._unknown.append(run)
            yield run

    def _run(self, line: int, row: Row) -> JobRun:
        said = row.get("status", "")
        run = JobRun(
            line,
            _STAMP.sub("", row["job"]),
            result_of(said, row.get("state", ""), self._letters, self.tool == PROXMOX),
            system=row.get("system", ""),
            start=_moment(row.get("start")),
            end=_moment(row.get("end")),
            said=said[:_SHOWN],
            bytes=_count(row.get("bytes")),
            files=_count(row.get("files")),
            errors=_count(row.get("errors")),
            repository=row.get("repository", ""),
            level=row.get("level", ""),
            tool=row.get("tool") or self.tool,
            scheduled={YES: True, NO: False}.get(int(row["scheduled"])) if "scheduled" in row else None,
            source=self._source,
        )
        return _of_proxmox(run) if self.tool == PROXMOX else run

    def gaps(self, name: str) -> Iterator[Gap]:
        """What makes their reader doubt: results, kinds and moments that say nothing we know."""
        if self._unknown:
            words = ", ".join(dict.fromkeys(run.said or "—" for run in self._unknown))
            line = min(run.line for run in self._unknown)
            yield Gap(RESULTS, _unknown_results(name, len(self._unknown), line, words[:_SHOWN]), truncated=True)
        if self._kinds:
            kinds = ", ".join(list(self._kinds)[:_MOST_NAMES])
            line = min(self._kinds.values())
            text = Text(
                f"{name}, ligne {line} : rien ne dit si ces types de travaux sont des sauvegardes ({kinds}) ; ils ne "
                "comptent pas. Exportez les seules sauvegardes.",
                f"{name}, line {line}: nothing tells whether these kinds of jobs are backups ({kinds}); they do not "
                "count. Export the backups alone.",
            )
            yield Gap(JOBS, text, truncated=True)
        if self._undated:
            line = self._undated[0].line
            text = Text(
                f"{name}, ligne {line} : {len(self._undated)} travail(travaux) avec un résultat et sans début ; "
                "exportez leur date de début.",
                f"{name}, line {line}: {len(self._undated)} run(s) with a result and no start; export their start.",
            )
            yield Gap(JOBS, text, truncated=True)


def _unknown_results(name: str, count: int, line: int, words: str) -> Text:
    return Text(
        f"{name}, ligne {line} : {count} résultat(s) que CaRE ne connaît pas ({words}) ; ils ne comptent pas comme "
        "réussis. Signalez ces mots, ou exportez le résultat dans les mots de l’outil.",
        f"{name}, line {line}: {count} result(s) that CaRE does not know ({words}); they do not count as success. "
        "Report these words, or export the result in the tool’s own words.",
    )


def _of_proxmox(run: JobRun) -> JobRun:
    """Proxmox names a run after its store and what it saves: `store1:vm/100`."""
    match = _PROXMOX.match(run.job)
    if match is None:
        return run
    system = match["id"] if match["type"] == "host" else match["group"]
    return replace(run, system=run.system or system, repository=run.repository or match["store"])


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 - a number of numpy or None
    return datetime.fromtimestamp(int(value), UTC) if value is not None and value != NEVER else None


def _count(value: Any) -> int | None:  # noqa: ANN401 - the same
    return int(value) if value is not None and value != NEVER else None


# ---------------------------------------------------------------- tickets


def _with_tickets(history: History, file: ListFile, names: Iterable[str], now: datetime) -> tuple[History, list[Gap]]:
    """The history with the tickets that name a job, a machine or a system: those of others are not kept."""
    table = read_list(file)
    gaps = list(_gaps(TICKETS, file, table, now))
    if not {"about", "element"} & set(table.columns) or "opened" not in table.columns:
        text = Text(
            f"{file.name} ne dit pas de quoi parle chaque ticket, ni quand il a été ouvert ; exportez aussi l’objet et "
            "la date d’ouverture.",
            f"{file.name} does not tell what each ticket is about, nor when it was opened; export its subject and "
            "opening date as well.",
        )
        return history, [*gaps, Gap(TICKETS, text, truncated=True)]
    wanted = {written(one) for run in history.runs for one in (run.job, run.system)}
    wanted |= {written(one) for one in names}
    names_of = _by_first_word(wanted)
    found = [ticket for line, row in _rows(table) if _names_one(ticket := _ticket(line, row), names_of)]
    opened = [int(value) for value in table.frame["opened"] if value != NEVER]
    since = datetime.fromtimestamp(min(opened), UTC) if opened else None
    return replace(history, tickets=tuple(found[-MAX_TICKETS:]), since=since), gaps


def _ticket(line: int, row: Row) -> JobTicket:
    text = " ".join(filter(None, (row.get("about", ""), row.get("element", ""))))
    return JobTicket(line, row["number"], text, _moment(row.get("opened")), _moment(row.get("closed")))


def _by_first_word(wanted: set[str]) -> Mapping[str, tuple[str, ...]]:
    found = defaultdict(list)
    for one in filter(None, wanted):
        found[one.partition(" ")[0]].append(one)
    return {word: tuple(names) for word, names in found.items()}


def _names_one(ticket: JobTicket, names_of: Mapping[str, tuple[str, ...]]) -> bool:
    said = f" {written(ticket.text)} "
    return any(f" {one} " in said for word in said.split() for one in names_of.get(word, ()))
