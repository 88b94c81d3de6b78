"""Whether anything is new in exercises and logbooks that people are looking at, told by one query."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pydantic import ValidationError
from sqlalchemy import ColumnElement, CompoundSelect, Select, func, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from care.services.errors import Refused
from care.services.exercises.rooms import enter
from care.services.hub import Topic
from care.services.platform import Platform
from care.store.exercises import (
    Exercise,
    ExerciseAnswer,
    ExerciseMark,
    ExerciseMessage,
    ExerciseParticipant,
    Logbook,
)
from exercises.state import Standing, State

log = logging.getLogger(__name__)

EXERCISE, LOGBOOK = "exercise", "logbook"
_Row = tuple[str, int, str, int, int]


class News:
    """Marks of the exercises, their cells and the logbooks of one platform.

    The mark of a cell changes with what its players see: the stage, the clock standing still, what was played to them,
    what was said there; and when somebody was put out, wherever he sat. That of the whole exercise changes with
    everything.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._cells: dict[int, tuple[int, Mapping[str, str]]] = {}

    def __call__(self, topics: frozenset[Topic]) -> Mapping[Topic, str]:
        """The marks of these topics; a topic that does not exist (any more) has none."""
        counted = self._counted(topics)
        marks: dict[Topic, str] = {}
        for topic in topics:
            rows = counted.get((topic.kind, topic.id))
            if rows is not None:
                marks[topic] = self._of_cell(topic, rows) if topic.part else _text(rows)
        return marks

    def _counted(self, topics: Iterable[Topic]) -> Mapping[tuple[str, int], list[_Row]]:
        found: dict[tuple[str, int], list[_Row]] = defaultdict(list)
        exercises = {one.id for one in topics if one.kind == EXERCISE}
        logbooks = {one.id for one in topics if one.kind == LOGBOOK}
        with self._platform.database.read() as session:
            for what, number, part, count, last in session.execute(_query(exercises, logbooks)):
                kind = LOGBOOK if what == LOGBOOK else EXERCISE
                found[kind, number].append((what, number, part, count, last))
        return found

    def _of_cell(self, topic: Topic, rows: list[_Row]) -> str:
        number = next(row[3] for row in rows if row[0] == EXERCISE)
        known = self._cells.get(topic.id)
        if known is None or known[0] != number:
            known = self._cells[topic.id] = (number, self._played(topic.id))
        said = [row for row in rows if row[0] == "out" or (row[0] == "message" and row[2] == topic.part)]
        return f"{known[1].get(topic.part, '')}.{_text(said)}"

    def _played(self, exercise_id: int) -> Mapping[str, str]:
        """Nothing, told once an event, of an exercise that was altered: the others go on."""
        try:
            with self._platform.database.read() as session:
                row = session.get_one(Exercise, exercise_id)
                return marks_of_cells(enter(session, self._platform.rooms, row).state)
        except (Refused, ValidationError, KeyError):
            log.warning("exercise %d cannot be read again: its live pages stand still", exercise_id, exc_info=True)
            return {}


def marks_of_cells(state: State) -> Mapping[str, str]:
    """For each cell: the stage, how often the clock was touched, how many stimuli reached it."""
    played = [slot.stimulus.to for slot in state.slots.values() if slot.standing is Standing.PLAYED]
    head = f"{state.stage}{len(state.clock.stretches)}"
    return {cell.id: f"{head}.{sum(cell.id in cells for cells in played)}" for cell in state.kit.cells}


def _text(rows: list[_Row]) -> str:
    return ".".join(f"{what[0]}{count}-{last}" for what, _, _, count, last in sorted(rows))


def _query(exercises: set[int], logbooks: set[int]) -> CompoundSelect[str, int, str, int, int]:
    return union_all(
        select(literal(EXERCISE), Exercise.id, literal(""), Exercise.last_event, Exercise.version).where(
            Exercise.id.in_(exercises)
        ),
        _tally("message", ExerciseMessage.exercise_id, ExerciseMessage.cell, func.max(ExerciseMessage.id), exercises),
        _tally("people", ExerciseParticipant.exercise_id, literal(""), func.max(ExerciseParticipant.id), exercises),
        _tally("out", ExerciseParticipant.exercise_id, literal(""), func.max(ExerciseParticipant.id), exercises).where(
            ExerciseParticipant.put_out
        ),
        _tally("answer", ExerciseAnswer.exercise_id, literal(""), func.max(ExerciseAnswer.id), exercises),
        _tally("grid", ExerciseMark.exercise_id, literal(""), func.sum(ExerciseMark.mark), exercises),
        select(literal("log"), Logbook.exercise_id, literal(""), Logbook.last_entry, literal(0)).where(
            Logbook.exercise_id.in_(exercises)
        ),
        select(literal(LOGBOOK), Logbook.id, literal(""), Logbook.last_entry, literal(0)).where(
            Logbook.id.in_(logbooks)
        ),
    )


def _tally(
    what: str,
    exercise: InstrumentedAttribute[int],
    part: ColumnElement[str] | InstrumentedAttribute[str],
    last: ColumnElement[int],
    ids: set[int],
) -> Select[str, int, str, int, int]:
    return select(literal(what), exercise, part, func.count(), last).where(exercise.in_(ids)).group_by(exercise, part)
