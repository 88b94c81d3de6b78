"""Quiet hours and digests on the clocks of France and overseas, the nights they change included."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from care.domain.deadlines import step_of
from care.domain.notices import (
    DAY_MINUTES,
    Choice,
    Digest,
    after_quiet,
    choice_faults,
    is_quiet,
    minute_of,
    next_digest,
)
from care.domain.schedule import Every, Recurrence

ZONES = [ZoneInfo(name) for name in (
    "Europe/Paris", "Indian/Reunion", "America/Guadeloupe", "America/Cayenne", "America/Miquelon", "Pacific/Noumea",
    "Pacific/Marquesas", "UTC",
)]  # fmt: skip
PARIS = ZONES[0]
minutes = st.integers(0, DAY_MINUTES - 1)
moments = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
choices = st.builds(
    Choice,
    digest=st.sampled_from(Digest),
    weekday=st.integers(0, 6),
    at_minute=minutes,
    quiet_from=minutes,
    quiet_to=minutes,
)
SPRING = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # half an hour before 02:00 becomes 03:00 in Paris
AUTUMN = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # half an hour before 03:00 becomes 02:00 in Paris
NIGHT = Choice(quiet_from=20 * 60, quiet_to=7 * 60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@given(moments, choices, st.sampled_from(ZONES))
@example(SPRING, Choice(quiet_from=0, quiet_to=150), PARIS)
@example(AUTUMN, Choice(quiet_from=0, quiet_to=150), PARIS)
@example(SPRING, Choice(quiet_from=151, quiet_to=150), PARIS)  # the only free minute of the day does not exist
def test_mail_waits_for_the_first_minute_that_is_not_quiet(moment: datetime, choice: Choice, zone: ZoneInfo) -> None:
    later = after_quiet(moment, choice, zone)
    assert not is_quiet(later, choice, zone)
    assert moment <= later <= moment + timedelta(days=2, hours=1)
    if later != moment:
        waited = (moment + timedelta(minutes=number) for number in range(1, DAY_MINUTES * 2))
        assert all(is_quiet(one, choice, zone) for one in waited if one < later)


@given(moments, choices, st.sampled_from(ZONES))
def test_mail_outside_quiet_hours_does_not_wait(moment: datetime, choice: Choice, zone: ZoneInfo) -> None:
    assert (after_quiet(moment, choice, zone) == moment) == (not is_quiet(moment, choice, zone))


@given(moments, minutes, st.sampled_from(ZONES))
def test_equal_ends_leave_no_quiet_hour(moment: datetime, minute: int, zone: ZoneInfo) -> None:
    assert not is_quiet(moment, Choice(quiet_from=minute, quiet_to=minute), zone)


@pytest.mark.parametrize(
    ("moment", "later"),
    [
        ("2026-01-14T18:59:59+00:00", "2026-01-14T18:59:59+00:00"),  # 19:59 in Paris
        ("2026-01-14T19:00:00+00:00", "2026-01-15T06:00:00+00:00"),  # 20:00: until 07:00
        ("2026-01-15T05:59:59+00:00", "2026-01-15T06:00:00+00:00"),
        ("2026-01-15T06:00:00+00:00", "2026-01-15T06:00:00+00:00"),
        ("2026-03-28T23:00:00+00:00", "2026-03-29T05:00:00+00:00"),  # the short night
        ("2026-10-24T23:00:00+00:00", "2026-10-25T06:00:00+00:00"),  # the long one
    ],
)
def test_quiet_hours_over_midnight(moment: str, later: str) -> None:
    assert after_quiet(at(moment), NIGHT, PARIS) == at(later)


def test_quiet_hours_follow_the_clock_of_the_person() -> None:
    moment = at("2026-01-14T16:00:00+00:00")  # 17:00 in Paris, 20:00 in Réunion, 12:00 in Guadeloupe
    assert after_quiet(moment, NIGHT, PARIS) == moment
    assert after_quiet(moment, NIGHT, ZoneInfo("Indian/Reunion")) == at("2026-01-15T03:00:00+00:00")
    assert after_quiet(moment, NIGHT, ZoneInfo("America/Guadeloupe")) == moment


@given(moments, choices, st.sampled_from(ZONES))
def test_a_digest_comes_once_a_day_at_its_time_or_after_quiet_hours(
    moment: datetime, choice: Choice, zone: ZoneInfo
) -> None:
    due = next_digest(moment, choice, zone)
    if choice.digest is Digest.OFF:
        assert due is None
    if due is not None:
        assert moment < due <= moment + timedelta(days=3, hours=2)
        assert not is_quiet(due, choice, zone)


@given(moments, minutes, st.sampled_from(ZONES))
def test_without_quiet_hours_a_daily_digest_comes_when_the_wall_says_so(
    moment: datetime, minute: int, zone: ZoneInfo
) -> None:
    due = next_digest(moment, Choice(at_minute=minute, quiet_from=0, quiet_to=0), zone)
    assert due is not None
    assert minute_of(due, zone) in {minute, minute + 60}  # the hour skipped in spring
    assert moment < due <= moment + timedelta(hours=25)


def test_a_weekly_digest_comes_on_its_day_only() -> None:
    choice = Choice(digest=Digest.WEEKLY, weekday=3, at_minute=8 * 60)
    days = [datetime(2026, 3, day, 4, tzinfo=UTC) for day in range(2, 16)]
    due = [next_digest(day, choice, PARIS) for day in days]
    assert [one.date() for one in due if one] == [date(2026, 3, 5), date(2026, 3, 12)]


def test_times_out_of_the_day_are_faults() -> None:
    assert choice_faults(Choice(weekday=7, at_minute=1440, quiet_from=-1, quiet_to=1439)) == {
        "weekday", "at_minute", "quiet_from",
    }  # fmt: skip
    assert choice_faults(Choice()) == frozenset()


@pytest.mark.parametrize(
    ("left", "step"),
    [
        (15, ""),
        (14, "14"),
        (8, "14"),
        (7, "7"),
        (2, "7"),
        (1, "1"),
        (0, "1"),
        (-1, "late-0"),
        (-7, "late-0"),
        (-8, "late-1"),
        (-15, "late-2"),
    ],
)
def test_reminders_come_before_then_once_a_week(left: int, step: str) -> None:
    today = date(2026, 3, 2)
    assert step_of(today + timedelta(days=left), today, (14, 7, 1)) == step


@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_a_day_that_goes_by_never_brings_an_earlier_step_back(due: date, days: int) -> None:
    seen = [step_of(due, due + timedelta(days=number - 30), (14, 7, 1)) for number in range(days + 1)]
    kept = [one for number, one in enumerate(seen) if number == 0 or seen[number - 1] != one]
    assert len(kept) == len(set(kept))


recurrences = st.builds(Recurrence, st.sampled_from(Every), st.integers(0, 23), st.integers(0, 59), st.integers(0, 6))


@given(recurrences, moments, st.sampled_from(ZONES))
def test_a_recurrence_comes_back_within_its_period(recurrence: Recurrence, moment: datetime, zone: ZoneInfo) -> None:
    following = recurrence.after(moment, zone)
    longest = {Every.DAY: 1, Every.WEEK: 7, Every.MONTH: 31}[recurrence.every]
    assert moment < following <= moment + timedelta(days=longest, hours=2)
    there = following.astimezone(zone)
    assert recurrence.every is not Every.WEEK or there.weekday() == recurrence.weekday
    assert recurrence.every is not Every.MONTH or there.day == 1
