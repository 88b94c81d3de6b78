"""When the audits of a campaign are due: within the days and hours of each mandate, spread over its days."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from care.domain.campaign_calendar import SHORTEST, Allowed, due, windows
from scanners.exposure.mandate import Mandate, parse_mandate

PARIS = ZoneInfo("Europe/Paris")
START, END = datetime(2026, 3, 2, tzinfo=PARIS), datetime(2026, 4, 1, tzinfo=PARIS)
ALWAYS = date(2026, 1, 1), date(2026, 12, 31)
NIGHT, DAY = (time(20), time(6)), (time(9), time(17))


def allowed(first: date = ALWAYS[0], last: date = ALWAYS[1], hours: tuple[time, time] | None = None) -> Allowed:
    return Allowed(first, last, hours, "Europe/Paris")


def mandate(one: Allowed) -> Mandate:
    hours = "-".join(f"{moment:%H:%M}" for moment in one.hours) if one.hours else None
    return parse_mandate(
        {"authorised_by": "A", "role": "B", "reference": "C", "scope": ["203.0.113.0/24"], "timezone": one.zone,
         "valid_from": one.first, "valid_to": one.last, "hours": hours}
    )  # fmt: skip


def test_a_window_a_day_or_a_night() -> None:
    every_day = windows(allowed(), START, END)
    assert len(every_day) == 30
    assert every_day[0] == (START.astimezone(UTC), datetime(2026, 3, 3, tzinfo=PARIS).astimezone(UTC))
    assert Counter(last - first for first, last in windows(allowed(hours=DAY), START, END)) == {timedelta(hours=8): 30}
    nights = windows(allowed(hours=NIGHT), START, END)
    assert nights[0] == (START.astimezone(UTC), datetime(2026, 3, 2, 6, tzinfo=PARIS).astimezone(UTC))
    lengths = Counter(last - first for first, last in nights[1:-1])
    assert lengths == {timedelta(hours=10): 28, timedelta(hours=9): 1}  # the clocks go forward in the last week


def test_the_first_and_last_night_of_a_mandate() -> None:
    found = windows(allowed(date(2026, 3, 10), date(2026, 3, 11), NIGHT), START, END)
    told = [(f"{a.astimezone(PARIS):%d %H:%M}", f"{b.astimezone(PARIS):%d %H:%M}") for a, b in found]
    assert told == [("10 00:00", "10 06:00"), ("10 20:00", "11 06:00"), ("11 20:00", "12 00:00")]


@pytest.mark.parametrize(
    "never",
    [
        allowed(date(2025, 1, 1), date(2026, 3, 1)),
        allowed(date(2026, 4, 2), date(2026, 5, 1)),
        allowed(hours=(time(9), time(9, 14))),
        allowed(hours=(time(9), time(9))),
    ],
)
def test_no_window_outside_the_mandate_nor_too_short(never: Allowed) -> None:
    assert windows(never, START, END) == ()


@given(
    st.integers(0, 80),
    st.dates(date(2026, 2, 1), date(2026, 4, 20)),
    st.integers(0, 60),
    st.none() | st.tuples(st.times(), st.times()),
    st.sampled_from(["Europe/Paris", "Indian/Reunion", "America/Cayenne", "Pacific/Noumea"]),
)
def test_what_is_due_is_within_the_mandate_and_the_campaign(
    rank: int, first: date, days: int, hours: tuple[time, time] | None, zone: str
) -> None:
    hours = hours and (hours[0].replace(second=0, microsecond=0), hours[1].replace(second=0, microsecond=0))
    one = Allowed(first, first + timedelta(days=days), hours, zone)
    open_in = windows(one, START, END)
    if not open_in:
        return
    moment = due(rank, 81, open_in)
    assert START <= moment < END
    mandate(one).check_time(moment)
    assert all(last - begin >= SHORTEST for begin, last in open_in)


def test_hundreds_are_spread_over_days_and_minutes() -> None:
    open_in = windows(allowed(hours=NIGHT), START, END)
    found = [due(rank, 300, open_in) for rank in range(300)]
    a_night = Counter((one.astimezone(PARIS) - timedelta(hours=12)).date() for one in found)
    assert max(a_night.values()) <= 12
    assert len(a_night) >= 30
    assert max(Counter(found).values()) <= 2


def test_a_single_window_holds_all() -> None:
    open_in = windows(allowed(date(2026, 3, 9), date(2026, 3, 9), DAY), START, END)
    found = sorted(due(rank, 20, open_in) for rank in range(20))
    assert open_in[0][0] <= found[0] < found[-1] < open_in[0][1] - timedelta(hours=1)
    assert len(set(found)) == 20
