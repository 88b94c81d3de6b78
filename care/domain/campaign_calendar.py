"""When the audits of a campaign are due: spread over its days, each within the days and hours of its mandate. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHORTEST = timedelta(minutes=15)
"""A window in which no audit is begun: it would hardly be over in time. Our choice."""
_BEGIN = 0.75
"""The part of a window in which audits begin, so that they end inside it. Our choice."""
_GOLDEN = 0.6180339887498949
"""Its multiples fall apart from one another, however many: no two audits of a night begin together by chance."""

Window = tuple[datetime, datetime]
"""From when to when (UTC), the end left out."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """When a mandate allows an audit: days included, hours of each (over midnight or not, None: all day) in `zone`."""

    first: date
    last: date
    hours: tuple[time, time] | None
    zone: str


def windows(allowed: Allowed, start: datetime, end: datetime, shortest: timedelta = SHORTEST) -> tuple[Window, ...]:
    """The times allowed between two instants, one window a day or a night, in order; too short ones are left out."""
    found = ((max(first, start), min(last, end)) for first, last in _windows(allowed, start, end))
    return tuple((first, last) for first, last in found if last > first and last - first >= shortest)


def _windows(allowed: Allowed, start: datetime, end: datetime) -> Iterator[Window]:
    zone = ZoneInfo(allowed.zone)
    day = max(allowed.first, start.astimezone(zone).date() - timedelta(days=1))
    last = min(allowed.last, end.astimezone(zone).date())
    while day <= last:
        yield from _of_day(allowed, day, zone)
        day += timedelta(days=1)


def _of_day(allowed: Allowed, day: date, zone: ZoneInfo) -> Iterator[Window]:
    midnight, next_day = _at(day, time.min, zone), day + timedelta(days=1)
    next_midnight = _at(next_day, time.min, zone)
    if allowed.hours is None:
        yield midnight, next_midnight
        return
    opens, closes = allowed.hours
    if opens <= closes:
        yield _at(day, opens, zone), _at(day, closes, zone)
        return
    if day == allowed.first:  # the end of a night that began before the mandate
        yield midnight, _at(day, closes, zone)
    yield _at(day, opens, zone), _at(next_day, closes, zone) if next_day <= allowed.last else next_midnight


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)


def due(rank: int, count: int, open_in: Sequence[Window]) -> datetime:
    """When the audit of this rank (from 0) among `count` begins, in one of its own windows (at least one).

    Ranks follow one another through the campaign; those of one window begin at different times of its first part.
    """
    first, last = open_in[min(len(open_in) - 1, len(open_in) * rank // max(1, count))]
    begin = first + (last - first) * _BEGIN * (rank * _GOLDEN % 1)
    return begin.replace(second=0, microsecond=0) if begin.replace(second=0, microsecond=0) >= first else begin
