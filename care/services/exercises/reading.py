"""The exercises of an establishment: the list, and what every page about one says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defer

from care.domain.access import Right, Scope
from care.domain.exercises import PLAYED, SHUT, ExerciseStage
from care.services.exercises.rooms import exercise_row, in_own_words
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.exercises import Exercise
from exercises.kit import Format, Level

_HEAD = ("title", "variables", "level", "format", "duration")
"""What a list says of a kit, taken out of it by the database: whole, it is long to read."""


@dataclass(frozen=True, slots=True)
class ExerciseLine:
    """An exercise in a list, and at the head of its pages. `may_run`: this person prepares and conducts it."""

    id: int
    establishment_id: int
    title: str
    kit: str
    kit_version: str
    kit_title: str
    level: Level
    format: Format
    duration: int
    stage: ExerciseStage
    planned_at: datetime
    place: str
    director: str
    started_at: datetime | None
    ended_at: datetime | None
    closed_at: datetime | None
    test_id: int
    version: int
    may_run: bool


@dataclass(frozen=True, slots=True)
class Exercises:
    """The exercises of one establishment: those under way, those to come (soonest first), those over (latest first)."""

    live: tuple[ExerciseLine, ...]
    to_come: tuple[ExerciseLine, ...]
    over: tuple[ExerciseLine, ...]
    may_run: bool


def list_exercises(platform: Platform, scope: Scope, establishment_id: int) -> Exercises:
    """Every exercise of an establishment. NotFound, Forbidden."""
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_EXERCISES)
        may_run = scope.allows(Right.RUN_EXERCISE, place.lineage)
        query = select(Exercise, *(Exercise.content[name] for name in _HEAD)).options(defer(Exercise.result))
        own = query.where(Exercise.establishment_id == place.id).order_by(Exercise.planned_at, Exercise.id)
        rows = session.execute(own)
        lines = [_line(row, dict(zip(_HEAD, head, strict=True)), may_run) for row, *head in rows]
    return Exercises(
        live=tuple(one for one in lines if one.stage is ExerciseStage.LIVE),
        to_come=tuple(one for one in lines if one.stage is ExerciseStage.PREPARED),
        over=tuple(one for one in reversed(lines) if one.stage in PLAYED | SHUT),
        may_run=may_run,
    )


def open_exercise(platform: Platform, scope: Scope, exercise_id: int) -> ExerciseLine:
    """One exercise. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.SEE_EXERCISES)
        place = visible_establishment(session, scope, row.establishment_id)
        return line_of_row(row, scope.allows(Right.RUN_EXERCISE, place.lineage))


def line_of_row(row: Exercise, may_run: bool) -> ExerciseLine:
    """An exercise as heads of pages show it."""
    return _line(row, row.content, may_run)


def _line(row: Exercise, kit: Mapping[str, Any], may_run: bool) -> ExerciseLine:
    return ExerciseLine(
        id=row.id,
        establishment_id=row.establishment_id,
        title=row.title,
        kit=row.kit,
        kit_version=row.kit_version,
        kit_title=in_own_words(row, kit["title"], kit["variables"]),
        level=Level(kit["level"]),
        format=Format(kit["format"]),
        duration=kit["duration"],
        stage=row.stage,
        planned_at=row.planned_at,
        place=row.place,
        director=row.director,
        started_at=row.started_at,
        ended_at=row.ended_at,
        closed_at=row.closed_at,
        test_id=row.test_id,
        version=row.version,
        may_run=may_run,
    )
