"""What the services of logbooks share: who may see and write, the lines as stored, their chain of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Lineage, Right, Scope
from care.domain.chains import GENESIS, START, Step, last_sound
from care.domain.continuity import CELL_KINDS, CellKind
from care.services.errors import Forbidden, NotFound
from care.services.exercises.chain import broken_at
from care.services.exercises.rooms import cell_names, exercise_row
from care.services.places import visible_establishment
from care.store.exercises import Exercise, ExerciseEvent, Logbook, LogEntry
from scanners.model import Lang, Text

LEADS = (Right.RUN_EXERCISE, Right.MANAGE_CONTINUITY, Right.VALIDATE_PLAN)
"""One of these opens, closes and reopens the logbook of a real crisis: the CISO, the direction, a facilitator. Who sees
the directory of crisis belongs to its organisation, and writes."""


@dataclass(frozen=True, slots=True)
class OfCrisis:
    """The logbook of a real crisis, by its number."""

    logbook_id: int


@dataclass(frozen=True, slots=True)
class OfExercise:
    """The logbook of an exercise: it begins with its first line."""

    exercise_id: int


Which = OfCrisis | OfExercise


@dataclass(frozen=True, slots=True)
class Found:
    """A logbook for whom may see it; `row` is None while nobody wrote in that of an exercise."""

    row: Logbook | None
    exercise: Exercise | None
    establishment_id: int
    lineage: Lineage


def find(session: Session, scope: Scope, which: Which, *, lock: bool = False) -> Found:
    """The logbook, if `scope` may read it, locked if asked. NotFound, Forbidden."""
    if isinstance(which, OfExercise):
        exercise = exercise_row(session, scope, which.exercise_id, Right.SEE_EXERCISES)
        place = visible_establishment(session, scope, exercise.establishment_id)
        return Found(of_exercise(session, exercise.id, lock=lock), exercise, place.id, place.lineage)
    row = session.get(Logbook, which.logbook_id, with_for_update=lock or None)
    if row is None or row.exercise_id is not None:
        raise NotFound
    place = visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTACTS)
    return Found(row, None, place.id, place.lineage)


def of_exercise(session: Session, exercise_id: int, *, lock: bool = False) -> Logbook | None:
    """The logbook of an exercise, once somebody wrote in it."""
    query = select(Logbook).where(Logbook.exercise_id == exercise_id).execution_options(populate_existing=True)
    return session.scalars(query.with_for_update() if lock else query).one_or_none()


def check_leads(scope: Scope, where: Lineage) -> None:
    """Forbidden unless this person may open and close a logbook there."""
    if not leads(scope, where):
        raise Forbidden


def leads(scope: Scope, where: Lineage) -> bool:
    """Whether this person may open and close a logbook there."""
    return any(scope.allows(right, where) for right in LEADS)


def cells_of(exercise: Exercise | None, lang: Lang) -> dict[str, str]:
    """The cells that a line may come from, by their key: those of the kit, or those of the crisis organisation."""
    if exercise is not None:
        return cell_names(exercise)
    return {kind.value: CELL_KINDS[kind].render(lang) for kind in CellKind if kind is not CellKind.NONE}


def entries_of(session: Session, logbook: Logbook | None) -> list[LogEntry]:
    """The lines of a logbook in the order in which they were written."""
    if logbook is None:
        return []
    query = select(LogEntry).where(LogEntry.logbook_id == logbook.id).order_by(LogEntry.number)
    return list(session.scalars(query))


def content_of(entry: LogEntry) -> dict[str, Any]:
    """What the hash of a line covers, beside the hash before it."""
    return {
        "logbook": entry.logbook_id,
        "number": entry.number,
        "kind": entry.kind.value,
        "text": entry.text,
        "cell": entry.cell,
        "corrects": entry.corrects,
        "happened_at": entry.happened_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": entry.by,
        "key": entry.key,
    }


def entry_hash(entry: LogEntry, previous: str) -> str:
    """SHA-256, in hexadecimal, of a line's canonical JSON and of the hash before it."""
    content = content_of(entry) | {"previous": previous}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def last_hash(session: Session, logbook: Logbook) -> str:
    """The end of the chain of a logbook."""
    if logbook.last_entry == 0:
        return GENESIS
    return session.get_one(LogEntry, (logbook.id, logbook.last_entry)).hash


def fault_of(logbook: Logbook | None, entries: Iterable[LogEntry]) -> Text | None:
    """What is wrong with the chain of a logbook, in the words of the first line that does not hold."""
    if logbook is None:
        return None
    last = last_sound(_steps(entries))
    if last.fault is None and last.number < logbook.last_entry:  # one line more was just written by somebody else
        return _missing(last.number + 1)
    return last.fault


def _steps(entries: Iterable[LogEntry]) -> Iterator[Step]:
    last = START
    for entry in entries:
        expected, fault = last.number + 1, None
        if entry.number != expected:
            fault = _missing(expected)
        elif entry.hash != entry_hash(entry, last.hash):
            fault = Text(
                f"La ligne n° {expected} a été modifiée après coup, ou ne suit pas celle qui la précède.",
                f"Line no. {expected} was changed afterwards, or does not follow the one before.",
            )
        last = Step(entry.number, entry.hash, fault)
        yield last


def _missing(number: int) -> Text:
    return Text(f"La ligne n° {number} manque.", f"Line no. {number} is missing.")


def event_fault(exercise: Exercise | None, events: Sequence[ExerciseEvent]) -> Text | None:
    """The same for the events of an exercise."""
    number = broken_at(events, exercise.last_event) if exercise is not None else None
    if number is None:
        return None
    if all(one.number != number for one in events):
        return Text(f"L’événement n° {number} de l’exercice manque.", f"Event no. {number} of the exercise is missing.")
    return Text(
        f"L’événement n° {number} de l’exercice a été modifié après coup.",
        f"Event no. {number} of the exercise was changed afterwards.",
    )
