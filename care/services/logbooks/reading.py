"""Reading logbooks: those of an establishment, the lines of one with the events of its exercise between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import SHUT, EntryKind, Seat
from care.services.exercises.rooms import enter, events_of
from care.services.exercises.seats import Sitting, required
from care.services.logbooks.event_lines import event_lines
from care.services.logbooks.rows import (
    Found,
    Which,
    cells_of,
    entries_of,
    event_fault,
    fault_of,
    find,
    leads,
    of_exercise,
)
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseEvent, Logbook, LogEntry
from scanners.model import Text

EVENT = "event"
"""What a line is when the exercise wrote it."""
SHOWN = 200
"""Lines on a page unless all are asked for."""
LATE = timedelta(minutes=2)
"""A line written later than this after what it tells says when it was written."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line. `kind` is that of an entry, or EVENT; `number` counts entries and events apart. `corrected_by` is the
    number of the last line that corrects it."""

    number: int
    kind: str
    text: str
    cell: str
    by: str
    happened_at: datetime
    at: datetime
    corrects: int | None = None
    corrected_by: int | None = None

    @property
    def late(self) -> bool:
        """Whether it was written well after what it tells."""
        return self.at - self.happened_at > LATE


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which lines are wanted: words anywhere in them, a kind or EVENT, a cell; `whole` shows more than the latest."""

    search: str = ""
    kind: str = ""
    cell: str = ""
    whole: bool = False


EVERYTHING = LogFilter()


@dataclass(frozen=True, slots=True)
class LogbookLine:
    """A logbook in a list."""

    id: int
    title: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    lines: int


@dataclass(frozen=True, slots=True)
class Logbooks:
    """The logbooks of real crises of an establishment, the latest first. `may_open`: this person may open one."""

    open: tuple[LogbookLine, ...]
    closed: tuple[LogbookLine, ...]
    may_open: bool


@dataclass(frozen=True, slots=True)
class LogbookView:
    """A logbook to read and to write in. `lines` are those asked for, the latest first, of `wanted` that the filter
    keeps. `mark` changes with each line and event. `fault` says what is wrong with its chains, "" when they hold, and
    when they were not read again."""

    id: int | None
    establishment_id: int
    establishment: str
    finess: str
    exercise_id: int | None
    title: str
    opened_at: datetime | None
    opened_by: str
    closed_at: datetime | None
    closed_by: str
    cells: Mapping[str, str]
    lines: tuple[LogLine, ...]
    wanted: int
    entries: int
    mark: str
    may_write: bool
    may_lead: bool
    fault: str = ""


def list_logbooks(platform: Platform, scope: Scope, establishment_id: int) -> Logbooks:
    """The logbooks of the real crises of an establishment. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        query = select(Logbook).where(Logbook.establishment_id == place.id, Logbook.exercise_id.is_(None))
        rows = [
            LogbookLine(one.id, one.title, one.opened_at, one.opened_by, one.closed_at, one.last_entry)
            for one in session.scalars(query.order_by(Logbook.opened_at.desc(), Logbook.id.desc()))
        ]
        return Logbooks(
            open=tuple(one for one in rows if one.closed_at is None),
            closed=tuple(one for one in rows if one.closed_at is not None),
            may_open=leads(scope, place.lineage),
        )


def read_logbook(
    platform: Platform, scope: Scope, which: Which, wanted: LogFilter = EVERYTHING, *, checked: bool = False
) -> LogbookView:
    """A logbook. Its chains are read again when `checked`. NotFound, Forbidden."""
    with platform.database.read() as session:
        found = find(session, scope, which)
        entries = entries_of(session, found.row)
        events = events_of(session, found.exercise.id) if found.exercise else ()
        lines = _lines(platform, session, scope, found, entries, events)
        cells = cells_of(found.exercise, scope.lang)
        kept = [line for line in lines if _keeps(wanted, line, cells.get(wanted.cell, wanted.cell))]
        fault = _fault(found, entries, events) if checked else None
        place = visible_establishment(session, scope, found.establishment_id)
        row, exercise = found.row, found.exercise
        return LogbookView(
            id=row.id if row else None,
            establishment_id=found.establishment_id,
            establishment=place.name,
            finess=place.finess,
            exercise_id=exercise.id if exercise else None,
            title=exercise.title if exercise else row.title if row else "",
            opened_at=row.opened_at if row else None,
            opened_by=row.opened_by if row else "",
            closed_at=_closed_at(found),
            closed_by=row.closed_by if row else "",
            cells=cells,
            lines=tuple(kept if wanted.whole else kept[:SHOWN]),
            wanted=len(kept),
            entries=len(entries),
            mark=f"{len(entries)}-{len(events)}-{_closed_at(found) is not None:d}",
            may_write=_closed_at(found) is None and scope.allows(Right.SEE_CONTACTS, found.lineage),
            may_lead=exercise is None and leads(scope, found.lineage),
            fault=fault.render(scope.lang) if fault else "",
        )


def mark_of(platform: Platform, scope: Scope, which: Which) -> str:
    """What `LogbookView.mark` would be, without reading the lines: whether a page is still up to date."""
    with platform.database.read() as session:
        found = find(session, scope, which)
        entries, events = (
            (found.row.last_entry if found.row else 0),
            (found.exercise.last_event if found.exercise else 0),
        )
        return f"{entries}-{events}-{_closed_at(found) is not None:d}"


def lines_of_seat(platform: Platform, who: Sitting) -> tuple[LogLine, ...]:
    """The logbook as somebody who sits in the exercise may see it, the latest line first: a player his cell's lines,
    an observer all of them; never the events, which would tell what other cells receive."""
    required(who, Seat.PLAYER, Seat.OBSERVER)
    with platform.database.read() as session:
        exercise = session.get_one(Exercise, who.exercise_id)
        entries = entries_of(session, of_exercise(session, exercise.id))
        mine = [one for one in entries if who.seat is Seat.OBSERVER or one.cell == who.cell]
        return tuple(reversed(_in_order(_entry_lines(mine, cells_of(exercise, "fr")))))


def _closed_at(found: Found) -> datetime | None:
    if found.exercise is not None and found.exercise.stage in SHUT:
        return found.exercise.closed_at or found.exercise.changed_at
    return found.row.closed_at if found.row else None


def _lines(
    platform: Platform,
    session: Session,
    scope: Scope,
    found: Found,
    entries: Sequence[LogEntry],
    events: Sequence[ExerciseEvent],
) -> list[LogLine]:
    """Entries and events, the latest first by the hour of what they tell."""
    lines = _entry_lines(entries, cells_of(found.exercise, scope.lang))
    if found.exercise is not None and events:
        state = enter(session, platform.rooms, found.exercise).state
        lines += [
            LogLine(one.number, EVENT, one.text, "", one.by, one.at, one.at)
            for one in event_lines(events, state, scope.lang)
        ]
    return list(reversed(_in_order(lines)))


def _in_order(lines: Iterable[LogLine]) -> list[LogLine]:
    return sorted(lines, key=lambda one: (one.happened_at, one.at, one.number))


def _entry_lines(entries: Sequence[LogEntry], cells: Mapping[str, str]) -> list[LogLine]:
    corrected = {one.corrects: one.number for one in entries if one.corrects is not None}
    return [
        LogLine(
            number=one.number,
            kind=EntryKind(one.kind).value,
            text=one.text,
            cell=cells.get(one.cell, one.cell),
            by=one.by,
            happened_at=one.happened_at,
            at=one.at,
            corrects=one.corrects,
            corrected_by=corrected.get(one.number),
        )
        for one in entries
    ]


def _keeps(wanted: LogFilter, line: LogLine, cell: str) -> bool:
    if (wanted.kind and line.kind != wanted.kind) or (cell and line.cell != cell):
        return False
    said = _plain(f"{line.text} {line.by} {line.cell}")
    return all(word in said for word in _plain(wanted.search).split())


def _plain(text: str) -> str:
    """Without case nor accents, as people search when they are in a hurry."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in letters if not unicodedata.combining(one))


def _fault(found: Found, entries: Sequence[LogEntry], events: Sequence[ExerciseEvent]) -> Text | None:
    return fault_of(found.row, entries) or event_fault(found.exercise, events)
