"""When a visit is open: by the clock alone, to the second, and never again once it was closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from care.domain.programme import VisitState
from care.domain.visits import state_at

STARTS, ENDS = datetime(2026, 3, 9, 8, tzinfo=UTC), datetime(2026, 3, 11, 17, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("written", "now", "expected"),
    [
        (VisitState.PLANNED, STARTS - SECOND, VisitState.PLANNED),
        (VisitState.PLANNED, STARTS, VisitState.OPEN),
        (VisitState.PLANNED, ENDS - SECOND, VisitState.OPEN),
        (VisitState.PLANNED, ENDS, VisitState.ENDED),
        (VisitState.OPEN, ENDS + SECOND, VisitState.ENDED),
        (VisitState.ENDED, STARTS, VisitState.ENDED),
        (VisitState.REVOKED, STARTS, VisitState.REVOKED),
        (VisitState.REVOKED, ENDS, VisitState.REVOKED),
    ],
)
def test_a_visit_is_open_between_its_two_ends_only(written: VisitState, now: datetime, expected: VisitState) -> None:
    assert state_at(written, STARTS, ENDS, now) is expected
