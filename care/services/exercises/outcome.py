"""How an exercise is closed: what its continuity test will say, proposed from what is known, confirmed by a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.attendance import attendance_of
from care.domain.continuity import TestResult, TestState
from care.domain.eligibility import Answer
from care.domain.exercises import ExerciseStage, LessonKind, Seat
from care.services.exercises.figures import Figures
from care.services.exercises.worth import tested, worth
from care.services.platform import Platform
from care.store.continuity import ContinuityTest
from care.store.exercises import Exercise, ExerciseLesson, ExerciseParticipant
from exercises.kit import Kit
from exercises.scoring import REACHED

FAILED_BELOW = 1 / 3
"""Under a third of what was observed, the result proposed is a failure: our choice, which a person confirms or not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is confirmed at the closing. `directorates` names the business directorates that took part."""

    result: TestResult
    participants: int | None
    cyber_triggered: bool
    degraded_played: bool
    management_present: bool
    directorates: str
    in_maintenance: bool
    observed: str


@dataclass(frozen=True, slots=True)
class Closing:
    """The closing of an exercise: as it was confirmed, else as proposed. `functions` are those that players typed."""

    outcome: Outcome
    done_on: date
    functions: tuple[str, ...]
    gaps: int
    closed_at: datetime | None
    version: int


def closing_of(platform: Platform, session: Session, row: Exercise, figures: Figures) -> Closing:
    """The closing as recorded, else proposed: the kit tells the trigger, functions tell who was there."""
    players = session.scalars(
        select(ExerciseParticipant.function).where(
            ExerciseParticipant.exercise_id == row.id,
            ExerciseParticipant.seat == Seat.PLAYER,
            ExerciseParticipant.put_out.is_(False),
        )
    )
    functions = tuple(sorted({one for one in players if one}, key=str.casefold))
    test = session.get_one(ContinuityTest, row.test_id)
    said = _recorded(test) if test.state is TestState.DONE else _proposed(row, figures, functions)
    kept = row.stage is ExerciseStage.CLOSED
    day = (row.started_at or row.planned_at).astimezone(ZoneInfo(platform.settings.timezone)).date()
    gaps = len(gap_texts(session, row))
    return Closing(said, day, functions, gaps, row.closed_at if kept else None, row.version)


def _recorded(test: ContinuityTest) -> Outcome:
    return Outcome(
        result=test.result or TestResult.PARTIAL,
        participants=test.participants,
        cyber_triggered=test.cyber_triggered,
        degraded_played=test.degraded_played,
        management_present=test.management_present,
        directorates=test.directorates,
        in_maintenance=test.in_maintenance,
        observed=test.observed,
    )


def _proposed(row: Exercise, figures: Figures, functions: tuple[str, ...]) -> Outcome:
    kit, present = Kit.model_validate(row.content), attendance_of(functions)
    return Outcome(
        result=_result(figures.score),
        participants=figures.players or None,
        cyber_triggered=kit.cyber_trigger,
        degraded_played=kit.degraded_mode,
        management_present=present.management,
        directorates=", ".join(present.directorates)[:300],
        in_maintenance=False,
        observed="",
    )


def _result(score: float | None) -> TestResult:
    if score is None:
        return TestResult.PARTIAL
    if score >= REACHED:
        return TestResult.PASSED
    return TestResult.FAILED if score < FAILED_BELOW else TestResult.PARTIAL


def judged(session: Session, row: Exercise, closing: Closing) -> tuple[Answer, ...]:
    """What the exercise counts for, closed that way."""
    said = closing.outcome
    known = replace(
        tested(session, row),
        state=TestState.DONE,
        done_on=closing.done_on,
        cyber_triggered=said.cyber_triggered,
        degraded_played=said.degraded_played,
        management_present=said.management_present,
        directorates_present=bool(said.directorates.strip()),
        in_maintenance=said.in_maintenance,
    )
    return worth(session, row, known, closing.done_on)


def gap_texts(session: Session, row: Exercise) -> list[str]:
    """The gaps that the debrief noted, in the order in which they were said."""
    query = select(ExerciseLesson.text).where(
        ExerciseLesson.exercise_id == row.id, ExerciseLesson.kind == LessonKind.GAP
    )
    return list(session.scalars(query.order_by(ExerciseLesson.id)))
