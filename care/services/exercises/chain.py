"""The stored events of an exercise, read again from the first one: what happened, and whether anybody changed it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.chains import GENESIS
from care.services.exercises.rooms import EVENTS, fingerprint
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
    query = select(ExerciseEvent).where(ExerciseEvent.exercise_id == row.id).order_by(ExerciseEvent.number)
    found: list[Dated] = []
    last, broken = GENESIS, None
    for number, one in enumerate(session.scalars(query), 1):
        if broken is None and (one.number != number or one.hash != fingerprint(one, last)):
            broken = number
        try:
            event = EVENTS.validate_python(one.content)
        except ValidationError:
            broken = broken or number
            break
        last = one.hash
        found.append(Dated(one.at, one.by, event))
    if broken is None and len(found) != row.last_event:
        broken = len(found) + 1
    return Chain(tuple(found), last, broken)
