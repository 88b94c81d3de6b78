"""Whether this process can serve people now, and what a supervisor measures of the installation.

Nothing here names a person nor an establishment: counts, ages and sizes only.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from care.domain.jobs import ACTIVE, JobState
from care.domain.mail import MailState
from care.services.platform import Platform
from care.services.setup import check_database
from care.store.jobs import Job
from care.store.outbox import Mail
from scanners.errors import SaidError

LEAST_FREE = 64 << 20
"""Bytes below which nothing that matters can be recorded any more (our choice)."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each part and whether it holds: `database` answers, `schema` is that of the program, `disk` has room."""

    parts: Mapping[str, bool]

    @property
    def ready(self) -> bool:
        """Whether all of them hold."""
        return all(self.parts.values())


@dataclass(frozen=True, slots=True)
class Measures:
    """What is counted: jobs by state, seconds since the oldest waiting one was due, mails waiting, free bytes."""

    jobs: Mapping[JobState, int]
    oldest_wait: float
    mails_waiting: int
    disk_free: int


def readiness(platform: Platform) -> Readiness:
    """What holds now. Never raises for a database that does not answer."""
    try:
        found = check_database(platform)
        answers, current = True, found.up_to_date
    except (SaidError, SQLAlchemyError):
        answers = current = False
    return Readiness({"database": answers, "schema": current, "disk": _free(platform) >= LEAST_FREE})


def measures(platform: Platform) -> Measures:
    """What a supervisor draws, by a few counts."""
    now = platform.clock.now()
    with platform.database.read() as session:
        counted = dict(session.execute(select(Job.state, func.count()).group_by(Job.state)).all())
        oldest = session.scalar(select(func.min(Job.due_at)).where(Job.state == JobState.QUEUED, Job.due_at <= now))
        waiting = select(func.count()).select_from(Mail).where(Mail.state == MailState.WAITING)
        mails = session.scalar(waiting) or 0
    states = {state: counted.get(state, 0) for state in sorted({*ACTIVE, *counted})}
    return Measures(states, _seconds(oldest, now), mails, _free(platform))


def _seconds(oldest: datetime | None, now: datetime) -> float:
    return 0.0 if oldest is None else (now - oldest).total_seconds()


def _free(platform: Platform) -> int:
    try:
        return shutil.disk_usage(platform.settings.data_dir).free
    except OSError:
        return 0
