"""The calendar's slots: one key per schedule and minute, so that two calendars submit one job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from care.domain.jobs import JobKind


@dataclass(frozen=True, slots=True)
class Slot:
    """One appointment of a schedule: `at` is when it was due (UTC)."""

    schedule: str
    at: datetime

    @property
    def key(self) -> str:
        """Unique in the job table: `purge@2026-03-02T02:30Z`."""
        return f"{self.schedule}@{self.at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Work every installation does by itself; `cron` is minute, hour, day, month, weekday in Paris time."""

    name: str
    kind: JobKind
    cron: str


HOUSEKEEPING = (
    Housekeeping("purge", JobKind.PURGE, "40 3 * * *"),
    Housekeeping("mail", JobKind.MAIL, "*/10 * * * *"),
    Housekeeping("verify_evidence", JobKind.VERIFY_EVIDENCE, "15 4 * * sun"),
)
