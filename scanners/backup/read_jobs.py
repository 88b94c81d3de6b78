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
from scanners.lists.words import NEVER, NO, YES, plain
from scanners.model import Gap, Text

JOBS, RESULTS, TICKETS, FORMER = "jobs", "job_results", "tickets", "former_jobs"
"""Sections of the facts that gaps name."""
_STAMP = re.compile(r"\.\d{4}-\d\d-\d\d_\d\d\.\d\d\.\d\d_\d+\Z")
"""Bacula’s unique name of a run is that of its job and the moment it was asked for."""
_PROXMOX = re.compile(r"(?P<store>[^:]+):(?P<group>(?P<type>vm|ct|host)/(?P<id>[^/]+))\Z")
_TOOLS: Mapping[str, tuple[str, ...]] = {
    "Proxmox": ("worker type", "upid"),
    "Commvault": ("subclient", "subclient name", "subclientname"),
    "Veeam": ("job type string", "jobtypestring", "sessiontype", "session type", "typetostring"),
    "Bacula": ("jobstatus", "jobfiles"),
}
"""Headers that only one tool writes."""
_SHOWN = 60
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class ReadJobs:
    """The history, None when no list of jobs was given, and a gap for whatever could not be read."""

    history: History | None
    gaps: tuple[Gap, ...]


def read_jobs(files: Iterable[ListFile], former: Iterable[ListFile], names: Iterable[str], now: datetime) -> ReadJobs:
    """The lists of one audit. `former` holds the list of jobs before this one, `names` those of the plan’s systems.

    CollectError when a list is refused; nothing of the others is then kept.
    """
    given = {file.kind: file for file in files}
    if ListKind.BACKUP_JOBS not in given:
        return ReadJobs(None, ())
    file = given[ListKind.BACKUP_JOBS]
    table = read_list(file)
    runs = _Runs(table)
    kept = runs.kept
    listed = JobList(file.name, table.columns, table.lines, _until(file, kept, now), runs.others, file.brought_on)
    before, doubts = _former(former)
    history = History(listed, kept[-MAX_RUNS:], before)
    gaps = [*_gaps(JOBS, file, table, now), *runs.gaps(file.name), *_bounded(file.name, len(kept)), *doubts]
    tickets = given.get(ListKind.TICKETS)
    if tickets is None:
        return ReadJobs(history, tuple(gaps))
    with_tickets, more = _with_tickets(history, tickets, names, now)
    return ReadJobs(with_tickets, (*gaps, *more))


def _gaps(section: str, file: ListFile, table: Table, now: datetime) -> Iterator[Gap]:
    for text in told(file.name, table):
        yield Gap(section, text, truncated=True)
    old = too_old(file, now.date())
    if old is not None:
        yield Gap(section, old, truncated=True)


def _bounded(name: str, count: int) -> Iterator[Gap]:
    if count > MAX_RUNS:
        text = Text(
            f"{name} : {MAX_RUNS} travaux seulement ont été gardés, les derniers ; exportez une période plus courte.",
            f"{name}: only {MAX_RUNS} runs were kept, the latest; export a shorter period.",
        )
        yield Gap(JOBS, text, truncated=True)


def _until(file: ListFile, runs: tuple[JobRun, ...], now: datetime) -> datetime:
    """Up to when a list surely speaks: the first moment of the day it was made, or its latest start."""
    if file.brought_on is None:
        return now
    dawn = datetime.combine(file.brought_on, time(), ZoneInfo(file.zone)).astimezone(UTC)
    starts = [run.start for run in runs if run.start is not None and run.start <= now]
    return min(now, max([dawn, *starts]))


def _former(files: Iterable[ListFile]) -> tuple[tuple[FormerJob, ...], tuple[Gap, ...]]:
    """The jobs of the list before, each with its rhythm; those it already said disabled are left out. One that cannot
    be read any more does not refuse the audit: it leaves a gap."""
    file = next((one for one in files if one.kind is ListKind.BACKUP_JOBS), None)
    if file is None:
        return (), ()
    try:
        runs = _Runs(read_list(file)).kept
    except CollectError as refusal:
        return (), (Gap(FORMER, refusal.text, truncated=True),)
    listed = JobList(file.name, (), 0, datetime(1990, 1, 1, tzinfo=UTC))
    history = History(listed, runs)
    off = disabled_jobs(history)
    return tuple(_former_job(name, of_job) for name, of_job in history.by_job().items() if name not in off), ()


def _former_job(name: str, runs: tuple[JobRun, ...]) -> FormerJob:
    every = rhythm(runs)
    hours = every.total_seconds() / 3600 if every else None
    return FormerJob(name, hours, runs[-1].job, runs[-1].system)


# ---------------------------------------------------------------- runs

Row = dict[str, Any]


def _rows(table: Table) -> Iterator[tuple[int, Row]]:
    columns = list(table.frame.columns)
    for line, *values in table.frame.itertuples(name=None):
        yield int(line), dict(zip(columns, values, strict=True))


class _Runs:
    """The runs of a table, oldest first, those that are no backup counted apart, and what is doubtful of them."""

    def __init__(self, table: Table) -> None:
        headers = {plain(cell) for cell in table.shape.layout.headers}
        self._tool = next((name for name, marks in _TOOLS.items() if headers & set(marks)), "")
        said = table.frame["status"] if "status" in table.columns else ()
        self._letters = are_letters(frozenset(filter(None, said)))
        self.others = 0
        self._kinds: dict[str, int] = {}
        self._unknown: list[JobRun] = []
        self._undated: list[JobRun] = []
        found = list(self._of_lines(_rows(table)))
        self.kept = tuple(sorted(found, key=lambda run: run.start.timestamp() if run.start else 0.0))

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
            result_of(said, row.get("state", ""), self._letters, self._tool == "Proxmox"),
            system=row.get("system", ""),
            start=_moment(row.get("start")),
            end=_moment(row.get("end")),
            said=said[:_SHOWN],
            bytes=_count(row.get("bytes")),
            files=_count(row.get("files")),
            errors=_count(row.get("errors")),
            repository=row.get("repository", ""),
            level=row.get("level", ""),
            tool=row.get("tool") or self._tool,
            scheduled={YES: True, NO: False}.get(int(row["scheduled"])) if "scheduled" in row else None,
        )
        return _of_proxmox(run) if self._tool == "Proxmox" else run

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
