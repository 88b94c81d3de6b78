"""Working hours: nights count, week-ends and public holidays do not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners.workstations.working_hours import is_working, working_hours

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        ("2026-03-10T08:00", "2026-03-11T08:00", 24),
        ("2026-03-13T18:00", "2026-03-16T18:00", 24),
        ("2026-03-14T02:00", "2026-03-15T23:00", 0),
        ("2026-04-03T12:00", "2026-04-07T12:00", 24),
        ("2026-05-13T12:00", "2026-05-15T12:00", 24),
        ("2026-12-24T00:00", "2026-12-26T00:00", 24),
        ("2026-03-11T08:00", "2026-03-10T08:00", 0),
        ("2026-03-10T08:00", "2026-03-10T08:30", 0.5),
    ],
)
def test_hours_of_working_days(begin: str, end: str, hours: float) -> None:
    assert working_hours(at(begin), at(end)) == hours


@pytest.mark.parametrize(
    "day",
    ["2024-04-01", "2025-04-21", "2026-04-06", "2026-05-14", "2026-05-25", "2027-03-29", "2038-04-26", "2026-07-14"],
)
def test_french_holidays(day: str) -> None:
    assert not is_working(date.fromisoformat(day))


@given(st.integers(0, 130_000), st.integers(0, 2_000))
def test_never_more_than_the_hours_that_passed(start: int, hours: int) -> None:
    begin = at("2020-01-01") + timedelta(hours=start)
    assert 0 <= working_hours(begin, begin + timedelta(hours=hours)) <= hours + 1e-6
