"""The level that a self-assessment recommends, and why not the next."""

from __future__ import annotations

import pytest

from exercises.kit import Level
from exercises.levels import GRID, HABIT, advice

BEST = {question.key: question.answers[-1].key for question in GRID}
WORST = {question.key: question.answers[0].key for question in GRID}


def level(**changes: str) -> Level:
    found = advice(BEST | changes)
    assert found is not None
    return found.level


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Level.CONFIRMED),
        ({"time": "half_day"}, Level.INTERMEDIATE),
        ({"time": "two_hours"}, Level.BEGINNER),
        ({"time": "minutes"}, Level.SHORT),
        ({"people": "one"}, Level.SHORT),
        ({"people": "several"}, Level.INTERMEDIATE),
        ({"deciders": "nobody"}, Level.SHORT),
        ({"deciders": "on_call"}, Level.BEGINNER),
        ({"cell": "never"}, Level.BEGINNER),
        ({"recent": "none"}, Level.INTERMEDIATE),
        ({"lessons": "none", "modes": "none"}, Level.INTERMEDIATE),
        ({"lessons": "none", "modes": "some"}, Level.CONFIRMED),
        ({"lessons": "none", "modes": "none", "directory": "no", "log": "no"}, Level.INTERMEDIATE),
        ({"lessons": "none", "modes": "none", "directory": "no", "log": "no", "recent": "one"}, Level.BEGINNER),
    ],
)
def test_means_bound_the_level_and_habits_choose_it(changes: dict[str, str], expected: Level) -> None:
    assert level(**changes) is expected


def test_what_holds_the_level_back_is_named_with_what_would_change_it() -> None:
    found = advice(BEST | {"time": "two_hours", "deciders": "on_call", "people": "several"})
    assert found is not None
    assert [question.key for question, _answer in found.holds] == ["time", "deciders"]
    assert not found.wants_habit
    assert found.points == found.of == HABIT == 12
    habits = advice(BEST | {"lessons": "none", "modes": "none"})
    assert habits is not None
    assert (habits.holds, habits.wants_habit, habits.points) == ((), True, 8)
    best = advice(BEST)
    assert best is not None
    assert (best.holds, best.wants_habit) == ((), False)


def test_silence_counts_as_the_lowest_answer_and_is_told() -> None:
    found = advice({"time": "day", "people": "many", "nothing": "x"})
    assert found is not None
    assert found.level is Level.SHORT
    assert [one.key for one in found.unanswered] == [one.key for one in GRID if one.key not in {"time", "people"}]
    assert advice({}) is None
    assert advice({"time": "for ever"}) is None
    lowest = advice(WORST)
    assert lowest is not None
    assert (lowest.level, lowest.unanswered) == (Level.SHORT, ())


def test_a_question_is_answered_from_the_lowest_to_the_highest() -> None:
    levels = list(Level)
    for question in GRID:
        assert len({one.key for one in question.answers}) == len(question.answers)
        assert [one.points for one in question.answers] == sorted(one.points for one in question.answers)
        ceilings = [levels.index(one.ceiling) for one in question.answers]
        assert ceilings == sorted(ceilings)
        assert question.answers[-1].ceiling is Level.CONFIRMED
