"""The stored events of an exercise, read again from the first one: what happened, and whether anybody changed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy.orm import Session

from care.domain.chains import GENESIS
from care.services.exercises.rooms import EVENTS, events_of, fingerprint
from care.store.exercises import Exercise, ExerciseEvent
from exercises.events import Dated


@dataclass(frozen=True, slots=True)
class Chain:
    """The events of an exercise. `sha256` is the hash of the last one; `broken_at` the number of the first one that is
    missing or was changed, None when the chain is whole. Nothing is read from an event that says nothing any more."""

    events: tuple[Dated, ...]
    sha256: str
    broken_at: int | None

    @property
    def whole(self) -> bool:
        """Whether nothing was changed."""
        return self.broken_at is None


def chain_of(session: Session, row: Exercise) -> Chain:
    """Every event of an exercise, its chain of hashes checked."""
    stored = events_of(session, row.id)
    broken = broken_at(stored, row.last_event)
    found: list[Dated] = []
    for number, one in enumerate(stored, 1):
        try:
            found.append(Dated(one.at, one.by, EVENTS.validate_python(one.content)))
        except ValidationError:
            broken = broken or number
            break
    return Chain(tuple(found), stored[len(found) - 1].hash if found else GENESIS, broken)


def broken_at(events: Iterable[ExerciseEvent], last: int) -> int | None:
    """The number of the first of these events that is missing or was changed, None when the `last` of them holds: one
    more may just have been written."""
    number, previous = 0, GENESIS
    for number, one in enumerate(events, 1):
        if one.number != number or one.hash != fingerprint(one, previous):
            return number
        previous = one.hash
    return number + 1 if number < last else None
