"""How gently a directory is read: so many requests a second, and only at some hours."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from datetime import time as clock_time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scanners.ad.ldap import collect_errors as errors


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of the day in which reading is allowed; they may pass midnight. `zone` None is the machine's own."""

    start: clock_time
    end: clock_time
    zone: tzinfo | None = None

    def contain(self, moment: datetime) -> bool:
        """Whether a moment (with its time zone) falls within."""
        at = moment.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def told(self, moment: datetime) -> str:
        """A moment on the same clock, as people read it."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def at_once() -> None:
    """The pace of whoever reads without waiting."""


class Pace:
    """Called before each request: waits for its turn; `WindowClosed` when the hours are over."""

    def __init__(
        self,
        per_second: float,
        hours: Hours | None,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second if per_second else 0.0
        self._hours = hours
        self._now = now
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0

    def __call__(self) -> None:
        """One request more."""
        if self._interval:
            wait = self._next - self._clock()
            if wait > 0:
                self._sleep(wait)
            self._next = self._clock() + self._interval
        if self._hours and not self._hours.contain(self._now()):
            raise errors.WindowClosed(str(self._hours))


def parse_hours(text: str, zone: str) -> Hours | None:
    """`22:00-06:00`; None when empty. FieldError when it is another kind of text."""
    known = _zone(zone)
    if not text.strip():
        return None
    match = re.fullmatch(r"\s*(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)\s*", text)
    if match is None:
        raise errors.malformed_hours(text)
    start_hour, start_minute, end_hour, end_minute = (int(part) for part in match.groups())
    try:
        hours = Hours(clock_time(start_hour, start_minute), clock_time(end_hour, end_minute), known)
    except ValueError as error:
        raise errors.malformed_hours(text) from error
    if hours.start == hours.end:
        raise errors.malformed_hours(text)
    return hours


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise errors.malformed_zone(name) from error
