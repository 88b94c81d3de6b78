"""The platform: what every service receives as its first argument.

Ports are small protocols; `care.wiring` chooses what stands behind them, tests give their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from care.config import Settings
from care.store.engine import Database


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present instant, UTC aware."""


class Passwords(Protocol):
    """Keeps passwords as slow hashes."""

    def hash(self, password: str) -> str:
        """A salted hash in its own written form."""

    def verify(self, stored: str, password: str) -> bool:
        """Whether `password` is the one behind `stored`; takes as long when it is not."""

    def outdated(self, stored: str) -> bool:
        """Whether `stored` was made with weaker parameters than today's."""


@dataclass(frozen=True, slots=True)
class Platform:
    """The ports of a running installation."""

    settings: Settings
    database: Database
    clock: Clock
    passwords: Passwords
