"""States of a job, and the few decisions about it that need no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands. A job leaves the last three never."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self not in ACTIVE


ACTIVE = frozenset({JobState.QUEUED, JobState.RUNNING})


class Standing(StrEnum):
    """What a worker learns of a job in its hands: it is still its own, its end was asked for, it went on elsewhere."""

    OURS = "ours"
    ENDING = "ending"
    LOST = "lost"


class Lane(StrEnum):
    """Four queues: an hour of audit never holds up a mail, nor either of them the person who imports a file. Bastions
    have their own: they are many, weigh little, and one that hangs costs its own time only."""

    AUDIT = "audit"
    BASTION = "bastion"
    SERVICE = "service"
    IMPORT = "import"


class JobKind(StrEnum):
    """Everything a worker knows to do."""

    AUDIT = "audit"
    MAIL = "mail"
    PURGE = "purge"
    VERIFY_EVIDENCE = "verify_evidence"
    CHECKPOINT = "checkpoint"
    BOOK = "book"
    DOSSIER = "dossier"
    REMIND = "remind"
    VERIFY_TRAIL = "verify_trail"
    READ_IMPORT = "read_import"
    COMPARE_IMPORT = "compare_import"
    RECORD_IMPORT = "record_import"
    VULNERABILITIES = "vulnerabilities"
    CRISIS_PACK = "crisis_pack"
    CRISIS_PACKS = "crisis_packs"
    ASSESS = "assess"
    CLOSE_VISITS = "close_visits"
    ACCESS_REVIEWS = "access_reviews"
    CAMPAIGN_AUDITS = "campaign_audits"
    FIGURES = "figures"
    PUSH = "push"
    MEASURE = "measure"
    ALERT = "alert"
    REPORT = "report"
    REPORT_ORDERS = "report_orders"
    RHYTHM = "rhythm"
    INSTANCE_DRILL = "instance_drill"


@dataclass(frozen=True, slots=True)
class Terms:
    """How jobs of one kind are run: in which lane, and how many times a dead worker's job is tried in all."""

    lane: Lane
    attempts: int


TERMS: Mapping[JobKind, Terms] = {
    JobKind.AUDIT: Terms(Lane.AUDIT, attempts=2),
    JobKind.MAIL: Terms(Lane.SERVICE, attempts=5),
    JobKind.PURGE: Terms(Lane.SERVICE, attempts=2),
    JobKind.VERIFY_EVIDENCE: Terms(Lane.SERVICE, attempts=2),
    JobKind.CHECKPOINT: Terms(Lane.SERVICE, attempts=2),
    JobKind.BOOK: Terms(Lane.SERVICE, attempts=2),
    JobKind.DOSSIER: Terms(Lane.SERVICE, attempts=2),
    JobKind.REMIND: Terms(Lane.SERVICE, attempts=3),
    JobKind.VERIFY_TRAIL: Terms(Lane.SERVICE, attempts=2),
    JobKind.READ_IMPORT: Terms(Lane.IMPORT, attempts=2),
    JobKind.COMPARE_IMPORT: Terms(Lane.IMPORT, attempts=2),
    JobKind.RECORD_IMPORT: Terms(Lane.IMPORT, attempts=2),
    JobKind.VULNERABILITIES: Terms(Lane.IMPORT, attempts=2),
    JobKind.CRISIS_PACK: Terms(Lane.SERVICE, attempts=2),
    JobKind.CRISIS_PACKS: Terms(Lane.SERVICE, attempts=2),
    JobKind.ASSESS: Terms(Lane.SERVICE, attempts=3),
    JobKind.CLOSE_VISITS: Terms(Lane.SERVICE, attempts=5),
    JobKind.ACCESS_REVIEWS: Terms(Lane.SERVICE, attempts=5),
    JobKind.CAMPAIGN_AUDITS: Terms(Lane.SERVICE, attempts=3),
    JobKind.FIGURES: Terms(Lane.SERVICE, attempts=3),
    JobKind.PUSH: Terms(Lane.SERVICE, attempts=3),
    JobKind.MEASURE: Terms(Lane.SERVICE, attempts=3),
    JobKind.ALERT: Terms(Lane.SERVICE, attempts=5),
    JobKind.REPORT: Terms(Lane.SERVICE, attempts=2),
    JobKind.REPORT_ORDERS: Terms(Lane.SERVICE, attempts=3),
    JobKind.RHYTHM: Terms(Lane.SERVICE, attempts=3),
    JobKind.INSTANCE_DRILL: Terms(Lane.SERVICE, attempts=2),
}

APART = "apart"
"""The argument of a job that takes more memory than the server may: its worker does it in a process of its own."""

LEASE = timedelta(seconds=30)
"""A worker that has not renewed its lease for so long is taken for dead. Renewed every third of it."""

MOST_APART = LEASE / 3
"""Between the clock of a worker and that of the database: further apart, two workers take each other for dead."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job held by a worker. `fence` is the attempt's number: a worker that lost its job no longer matches it."""

    job_id: int
    kind: JobKind
    args: Mapping[str, object]
    fence: int
    lease_until: datetime


def next_after_death(attempts: int, allowed: int, cancel_requested: bool) -> JobState:
    """What becomes of a job whose worker died: cancelled if that was asked, tried again, or failed."""
    if cancel_requested:
        return JobState.CANCELLED
    return JobState.QUEUED if attempts < allowed else JobState.FAILED
