"""Priority against effort: the boundaries."""

from __future__ import annotations

import pytest

from care.domain.quadrants import HIGH_SCORE, SHORT_EFFORT, Quadrant, quadrant


@pytest.mark.parametrize(
    ("score", "effort", "expected"),
    [
        (HIGH_SCORE, SHORT_EFFORT, Quadrant.QUICK_WIN),
        (HIGH_SCORE, SHORT_EFFORT + 0.5, Quadrant.PROJECT),
        (HIGH_SCORE - 1, SHORT_EFFORT, Quadrant.FILL_IN),
        (HIGH_SCORE - 1, SHORT_EFFORT + 0.5, Quadrant.LATER),
        (100, None, Quadrant.UNKNOWN),
        (0, None, Quadrant.UNKNOWN),
        (100, 0.25, Quadrant.QUICK_WIN),
    ],
)
def test_where_an_action_falls(score: int, effort: float | None, expected: Quadrant) -> None:
    assert quadrant(score, effort) is expected


def test_quick_wins_come_first() -> None:
    assert next(iter(Quadrant)) is Quadrant.QUICK_WIN
