"""When a kit is to be checked again, and what it is worth until then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from care.domain.paper_kits import KitState, kit_state, next_check

MADE = date(2026, 1, 10)
LOOKED = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("last_on", "complete", "due_on"),
    [
        (None, False, MADE),
        (LOOKED, True, LOOKED + timedelta(days=30)),
        (LOOKED, False, LOOKED),
    ],
)
def test_the_next_check(last_on: date | None, complete: bool, due_on: date) -> None:
    assert next_check(MADE, 30, last_on, complete=complete) == due_on


@pytest.mark.parametrize(
    ("after", "last_on", "complete", "retired", "state"),
    [
        (0, None, False, False, KitState.NEVER),
        (30, LOOKED, True, False, KitState.READY),
        (31, LOOKED, True, False, KitState.OVERDUE),
        (0, LOOKED, False, False, KitState.INCOMPLETE),
        (90, LOOKED, False, False, KitState.INCOMPLETE),
        (90, LOOKED, True, True, KitState.RETIRED),
    ],
)
def test_the_state(after: int, last_on: date | None, complete: bool, retired: bool, state: KitState) -> None:
    due_on = next_check(MADE, 30, last_on, complete=complete)
    today = LOOKED + timedelta(days=after)
    assert kit_state(due_on, today, last_on, complete=complete, retired=retired) is state
