"""What the facilitation has before it: the clock, every stimulus and where it stands, reactions, cells, what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.exercises import ExerciseStage, Seat
from care.services.exercises.attendees import attendees
from care.services.exercises.directing_cells import (
    CellLine,
    cells_of,
    last_message_of,
    latest_answers,
    waiting_questions,
)
from care.services.exercises.directing_stimuli import (
    Fork,
    ReactionLine,
    StimulusLine,
    forks_of,
    stimulus_line,
)
from care.services.exercises.happenings import Happening, happenings
from care.services.exercises.mails import mails_waiting
from care.services.exercises.playing import Said
from care.services.exercises.rooms import enter, exercise_row
from care.services.platform import Platform
from care.store.exercises import Exercise
from exercises.events import Why
from exercises.state import Slot, Stage, Standing, State, by_time

LATEST_ANSWERS = 6
"""Answers of the cells shown beside them; the others are in the thread of their cell."""
SOON = timedelta(minutes=5)
"""A decision is asked for this long before what depends on it."""


@dataclass(frozen=True, slots=True)
class BeforeStart:
    """What is still missing before DEBEX: cells where nobody sits, observers, words left as the kit wrote them."""

    empty_cells: tuple[str, ...]
    players: int
    observers: int
    kit_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The whole exercise at an instant. Seconds are those of the exercise clock.

    `late` is by how much the oldest held stimulus is overdue, `interrupted` how long nobody kept the clock before it.
    `number` is that of the last event, `mails_waiting` how many mails are uncertain or failed.
    """

    id: int
    establishment_id: int
    title: str
    row_stage: ExerciseStage
    stage: Stage
    second: float
    duration: int
    started_at: datetime | None
    ended_at: datetime | None
    number: int
    last_message: int
    phase: str
    timeline: tuple[StimulusLine, ...]
    reserve: tuple[StimulusLine, ...]
    held: tuple[StimulusLine, ...]
    late: float
    interrupted: float
    cells: tuple[CellLine, ...]
    forks: tuple[Fork, ...]
    questions: tuple[Said, ...]
    answers: tuple[Said, ...]
    happenings: tuple[Happening, ...]
    ready: BeforeStart
    mails_waiting: int = 0

    @property
    def mark(self) -> str:
        """Changes whenever something did that people see, the seconds apart."""
        overdue = sum((one.due or 0.0) < self.second for one in self.awaited)
        pressing = ",".join(one.id for one in self.pressing)
        seen = (
            self.number,
            self.last_message,
            self.phase,
            self.row_stage,
            pressing,
            overdue,
            self.cells,
            self.mails_waiting,
        )
        return f"{crc32(repr(seen).encode()):08x}"

    @property
    def coming(self) -> tuple[StimulusLine, ...]:
        """What will be played by itself, soonest first."""
        return tuple(one for one in self.timeline if one.standing is Standing.WAITING)

    @property
    def next(self) -> StimulusLine | None:
        """What comes next by itself."""
        return next(iter(self.coming), None)

    @property
    def played(self) -> tuple[StimulusLine, ...]:
        """What reached people, latest first."""
        found = [*self.timeline, *self.reserve]
        return tuple(sorted((one for one in found if one.standing is Standing.PLAYED), key=_second, reverse=True))

    @property
    def left(self) -> tuple[StimulusLine, ...]:
        """What was not played: on the timeline, whatever the reason."""
        return tuple(one for one in self.timeline if one.standing is not Standing.PLAYED)

    @property
    def to_tell(self) -> tuple[StimulusLine, ...]:
        """What a facilitator has to say, oldest first."""
        return tuple(one for one in reversed(self.played) if one.to_tell)

    @property
    def awaited(self) -> tuple[ReactionLine, ...]:
        """Reactions nobody has spoken of: those with time left, soonest first, then those overdue, latest first."""
        open_ones = [one for line in self.played for one in line.reactions if one.verdict is None]
        return tuple(sorted(open_ones, key=lambda one: _urgency(one.due, self.second)))

    @property
    def pressing(self) -> tuple[Fork, ...]:
        """Decisions not taken that something waits for, or soon will."""
        soon = self.second + SOON.total_seconds()
        return tuple(one for one in self.forks if one.taken is None and one.needed is not None and one.needed <= soon)

    def stimulus(self, key: str) -> StimulusLine | None:
        """One stimulus by its id."""
        return next((one for one in (*self.timeline, *self.reserve) if one.id == key), None)

    def cell(self, key: str) -> CellLine | None:
        """One cell by its id."""
        return next((one for one in self.cells if one.id == key), None)


def _second(line: StimulusLine) -> float:
    return line.second or 0.0


def _urgency(due: float | None, second: float) -> tuple[bool, float]:
    left = (due or 0.0) - second
    return left < 0, abs(left)


def board(platform: Platform, scope: Scope, exercise_id: int) -> Board:
    """The exercise as the facilitation sees it. NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        room = enter(session, platform.rooms, row)
        state, second = room.state, room.state.clock.at(now)
        cells = cells_of(session, row.id, state, now)
        lines = _lines(state)
        return Board(
            id=row.id,
            establishment_id=row.establishment_id,
            title=row.title,
            row_stage=row.stage,
            stage=state.stage,
            second=second,
            duration=state.kit.duration,
            started_at=state.started_at,
            ended_at=state.ended_at,
            number=room.number,
            last_message=last_message_of(session, row.id),
            phase=state.kit.phase_at(second / 60).title,
            timeline=tuple(one for one in lines.values() if one.second is not None),
            reserve=tuple(one for one in lines.values() if one.second is None),
            held=tuple(lines[slot.stimulus.id] for slot in state.held),
            late=lateness(state, second),
            interrupted=state.interrupted,
            cells=cells,
            forks=forks_of(state),
            questions=waiting_questions(session, row.id),
            answers=latest_answers(session, row.id, LATEST_ANSWERS),
            happenings=happenings(session, row.id, state, scope.lang),
            ready=_readiness(session, row, cells),
            mails_waiting=mails_waiting(session, row.id),
        )


def _lines(state: State) -> Mapping[str, StimulusLine]:
    names = state.kit.cell_names
    return {slot.stimulus.id: stimulus_line(state, slot, names) for slot in sorted(state.slots.values(), key=_moment)}


def _moment(slot: Slot) -> tuple[float, int]:
    """What was played stands where it was played, the rest where it is to come."""
    return (slot.played_second, slot.order) if slot.played_second is not None else by_time(slot)


def lateness(state: State, second: float) -> float:
    """By how many seconds the oldest stimulus that nobody played in time is overdue; 0 when none is."""
    return max((second - (slot.at or second) for slot in state.held if slot.why is Why.LATE), default=0.0)


def _readiness(session: Session, row: Exercise, cells: Iterable[CellLine]) -> BeforeStart:
    seats = Counter(one.seat for one in attendees(session, row.id))
    return BeforeStart(
        empty_cells=tuple(one.name for one in cells if not one.joined),
        players=seats[Seat.PLAYER],
        observers=seats[Seat.OBSERVER],
        kit_words=tuple(one["label"] for one in row.content.get("variables", ()) if one["key"] not in row.words),
    )
