"""Who took part in an exercise: the same person who came back through another browser counts once, who was put out
does not."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.exercises import Seat
from care.store.exercises import ExerciseParticipant


def attendees(session: Session, exercise_id: int) -> tuple[ExerciseParticipant, ...]:
    """The players and observers, by name, as they last showed: one name, however written, once in each seat."""
    query = select(ExerciseParticipant).where(
        ExerciseParticipant.exercise_id == exercise_id,
        ExerciseParticipant.seat.in_((Seat.PLAYER, Seat.OBSERVER)),
        ExerciseParticipant.put_out.is_(False),
    )
    shown = ExerciseParticipant.left_at.is_(None), ExerciseParticipant.seen_at, ExerciseParticipant.id
    rows = session.scalars(query.order_by(*shown))
    last = {(one.name.casefold(), one.seat, one.cell): one for one in rows}
    return tuple(sorted(last.values(), key=lambda one: (one.name, one.id)))
