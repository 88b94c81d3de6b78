"""The few figures that sum an exercise up: kept once it is closed, and set beside those of the one before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.exercises import PLAYED, LessonKind, MessageKind, Round, Seat
from care.services.exercises.attendees import attendees
from care.services.exercises.questionnaires import RoundResult, results_of
from care.services.exercises.rooms import enter, kit_title
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseLesson, ExerciseMark, ExerciseMessage
from exercises.kit import Kit
from exercises.scoring import (
    REACHED,
    CriterionResult,
    Mark,
    ReactionResult,
    Score,
    Timing,
    by_cell,
    by_objective,
    criteria_of,
    first_answers,
    grid_share,
    median_minutes,
    reactions_of,
    scored,
)
from exercises.state import Standing, State


@dataclass(frozen=True, slots=True)
class Figures:
    """What one exercise comes to. Shares lie between 0 and 1, minutes are of the exercise clock; None: nobody knows.

    `reached` of `known` objectives. `answer_minutes` is the median time to a first answer to a stimulus.
    `satisfaction` and `objectives_felt` are what participants said, hot.
    """

    score: float | None
    observed: float
    reactions: int
    in_time: int
    late: int
    missed: int
    unobserved: int
    reached: int
    known: int
    grid: float | None
    reaction_minutes: float | None
    answer_minutes: float | None
    stimuli: int
    played: int
    lasted_minutes: float
    players: int
    observers: int
    answers: int
    satisfaction: float | None
    objectives_felt: float | None
    strengths: int = 0
    gaps: int = 0
    actions: int = 0

    def kept(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def differ(self, kept: Mapping[str, Any]) -> bool:
        """Whether they are no longer those kept, actions aside: these go on after the report."""
        return any(kept.get(name) != value for name, value in self.kept().items() if name != "actions")

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Figures:
        """Read back; names that a later version wrote are passed over."""
        return cls(**{one.name: kept[one.name] for one in fields(cls) if one.name in kept})


@dataclass(frozen=True, slots=True)
class Measured:
    """An exercise measured: its reactions and criteria, scores by objective and cell, minutes to answer by cell."""

    state: State
    reactions: tuple[ReactionResult, ...]
    criteria: tuple[CriterionResult, ...]
    objectives: Mapping[str, Score]
    cells: Mapping[str, Score]
    answers: Mapping[str, tuple[float, ...]]
    rounds: tuple[RoundResult, ...]

    @property
    def kit(self) -> Kit:
        """The kit as it was played."""
        return self.state.kit

    def share_of(self, objective: str) -> float | None:
        """What was reached of an objective: by reactions, else by the grid alone."""
        score = self.objectives.get(objective)
        if score is not None and score.share is not None:
            return float(score.share)
        return grid_share(one for one in self.criteria if one.criterion.objective == objective)


def measure(platform: Platform, session: Session, row: Exercise, now: datetime) -> tuple[Measured, Figures]:
    """An exercise measured from what is stored of it, and its figures."""
    state = enter(session, platform.rooms, row).state
    reactions = reactions_of(state)
    criteria = criteria_of(state.kit, _marks(session, row.id))
    rounds = results_of(platform, session, row, now)
    found = Measured(
        state=state,
        reactions=reactions,
        criteria=criteria,
        objectives=by_objective(reactions),
        cells=by_cell(reactions),
        answers=first_answers(state, _answers(session, row.id)),
        rounds=rounds,
    )
    return found, _figures(session, row, found, now)


def _marks(session: Session, exercise_id: int) -> list[Mark]:
    rows = session.scalars(select(ExerciseMark).where(ExerciseMark.exercise_id == exercise_id))
    return [Mark(one.criterion, one.cell, one.observer, one.mark, one.note) for one in rows]


def _answers(session: Session, exercise_id: int) -> list[tuple[str, str, datetime]]:
    query = select(ExerciseMessage.cell, ExerciseMessage.stimulus, ExerciseMessage.at).where(
        ExerciseMessage.exercise_id == exercise_id,
        ExerciseMessage.kind == MessageKind.ANSWER,
        ExerciseMessage.stimulus.is_not(None),
    )
    return [(cell, stimulus or "", at) for cell, stimulus, at in session.execute(query)]


def _figures(session: Session, row: Exercise, found: Measured, now: datetime) -> Figures:
    total, reactions = scored(found.reactions), found.reactions
    timings = [one.timing for one in reactions]
    shares = [found.share_of(one.id) for one in found.kit.objectives]
    known = [share for share in shares if share is not None]
    people = Counter(one.seat for one in attendees(session, row.id))
    lessons = _lessons(session, row.id)
    hot = next((one for one in found.rounds if one.round is Round.HOT), None)
    minutes = [one for ones in found.answers.values() for one in ones]
    slots = found.state.slots.values()
    return Figures(
        score=share_of(total),
        observed=float(total.observed),
        reactions=len(reactions),
        in_time=timings.count(Timing.IN_TIME),
        late=timings.count(Timing.LATE),
        missed=timings.count(Timing.MISSED),
        unobserved=timings.count(Timing.UNOBSERVED),
        reached=sum(share >= REACHED for share in known),
        known=len(known),
        grid=grid_share(found.criteria),
        reaction_minutes=median_minutes(reactions),
        answer_minutes=median(minutes) if minutes else None,
        stimuli=sum(not one.stimulus.reserve for one in slots),
        played=sum(one.standing is Standing.PLAYED for one in slots),
        lasted_minutes=found.state.clock.at(now) / 60,
        players=people[Seat.PLAYER],
        observers=people[Seat.OBSERVER],
        answers=sum(one.filled for one in found.rounds),
        satisfaction=hot.satisfaction if hot else None,
        objectives_felt=hot.objectives if hot else None,
        strengths=sum(kind is LessonKind.STRENGTH for kind, _action in lessons),
        gaps=sum(kind is LessonKind.GAP for kind, _action in lessons),
        actions=sum(action is not None for _kind, action in lessons),
    )


def share_of(score: Score) -> float | None:
    """A score as a plain number."""
    return None if score.share is None else float(score.share)


def _lessons(session: Session, exercise_id: int) -> Sequence[tuple[LessonKind, int | None]]:
    query = select(ExerciseLesson.kind, ExerciseLesson.action_id).where(ExerciseLesson.exercise_id == exercise_id)
    return [(kind, action) for kind, action in session.execute(query)]


@dataclass(frozen=True, slots=True)
class Before:
    """The exercise that the establishment played before; `same_kit`: figures can be set side by side as they are."""

    id: int
    title: str
    kit_title: str
    same_kit: bool
    started_at: datetime
    figures: Figures


def before(platform: Platform, session: Session, row: Exercise, now: datetime) -> Before | None:
    """The last exercise played before this one in its establishment, None when it is the first."""
    if row.started_at is None:
        return None
    query = (
        select(Exercise)
        .where(
            Exercise.establishment_id == row.establishment_id,
            Exercise.id != row.id,
            Exercise.started_at < row.started_at,
            Exercise.stage.in_(PLAYED),
        )
        .order_by(Exercise.started_at.desc(), Exercise.id.desc())
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    if found is None or found.started_at is None:
        return None
    figures = Figures.of(found.result) if found.result else measure(platform, session, found, now)[1]
    return Before(found.id, found.title, kit_title(found), found.kit == row.kit, found.started_at, figures)
