"""Writing in a logbook: opening it, one line after the other, closing it. Nothing is ever changed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import MAX_KEY, SHUT, EntryKind, Seat
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises.seats import Sitting, count_written, required
from care.services.logbooks.rows import (
    Found,
    OfCrisis,
    Which,
    cells_of,
    check_leads,
    entry_hash,
    find,
    last_hash,
    of_exercise,
)
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.typed_texts import MAX_LINE, line_of, lines_of
from care.store.exercises import Exercise, Logbook, LogEntry
from care.store.registry import Establishment
from care.store.upsert import insert_missing
from scanners.model import Scalar, Text

MAX_TEXT = 5_000
AHEAD = timedelta(minutes=5)
"""How far a device's clock may be ahead of ours before its hour is refused."""
BACK = timedelta(days=366)
"""A line about something older than this has a slip of the keyboard in its date. Our choice."""


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as typed. `happened_at` (aware) is now unless given; `key` comes from the device: a line sent twice, or
    again after an hour offline, is recorded once. `corrects` is the number of the line that this one corrects."""

    text: str
    kind: EntryKind = EntryKind.FACT
    cell: str = ""
    happened_at: datetime | None = None
    corrects: int | None = None
    key: str = ""


def open_logbook(platform: Platform, scope: Scope, establishment_id: int, title: str = "") -> int:
    """Open the logbook of a real crisis and return its number.

    Without a title, the one that is already open is returned: two people who react at once write in the same.
    """
    now, title = platform.clock.now(), line_of(title)
    if len(title) > MAX_LINE:
        raise Invalid({"title": Text(f"Un titre de {MAX_LINE} signes au plus.", f"At most {MAX_LINE} characters.")})
    with platform.database.write() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTACTS)
        check_leads(scope, place.lineage)
        session.get(Establishment, place.id, with_for_update=True)
        known = None if title else _open_one(session, place.id)
        if known is not None:
            return known
        row = Logbook(
            establishment_id=place.id,
            title=title or _title(platform, scope, now),
            opened_at=now,
            opened_by=_who(scope),
        )
        session.add(row)
        session.flush()
        said = Text(f"Main courante ouverte : {row.title}", f"Logbook opened: {row.title}")
        _note(session, scope, row, said, now)
        record(session, scope, "logbook.opened", Thing("logbook", row.id, place.id), now, {"title": row.title})
        return row.id


def _open_one(session: Session, establishment_id: int) -> int | None:
    mine = (Logbook.establishment_id == establishment_id, Logbook.exercise_id.is_(None), Logbook.closed_at.is_(None))
    return session.scalars(select(Logbook.id).where(*mine).order_by(Logbook.opened_at.desc()).limit(1)).first()


def _title(platform: Platform, scope: Scope, now: datetime) -> str:
    here = now.astimezone(ZoneInfo(platform.settings.timezone))
    return Text(f"Crise du {here:%d/%m/%Y à %H:%M}", f"Crisis of {here:%Y-%m-%d, %H:%M}").render(scope.lang)


def _who(scope: Scope) -> str:
    return scope.name or scope.actor


def write_line(platform: Platform, scope: Scope, which: Which, draft: LineDraft) -> int:
    """Write a line and return its number. Invalid names the fields; Refused when the logbook is closed; NotFound,
    Forbidden."""
    now = platform.clock.now()
    with platform.database.write() as session:
        found = find(session, scope, which, lock=True)
        if not scope.allows(Right.SEE_CONTACTS, found.lineage):
            raise Forbidden
        row = _begun(session, found, _who(scope), now)
        return _write(session, row, found.exercise, draft, _who(scope), now)


def write_from_seat(platform: Platform, who: Sitting, draft: LineDraft) -> int:
    """The same by somebody who sits in an exercise: a player writes for his cell, an observer for none."""
    required(who, Seat.PLAYER, Seat.OBSERVER)
    now = platform.clock.now()
    with platform.database.write() as session:
        exercise = session.get_one(Exercise, who.exercise_id)
        row = _row_of(session, exercise, who.signature, now)
        if _already(session, row, draft.key) is None:
            count_written(session, who)
        _check_own(session, row, draft, who.cell)
        own = LineDraft(draft.text, draft.kind, who.cell, draft.happened_at, draft.corrects, draft.key)
        return _write(session, row, exercise, own, who.signature, now)


def _check_own(session: Session, row: Logbook, draft: LineDraft, cell: str) -> None:
    """A cell corrects its own lines, observers those of no cell: those of others do not exist for them."""
    if draft.corrects is not None:
        corrected = session.get(LogEntry, (row.id, draft.corrects))
        if corrected is None or corrected.cell != cell:
            raise NotFound


def _begun(session: Session, found: Found, by: str, now: datetime) -> Logbook:
    if found.row is not None:
        return found.row
    if found.exercise is None:
        raise NotFound
    return _row_of(session, found.exercise, by, now)


def _row_of(session: Session, exercise: Exercise, by: str, now: datetime) -> Logbook:
    """The logbook of an exercise, locked, made by its first line."""
    values = {"establishment_id": exercise.establishment_id, "exercise_id": exercise.id, "title": exercise.title}
    row = of_exercise(session, exercise.id, lock=True)
    if row is None:
        insert_missing(session, Logbook, **values, opened_at=now, opened_by=by, closed_by="", last_entry=0)
        row = of_exercise(session, exercise.id, lock=True)
    if row is None:
        raise NotFound
    return row


def _write(session: Session, row: Logbook, exercise: Exercise | None, draft: LineDraft, by: str, now: datetime) -> int:
    twice = _already(session, row, draft.key)
    if twice is not None:
        return twice
    _check_open(row, exercise)
    _check(row, exercise, draft, now)
    kind = draft.kind if draft.corrects is None else EntryKind.CORRECTION
    happened_at = min(draft.happened_at or now, now)
    return _append(
        session,
        row,
        LogEntry(
            kind=kind,
            text=lines_of(draft.text),
            cell=draft.cell,
            corrects=draft.corrects,
            happened_at=happened_at,
            at=now,
            by=by,
            key=draft.key or secrets.token_hex(16),
        ),
    )


def _append(session: Session, row: Logbook, entry: LogEntry) -> int:
    """The one place where a line joins its chain; the row of the logbook is locked."""
    entry.logbook_id, entry.number = row.id, row.last_entry + 1
    entry.hash = entry_hash(entry, last_hash(session, row))
    session.add(entry)
    row.last_entry = entry.number
    session.flush()
    return entry.number


def _already(session: Session, row: Logbook, key: str) -> int | None:
    query = select(LogEntry.number).where(LogEntry.logbook_id == row.id, LogEntry.key == key)
    return session.scalars(query).one_or_none() if key else None


def _check_open(row: Logbook, exercise: Exercise | None) -> None:
    if row.closed_at is not None:
        raise Refused(
            Text(
                "Cette main courante est close : rouvrez-la pour y écrire.",
                "This logbook is closed: reopen it to write in it.",
            )
        )
    if exercise is not None and exercise.stage in SHUT:
        raise Refused(
            Text(
                "L’exercice est clos ou annulé : sa main courante ne change plus.",
                "The exercise is closed or cancelled: its logbook does not change any more.",
            )
        )


def _check(row: Logbook, exercise: Exercise | None, draft: LineDraft, now: datetime) -> None:
    faults = dict(_faults(row, exercise, draft, now))
    if faults:
        raise Invalid(faults)


def _faults(row: Logbook, exercise: Exercise | None, draft: LineDraft, now: datetime) -> list[tuple[str, Text]]:
    at = draft.happened_at or now
    text = lines_of(draft.text)
    checks = (
        ("text", bool(text), Text("Écrivez la ligne.", "Write the line.")),
        ("text", len(text) <= MAX_TEXT, _too_long(len(text))),
        ("cell", draft.cell == "" or draft.cell in cells_of(exercise, "fr"), _NO_CELL),
        ("corrects", draft.corrects is None or 0 < draft.corrects <= row.last_entry, _NO_LINE),
        ("kind", draft.kind is not EntryKind.CORRECTION or draft.corrects is not None, _NO_LINE),
        ("happened_at", at <= now + AHEAD, _AHEAD),
        ("happened_at", at >= now - BACK, _BACK),
        ("key", len(draft.key) <= MAX_KEY, Text("Cet identifiant est trop long.", "This key is too long.")),
    )
    return [(name, said) for name, sound, said in reversed(checks) if not sound]


def _too_long(length: int) -> Text:
    return Text(
        f"Cette ligne a {length} signes ; {MAX_TEXT} au plus : coupez-la en deux.",
        f"This line has {length} characters; at most {MAX_TEXT}: cut it in two.",
    )


_NO_CELL = Text("Cette cellule n’existe pas.", "There is no such cell.")
_NO_LINE = Text("La ligne à corriger n’existe pas.", "The line to correct does not exist.")
_AHEAD = Text(
    "Cette heure n’est pas encore venue : une main courante dit ce qui s’est passé.",
    "This time has not come yet: a logbook tells what happened.",
)
_BACK = Text("Cette date est invraisemblable : vérifiez l’année.", "This date is unlikely: check the year.")


def close_logbook(platform: Platform, scope: Scope, logbook_id: int) -> None:
    """Close the logbook of a real crisis. It can be reopened; both are lines of it. Refused when it is closed."""
    _turn(platform, scope, logbook_id, closing=True)


def reopen_logbook(platform: Platform, scope: Scope, logbook_id: int) -> None:
    """Write again in a logbook that was closed. Refused when it is open."""
    _turn(platform, scope, logbook_id, closing=False)


def _turn(platform: Platform, scope: Scope, logbook_id: int, *, closing: bool) -> None:
    now = platform.clock.now()
    with platform.database.write() as session:
        found = find(session, scope, OfCrisis(logbook_id), lock=True)
        check_leads(scope, found.lineage)
        row = found.row
        if row is None or (row.closed_at is not None) == closing:
            raise Refused(_DONE_CLOSED if closing else _DONE_OPEN)
        _note(session, scope, row, _CLOSED if closing else _REOPENED, now)
        row.closed_at, row.closed_by = (now, _who(scope)) if closing else (None, "")
        detail: dict[str, Scalar] = {"lines": row.last_entry, "hash": last_hash(session, row)}
        thing = Thing("logbook", row.id, row.establishment_id)
        record(session, scope, "logbook.closed" if closing else "logbook.reopened", thing, now, detail)


_CLOSED = Text("Main courante close", "Logbook closed")
_REOPENED = Text("Main courante rouverte", "Logbook reopened")
_DONE_CLOSED = Text("Cette main courante est déjà close.", "This logbook is closed already.")
_DONE_OPEN = Text("Cette main courante est déjà ouverte.", "This logbook is open already.")


def _note(session: Session, scope: Scope, row: Logbook, said: Text, now: datetime) -> None:
    """A line that the logbook itself writes: its opening, its end."""
    entry = LogEntry(
        kind=EntryKind.FACT,
        text=said.render(scope.lang),
        cell="",
        corrects=None,
        happened_at=now,
        at=now,
        by=_who(scope),
        key=secrets.token_hex(16),
    )
    _append(session, row, entry)
