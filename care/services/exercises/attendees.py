"""Who took part in an exercise: the same person who came back through another browser counts once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.exercises import Seat
from care.store.exercises import ExerciseParticipant


def attendees(session: Session, exercise_id: int) -> tuple[ExerciseParticipant, ...]:
    """The players and observers, by name, as they last signed in: one name, however written, once in each seat."""
    query = select(ExerciseParticipant).where(
        ExerciseParticipant.exercise_id == exercise_id, ExerciseParticipant.seat.in_((Seat.PLAYER, Seat.OBSERVER))
    )
    rows = session.scalars(query.order_by(ExerciseParticipant.name, ExerciseParticipant.id))
    return tuple({(one.name.casefold(), one.seat, one.cell): one for one in rows}.values())
