"""The brake on failed sign-ins: how long an account name or an address must wait. Pure.

An account may fail five times freely, then waits 30 s, doubled at each failure up to 15 min: about a hundred guesses a
day, without letting a prankster close the account for good. An address, which a whole hospital may share, has 30.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_FOR_ACCOUNT = 5
FREE_FOR_ADDRESS = 30
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
# After this long without a failure the count starts again.
FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Brake:
    """Failures counted so far for one key; `blocked_until` is None when the next attempt is free."""

    failures: int
    last_at: datetime
    blocked_until: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """How long the next attempt has to wait; zero when it need not. A clock gone back never waits longer."""
        if self.blocked_until is None or self.blocked_until <= now:
            return timedelta(0)
        return min(self.blocked_until - now, LONGEST_WAIT)


def after_failure(before: Brake | None, free: int, now: datetime) -> Brake:
    """The brake once one more attempt has failed."""
    counted = before.failures if before is not None and now - before.last_at < FORGOTTEN_AFTER else 0
    failures = counted + 1
    if failures < free:
        return Brake(failures, now)
    doublings = min(failures - free, 10)
    return Brake(failures, now, now + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT))
