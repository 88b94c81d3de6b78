"""What holds audits back in an establishment: exclusions, quiet hours, freeze dates, the stop button. Pure.

A restraint never widens what a mandate allows; it only takes away: addresses, or moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from care.domain.campaign_calendar import SHORTEST, Window


class ExclusionMode(StrEnum):
    """What is spared to an excluded address: being contacted at all, or only being reported."""

    NO_SCAN = "no_scan"
    NO_REPORT = "no_report"


class StopCause(StrEnum):
    """What cut an audit short: somebody, hours that closed, an exclusion made meanwhile, the time limit."""

    PERSON = "person"
    WINDOW = "window"
    EXCLUSION = "exclusion"
    TIME = "time"

    @property
    def taken_up(self) -> bool:
        """Whether what was left is looked at later without anybody asking."""
        return self is not StopCause.PERSON


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours without audits, on some days of the week (0 is Monday). Past midnight they belong to the day they begin."""

    weekdays: frozenset[int]
    opens: time
    closes: time
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Days without audits, both included."""

    first: date
    last: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """One stretch of time (UTC, the end left out) in which no audit goes on, and what says so."""

    start: datetime
    end: datetime
    why: Quiet | Frozen


def silences(
    quiet: Iterable[Quiet], frozen: Iterable[Frozen], zone: tzinfo, start: datetime, end: datetime
) -> tuple[Silence, ...]:
    """Every stretch without audits that touches the time between two instants, in order of their beginning."""
    found = [*_quiet(quiet, zone, start, end), *_frozen(frozen, zone)]
    return tuple(sorted((one for one in found if one.start < end and one.end > start), key=lambda one: one.start))


def _quiet(quiet: Iterable[Quiet], zone: tzinfo, start: datetime, end: datetime) -> Iterator[Silence]:
    known = tuple(quiet)
    day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
    while known and day <= last:
        for one in known:
            if day.weekday() in one.weekdays:
                until = day if one.opens < one.closes else day + timedelta(days=1)
                yield Silence(_at(day, one.opens, zone), _at(until, one.closes, zone), one)
        day += timedelta(days=1)


def _frozen(frozen: Iterable[Frozen], zone: tzinfo) -> Iterator[Silence]:
    for one in frozen:
        yield Silence(_at(one.first, time.min, zone), _at(one.last + timedelta(days=1), time.min, zone), one)


def _at(day: date, hour: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)


def silent_at(found: Iterable[Silence], now: datetime) -> Silence | None:
    """The stretch without audits that holds at `now`: of several, the one that ends last; None when there is none."""
    return max((one for one in found if one.start <= now < one.end), key=lambda one: one.end, default=None)


def outside(open_in: Iterable[Window], found: Sequence[Silence], shortest: timedelta = SHORTEST) -> tuple[Window, ...]:
    """What is left of some windows once the stretches without audits are taken out; too short rests are left out."""
    left = list(open_in)
    for silence in found:
        left = [piece for window in left for piece in _without(window, silence)]
    return tuple((first, last) for first, last in left if last > first and last - first >= shortest)


def _without(window: Window, silence: Silence) -> Iterator[Window]:
    first, last = window
    if silence.end <= first or silence.start >= last:
        yield window
        return
    if first < silence.start:
        yield first, silence.start
    if silence.end < last:
        yield silence.end, last


def closing(open_in: Sequence[Window], now: datetime) -> datetime | None:
    """When the time that is open at `now` closes, windows that touch being one; None when nothing is open then."""
    end: datetime | None = None
    for first, last in sorted(open_in):
        if end is None:
            end = last if first <= now < last else None
        elif first <= end:
            end = max(end, last)
        else:
            break
    return end
