"""A worker whose clock is far from the others’ takes their jobs for abandoned: it does not begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from care.adapters.clock import SystemClock
from care.domain.jobs import LEASE
from care.services.diagnosis import clock_gap, clocks_apart
from care.services.platform import Platform
from tests.support.clock import FixedClock

SLOW = FixedClock(datetime.now(UTC) - timedelta(hours=2))


@pytest.mark.both_databases
def test_the_clock_of_a_worker_is_compared_with_that_of_the_database_server(platform: Platform) -> None:
    shares_the_machine = platform.database.embedded
    assert abs(clock_gap(platform.database, SystemClock())) < timedelta(minutes=1)
    gap = clock_gap(platform.database, SLOW)
    assert gap == timedelta(0) if shares_the_machine else gap < timedelta(hours=-1)


def test_what_is_too_far_is_said_either_way() -> None:
    assert clocks_apart(LEASE / 4) is None
    for gap in (timedelta(seconds=42), timedelta(seconds=-42)):
        told = clocks_apart(gap)
        assert told is not None
        assert told.en.startswith("42 s away")
