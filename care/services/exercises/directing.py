"""What the facilitation has before it: the clock, every stimulus and where it stands, reactions, cells, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage, MessageKind, Seat
from care.services.exercises.playing import Said, messages_of
from care.services.exercises.rooms import enter, exercise_row
from care.services.platform import Platform
from care.store.exercises import ExerciseParticipant
from exercises.events import How, Verdict, Why
from exercises.kit import Channel, Kit, Stimulus
from exercises.kit_check import reaction_id
from exercises.state import PENDING, Slot, Stage, Standing, State, by_time

PRESENT = timedelta(minutes=2)
"""Someone whose browser asked for something since is taken to be there."""


@dataclass(frozen=True, slots=True)
class ReactionLine:
    """A reaction expected of a stimulus. `left` counts the seconds until it is late, negative after; None before the
    stimulus is played and once the reaction was observed."""

    id: str
    text: str
    cell: str
    within: int
    verdict: Verdict | None
    left: float | None


@dataclass(frozen=True, slots=True)
class StimulusLine:
    """A stimulus on the timeline. `second` is when it falls due, or fell: None for a reserve."""

    id: str
    title: str
    sender: str
    cells: tuple[str, ...]
    channel: Channel
    body: str
    hint: str
    phase: str
    standing: Standing
    why: Why | None
    how: How | None
    second: float | None
    played_at: datetime | None
    by: str
    mandatory: bool
    conditions: tuple[str, ...]
    reactions: tuple[ReactionLine, ...]

    @property
    def pending(self) -> bool:
        """Whether the facilitation may still play it or leave it out."""
        return self.standing in PENDING


@dataclass(frozen=True, slots=True)
class CellLine:
    """A cell: who is there, what it has received, what it said and asked without an answer yet."""

    id: str
    name: str
    present: int
    joined: int
    received: int
    answers: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Fork:
    """A decision, the options by id, the one taken."""

    id: str
    question: str
    options: Mapping[str, str]
    taken: str | None


@dataclass(frozen=True, slots=True)
class Board:
    """The whole exercise at an instant. `late` is by how much the oldest held stimulus is overdue, in seconds."""

    id: int
    establishment_id: int
    title: str
    row_stage: ExerciseStage
    stage: Stage
    second: float
    duration: int
    started_at: datetime | None
    number: int
    last_message: int
    phase: str
    timeline: tuple[StimulusLine, ...]
    reserve: tuple[StimulusLine, ...]
    held: tuple[StimulusLine, ...]
    late: float
    cells: tuple[CellLine, ...]
    forks: tuple[Fork, ...]
    said: tuple[Said, ...]


def board(platform: Platform, scope: Scope, exercise_id: int) -> Board:
    """The exercise as the facilitation sees it. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        room = enter(session, platform.rooms, row)
        said = messages_of(session, row.id)
        cells = _cells(session, row.id, room.state, said, now)
    state, second = room.state, room.state.clock.at(now)
    names = {one.id: one.name for one in state.kit.cells}
    lines = {key: _stimulus(state, slot, names, second) for key, slot in state.slots.items()}
    ordered = [lines[slot.stimulus.id] for slot in sorted(state.slots.values(), key=by_time)]
    held = state.held
    return Board(
        id=row.id,
        establishment_id=row.establishment_id,
        title=row.title,
        row_stage=row.stage,
        stage=state.stage,
        second=second,
        duration=state.kit.duration,
        started_at=row.started_at,
        number=room.number,
        last_message=said[-1].id if said else 0,
        phase=_phase(state.kit, second),
        timeline=tuple(one for one in ordered if one.second is not None),
        reserve=tuple(one for one in ordered if one.standing is Standing.RESERVE),
        held=tuple(lines[slot.stimulus.id] for slot in held),
        late=max((second - (slot.at or second) for slot in held), default=0.0),
        cells=cells,
        forks=tuple(
            Fork(one.id, one.question, {option.id: option.label for option in one.options}, state.decisions.get(one.id))
            for one in state.kit.decisions
        ),
        said=said,
    )


def _stimulus(state: State, slot: Slot, names: Mapping[str, str], second: float) -> StimulusLine:
    one = slot.stimulus
    due = slot.played_second if slot.standing is Standing.PLAYED else slot.at
    return StimulusLine(
        id=one.id,
        title=one.title,
        sender=one.sender,
        cells=tuple(names[cell] for cell in one.to),
        channel=one.channel,
        body=one.body,
        hint=one.hint or "",
        phase="" if due is None else _phase(state.kit, due),
        standing=slot.standing,
        why=slot.why,
        how=slot.how,
        second=due,
        played_at=slot.played_at,
        by=slot.by,
        mandatory=one.mandatory,
        conditions=tuple(_condition(state, one)),
        reactions=tuple(_reactions(state, slot, names, second)),
    )


def _reactions(state: State, slot: Slot, names: Mapping[str, str], second: float) -> Sequence[ReactionLine]:
    found = []
    for one in slot.stimulus.expects:
        key = reaction_id(slot.stimulus, one)
        seen = state.observations.get(key)
        waits = slot.played_second is not None and seen is None
        left = (slot.played_second or 0.0) + one.within * 60 - second if waits else None
        cell = names[one.cell or slot.stimulus.to[0]]
        found.append(ReactionLine(key, one.text, cell, one.within, seen.verdict if seen else None, left))
    return found


def _condition(state: State, stimulus: Stimulus) -> Sequence[str]:
    """What a stimulus depends on, as the kit names it: `S01.a`, or the question of a decision."""
    questions = {one.id: one.question for one in state.kit.decisions}
    return [one.reaction or questions[one.decision or ""] for one in stimulus.when]


def _phase(kit: Kit, second: float) -> str:
    return next((one.title for one in reversed(kit.phases) if one.start * 60 <= second), kit.phases[0].title)


def _cells(
    session: Session, exercise_id: int, state: State, said: Sequence[Said], now: datetime
) -> tuple[CellLine, ...]:
    players = select(ExerciseParticipant.cell, ExerciseParticipant.seen_at).where(
        ExerciseParticipant.exercise_id == exercise_id, ExerciseParticipant.seat == Seat.PLAYER
    )
    rows = session.execute(players).all()
    joined, present = Counter(cell for cell, _seen in rows), Counter(cell for cell, at in rows if now - at < PRESENT)
    played = [slot for slot in state.slots.values() if slot.standing is Standing.PLAYED]
    received = Counter(cell for slot in played for cell in slot.stimulus.to)
    answers = Counter(one.cell for one in said if one.kind is MessageKind.ANSWER)
    replied = {one.reply_to for one in said}
    waiting = Counter(one.cell for one in said if one.kind is MessageKind.QUESTION and one.id not in replied)
    return tuple(
        CellLine(
            cell.id,
            cell.name,
            present[cell.id],
            joined[cell.id],
            received[cell.id],
            answers[cell.id],
            waiting[cell.id],
        )
        for cell in state.kit.cells
    )
