"""What people are told by mail, and when. Pure: the time and the time zone are arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

DAY_MINUTES = 24 * 60
_SEARCHED_MINUTES = 3 * DAY_MINUTES
"""Quiet hours leave at least one minute a day; the night the clocks go forward may take that one away."""


class Digest(StrEnum):
    """How often somebody gets the list of what is due."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Choice:
    """What one person asked for. `weekday` 0 is Monday; minutes count from midnight on the person's own clock.

    Quiet hours run from `quiet_from` to `quiet_to`, over midnight when the end is the smaller; none when equal.
    `timezone` is an IANA name, empty for that of the installation.
    """

    digest: Digest = Digest.DAILY
    weekday: int = 0
    at_minute: int = 8 * 60
    immediate: bool = True
    quiet_from: int = 20 * 60
    quiet_to: int = 7 * 60
    timezone: str = ""


def minute_of(moment: datetime, zone: tzinfo) -> int:
    """The minute of the day that the clock on the wall shows at an instant."""
    there = moment.astimezone(zone)
    return there.hour * 60 + there.minute


def is_quiet(moment: datetime, choice: Choice, zone: tzinfo) -> bool:
    """Whether an instant falls in the quiet hours; their end no longer does."""
    minute, start, end = minute_of(moment, zone), choice.quiet_from, choice.quiet_to
    if start <= end:
        return start <= minute < end
    return minute >= start or minute < end


def after_quiet(moment: datetime, choice: Choice, zone: tzinfo) -> datetime:
    """`moment` itself, or the first minute after it that is not quiet."""
    if not is_quiet(moment, choice, zone):
        return moment
    return _first(moment, lambda later: not is_quiet(later, choice, zone))


def next_digest(moment: datetime, choice: Choice, zone: tzinfo) -> datetime | None:
    """When a digest gathered at `moment` is to be sent: within a day, outside quiet hours.

    None when the person wants none, or when the day it would fall on is not theirs.
    """
    if choice.digest is Digest.OFF:
        return None
    due = _next_time(moment, choice.at_minute, zone)
    if choice.digest is Digest.WEEKLY and due.astimezone(zone).weekday() != choice.weekday:
        return None
    return after_quiet(due, choice, zone)


def _next_time(moment: datetime, minute: int, zone: tzinfo) -> datetime:
    """The first time after `moment` that the clock on the wall shows that minute.

    On the night the clocks go forward a minute that does not exist is moved on by the hour skipped.
    """
    there = moment.astimezone(zone)
    wall = there.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0, fold=0)
    due = wall.astimezone(moment.tzinfo)
    if due > moment:
        return due
    return (wall + timedelta(days=1)).astimezone(moment.tzinfo)


def _first(moment: datetime, fits: Callable[[datetime], bool]) -> datetime:
    """The first whole minute after an instant that fits: at most a few thousand are looked at."""
    whole = moment.replace(second=0, microsecond=0)
    later = (whole + timedelta(minutes=minutes) for minutes in range(1, _SEARCHED_MINUTES))
    return next(one for one in later if fits(one))


def choice_faults(choice: Choice) -> frozenset[str]:
    """The fields of a choice that cannot be used; the time zone is checked by who knows the zones."""
    bounds = {
        "weekday": (choice.weekday, 7),
        "at_minute": (choice.at_minute, DAY_MINUTES),
        "quiet_from": (choice.quiet_from, DAY_MINUTES),
        "quiet_to": (choice.quiet_to, DAY_MINUTES),
    }
    return frozenset(name for name, (value, end) in bounds.items() if not 0 <= value < end)
