"""Cells as the facilitation sees them: who is there, what they received, what they say and ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from care.domain.exercises import MessageKind, Seat
from care.services.exercises.attendees import attendees
from care.services.exercises.playing import Said, said_of
from care.store.exercises import ExerciseMessage
from exercises.state import Standing, State

PRESENT = timedelta(minutes=2)
"""Someone whose browser asked for something since is taken to be there."""
MOST_QUESTIONS = 50


@dataclass(frozen=True, slots=True)
class CellLine:
    """A cell: who is there, what it has received, what it said and asked without an answer yet."""

    id: str
    name: str
    mission: str
    present: int
    joined: int
    received: int
    answers: int
    unanswered: int


def cells_of(session: Session, exercise_id: int, state: State, now: datetime) -> tuple[CellLine, ...]:
    """Every cell of the kit, in its order."""
    players = [one for one in attendees(session, exercise_id) if one.seat is Seat.PLAYER]
    joined = Counter(one.cell for one in players)
    present = Counter(one.cell for one in players if one.left_at is None and now - one.seen_at < PRESENT)
    answers = _said(session, exercise_id)
    questions = Counter(one.cell for one in waiting_questions(session, exercise_id))
    played = [slot for slot in state.slots.values() if slot.standing is Standing.PLAYED]
    received = Counter(cell for slot in played for cell in slot.stimulus.to)
    return tuple(
        CellLine(
            id=one.id,
            name=one.name,
            mission=one.mission,
            present=present[one.id],
            joined=joined[one.id],
            received=received[one.id],
            answers=answers[one.id],
            unanswered=questions[one.id],
        )
        for one in state.kit.cells
    )


def _said(session: Session, exercise_id: int) -> Counter[str]:
    query = (
        select(ExerciseMessage.cell, func.count())
        .where(ExerciseMessage.exercise_id == exercise_id, ExerciseMessage.kind == MessageKind.ANSWER)
        .group_by(ExerciseMessage.cell)
    )
    return Counter({key: count for key, count in session.execute(query)})  # noqa: C416 - rows are no pairs for dict()


def waiting_questions(session: Session, exercise_id: int) -> tuple[Said, ...]:
    """Questions nobody replied to, oldest first."""
    reply = aliased(ExerciseMessage)
    replied = select(reply.id).where(reply.reply_to == ExerciseMessage.id).exists()
    query = (
        select(ExerciseMessage)
        .where(ExerciseMessage.exercise_id == exercise_id, ExerciseMessage.kind == MessageKind.QUESTION, ~replied)
        .order_by(ExerciseMessage.id)
        .limit(MOST_QUESTIONS)
    )
    return tuple(said_of(row) for row in session.scalars(query))


def latest_answers(session: Session, exercise_id: int, count: int) -> tuple[Said, ...]:
    """The last answers of the cells, latest first."""
    query = (
        select(ExerciseMessage)
        .where(ExerciseMessage.exercise_id == exercise_id, ExerciseMessage.kind == MessageKind.ANSWER)
        .order_by(ExerciseMessage.id.desc())
        .limit(count)
    )
    return tuple(said_of(row) for row in session.scalars(query))


def last_message_of(session: Session, exercise_id: int) -> int:
    """The number of the last message, 0 when nobody said anything."""
    query = select(func.max(ExerciseMessage.id)).where(ExerciseMessage.exercise_id == exercise_id)
    return session.scalar(query) or 0
