"""The calendar: appointments that come back, and their slots, one key each, so that two calendars submit one job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something due again and again; `cron` is minute, hour, day, month, weekday on the hospital’s clock."""

    name: str
    cron: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One occurrence of an appointment: `at` is when it was due (UTC)."""

    name: str
    at: datetime

    @property
    def key(self) -> str:
        """Unique in the job table: `purge@2026-03-02T02:30Z`."""
        return f"{self.name}@{self.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


class Every(StrEnum):
    """How often an audit comes back."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_TWO_MONTHS = 62
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When an audit comes back: at `hour`:`minute`, on `weekday` (0 is Monday) if weekly, on the 1st if monthly."""

    every: Every
    hour: int
    minute: int = 0
    weekday: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.hour <= 23 and 0 <= self.minute <= 59 and 0 <= self.weekday <= 6):
            raise ValueError("no such time of the week")

    @property
    def cron(self) -> str:
        """The same as a cron line."""
        day = "1" if self.every is Every.MONTH else "*"
        weekday = _WEEKDAYS[self.weekday] if self.every is Every.WEEK else "*"
        return f"{self.minute} {self.hour} {day} * {weekday}"

    @classmethod
    def of(cls, cron: str) -> Recurrence:
        """The recurrence that wrote this cron line."""
        minute, hour, day, _month, weekday = cron.split()
        every = Every.MONTH if day == "1" else Every.WEEK if weekday != "*" else Every.DAY
        return cls(every, int(hour), int(minute), _WEEKDAYS.index(weekday) if weekday != "*" else 0)

    def after(self, moment: datetime, zone: tzinfo) -> datetime:
        """The first time (UTC) later than `moment`, on the clock on the wall of `zone`."""
        there = moment.astimezone(zone).date()
        days = (there + timedelta(days=number) for number in range(-1, _TWO_MONTHS))
        times = (self._on(day, zone) for day in days if self._falls_on(day))
        return next(one for one in times if one > moment)

    def _falls_on(self, day: date) -> bool:
        if self.every is Every.MONTH:
            return day.day == 1
        return self.every is Every.DAY or day.weekday() == self.weekday

    def _on(self, day: date, zone: tzinfo) -> datetime:
        return datetime.combine(day, time(self.hour, self.minute), zone).astimezone(UTC)
