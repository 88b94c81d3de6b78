"""The exercise clock: the sum of the stretches of time during which the exercise ran."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """`elapsed` counts the seconds of the stretches that are over; `since` (aware) is when the running one began."""

    elapsed: float = 0.0
    since: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether time passes."""
        return self.since is not None

    def at(self, now: datetime) -> float:
        """Seconds of exercise at this instant. Never less than what is over, even if the machine's clock went back."""
        if self.since is None:
            return self.elapsed
        return self.elapsed + max(0.0, (now - self.since).total_seconds())

    def started(self, now: datetime) -> Clock:
        """Running from now on; unchanged when it runs already."""
        return self if self.runs else replace(self, since=now)

    def stopped(self, now: datetime) -> Clock:
        """Standing still from now on."""
        return Clock(self.at(now))

    def set(self, elapsed: float, now: datetime) -> Clock:
        """Showing `elapsed` seconds now, running or not as before."""
        return Clock(elapsed, now if self.runs else None)
