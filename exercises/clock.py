"""The exercise clock: the stretches of time during which the exercise ran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch that ran from an instant (aware), when the clock showed `begin` seconds. `end` is what it showed when
    the stretch was over, None while it runs."""

    since: datetime
    begin: float
    end: float | None = None

    def at(self, instant: datetime) -> float:
        """What the clock showed at an instant: never less than at the start of the stretch, never more than at its
        end."""
        shown = self.begin + max(0.0, (instant - self.since).total_seconds())
        return shown if self.end is None else min(shown, self.end)


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds of exercise at any instant. Stretches are in the order in which they were opened."""

    stretches: tuple[Stretch, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether time passes."""
        return bool(self.stretches) and self.stretches[-1].end is None

    def at(self, now: datetime) -> float:
        """Seconds of exercise now. Never less than what is over, even if the machine's clock went back."""
        return self.stretches[-1].at(now) if self.stretches else 0.0

    def when(self, instant: datetime) -> float:
        """Seconds of exercise at an instant of the past: that of the last stretch that had begun."""
        begun = [one for one in self.stretches if one.since <= instant]
        return begun[-1].at(instant) if begun else 0.0

    def instant(self, second: float) -> datetime | None:
        """When a second of the exercise is, or was: none before the start, nor while the clock stands still."""
        for one in reversed(self.stretches):
            if one.begin <= second and (one.end is None or second <= one.end):
                return one.since + timedelta(seconds=second - one.begin)
        return None

    def started(self, now: datetime) -> Clock:
        """Running from now on; unchanged when it runs already."""
        return self if self.runs else Clock((*self.stretches, Stretch(now, self.at(now))))

    def stopped(self, now: datetime) -> Clock:
        """Standing still from now on; unchanged when it does already."""
        if not self.runs:
            return self
        last = self.stretches[-1]
        return Clock((*self.stretches[:-1], Stretch(last.since, last.begin, last.at(now))))

    def set(self, elapsed: float, now: datetime) -> Clock:
        """Showing `elapsed` seconds now, running or not as before."""
        moved = Clock((*self.stopped(now).stretches, Stretch(now, elapsed)))
        return moved if self.runs else moved.stopped(now)
