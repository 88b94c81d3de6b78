"""Where exercises stand: their stored events, replayed once and then event by event, and their chain of hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from care.domain.access import Right, Scope
from care.domain.chains import GENESIS
from care.services.errors import NotFound, Refused
from care.services.exercises.memory import Room, Rooms
from care.services.places import visible_establishment
from care.store.exercises import Exercise, ExerciseEvent
from exercises.events import Dated, Event
from exercises.fitting import fitted, said
from exercises.kit import Kit
from exercises.state import State, evolve, initial
from scanners.model import Text

EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


def exercise_row(session: Session, scope: Scope, exercise_id: int, right: Right, *, lock: bool = False) -> Exercise:
    """The exercise, if `scope` holds `right` there; NotFound, Forbidden as `visible_establishment`."""
    row = session.get(Exercise, exercise_id, with_for_update=lock or None)
    if row is None:
        raise NotFound
    visible_establishment(session, scope, row.establishment_id, right)
    return row


def light_row(session: Session, exercise_id: int, *, lock: bool = False) -> Exercise:
    """An exercise for a page asked by many people many times: its long texts are read only if something needs them."""
    texts = [defer(one) for one in (Exercise.content, Exercise.booklets, Exercise.result)]
    return session.get_one(Exercise, exercise_id, options=texts, with_for_update=lock or None)


def kit_of_row(row: Exercise) -> Kit:
    """The kit of an exercise in the establishment's words, as everyone but its author is to read it."""
    return fitted(Kit.model_validate(row.content), row.words)


def cell_names(row: Exercise) -> dict[str, str]:
    """The names of the cells, by their keys, in the order of the kit."""
    return {one["id"]: in_own_words(row, one["name"]) for one in row.content["cells"]}


def kit_title(row: Exercise) -> str:
    """The title of the kit."""
    return in_own_words(row, row.content["title"])


def in_own_words(row: Exercise, text: str, variables: Sequence[Mapping[str, str]] | None = None) -> str:
    """A text of an exercise in the establishment's words; its kit, which is long, is not read whole for that. A list
    gives the `variables` of the kit, so that it is not read at all."""
    known = row.content["variables"] if variables is None else variables
    return said(text, {one["key"]: row.words.get(one["key"], "").strip() or one["default"] for one in known})


def enter(session: Session, rooms: Rooms, row: Exercise) -> Room:
    """Where an exercise stands, from memory and the events written since."""
    known = rooms.find(row.id)
    if known is None or known.number > row.last_event or (known.number == 0 and known.version != row.version):
        known = Room(row.version, 0, GENESIS, initial(kit_of_row(row)))
    if known.number < row.last_event:
        known = _after(known, events_of(session, row.id, known.number))
        rooms.keep(row.id, known)
    return known


def events_of(session: Session, exercise_id: int, after: int = 0) -> Sequence[ExerciseEvent]:
    """The events of an exercise, as stored, after a number."""
    query = select(ExerciseEvent).where(ExerciseEvent.exercise_id == exercise_id, ExerciseEvent.number > after)
    return session.scalars(query.order_by(ExerciseEvent.number)).all()


def _after(room: Room, rows: Iterable[ExerciseEvent]) -> Room:
    state, number, last = room.state, room.number, room.hash
    for row in rows:
        state = _evolved(state, row)
        number, last = row.number, row.hash
    return Room(room.version, number, last, state)


def _evolved(state: State, row: ExerciseEvent) -> State:
    """Refused, naming the event, when nobody can have written it through CaRE."""
    try:
        return evolve(state, Dated(row.at, row.by, EVENTS.validate_python(row.content)))
    except (ValidationError, KeyError) as fault:
        raise Refused(
            Text(
                f"L’événement n° {row.number} de cet exercice a été altéré hors de CaRE : la chaîne casse là, et"
                " l’exercice ne peut plus être relu. Reprenez la base d’une sauvegarde.",
                f"Event no. {row.number} of this exercise was altered outside CaRE: the chain breaks there, and the"
                " exercise cannot be read again. Restore the database from a backup.",
            )
        ) from fault


def append(session: Session, row: Exercise, room: Room, events: Iterable[Event], at: datetime, by: str) -> Room:
    """Write the events decided on in `room`, in the caller's transaction, which holds the exercise's row locked."""
    for event in events:
        content = EVENTS.dump_python(event, mode="json", by_alias=True)
        written = ExerciseEvent(
            exercise_id=row.id, number=room.number + 1, at=at.astimezone(UTC), by=by, content=content
        )
        written.hash = fingerprint(written, room.hash)
        session.add(written)
        room = _after(room, [written])
    row.last_event = room.number
    session.flush()
    return room


def fingerprint(event: ExerciseEvent, previous: str) -> str:
    """SHA-256, in hexadecimal, of an event's canonical JSON and of the hash before it."""
    content = content_of(event) | {"previous": previous}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def content_of(event: ExerciseEvent) -> dict[str, Any]:
    """What the hash of an event covers, beside the hash before it."""
    return {
        "exercise": event.exercise_id,
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": event.by,
        "event": event.content,
    }
