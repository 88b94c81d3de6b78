"""Moments without audits: they only take away, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from care.domain.restraints import Frozen, Quiet, closing, outside, silences, silent_at

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=PARIS)
OFFICE = Quiet(frozenset(range(5)), time(7, 30), time(18), "consultations")
NIGHT = Quiet(frozenset({4}), time(22), time(6), "sauvegardes")


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "silent"),
    [
        (at(2, 7, 29), False),
        (at(2, 7, 30), True),
        (at(2, 17, 59), True),
        (at(2, 18), False),
        (at(7, 12), False),  # Saturday
        (at(6, 22), True),
        (at(7, 5, 59), True),  # the night that began on Friday
        (at(7, 6), False),
        (at(7, 22), False),
    ],
)
def test_quiet_hours_hold_on_their_days_to_the_minute(moment: datetime, silent: bool) -> None:
    found = silences([OFFICE, NIGHT], [], PARIS, moment, moment + timedelta(seconds=1))
    assert (silent_at(found, moment) is not None) is silent


def test_a_freeze_holds_from_the_first_midnight_to_the_last_of_the_hospital() -> None:
    freeze = Frozen(date(2026, 3, 28), date(2026, 3, 29), "bascule")  # the hour changes on the 29th
    found = silences([], [freeze], PARIS, at(27, 0), at(31, 0))
    assert [(one.start, one.end) for one in found] == [(at(28, 0).astimezone(UTC), at(30, 0).astimezone(UTC))]
    assert found[0].end - found[0].start == timedelta(hours=47)


def test_windows_are_cut_by_silences_and_short_rests_are_left_out() -> None:
    found = silences([OFFICE], [], PARIS, at(2, 0), at(3, 0))
    window = (at(2, 7).astimezone(UTC), at(2, 18, 10).astimezone(UTC))
    assert outside([window], found) == ((at(2, 7), at(2, 7, 30)),)
    assert outside([window], found, timedelta(0)) == ((at(2, 7), at(2, 7, 30)), (at(2, 18), at(2, 18, 10)))
    assert outside([window], ()) == (window,)


def test_what_is_open_closes_at_the_end_of_windows_that_touch() -> None:
    days = [(MONDAY + number * DAY, MONDAY + (number + 1) * DAY) for number in range(3)]
    assert closing(days, MONDAY + timedelta(hours=5)) == MONDAY + 3 * DAY
    assert closing([days[0], days[2]], MONDAY) == MONDAY + DAY
    assert closing(days, MONDAY + 3 * DAY) is None
