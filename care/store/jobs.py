"""Work to do: jobs, what they said while running, and the calendar that submits them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.jobs import JobKind, JobState, Lane
from care.store.base import Base, Id, text_enum

_ACTIVE = text("state IN ('queued', 'running')")


class Job(Base):
    """The truth about one piece of work.

    `attempts` is the fence: a worker writes only while its own attempt number is the current one. `lease_until` is
    renewed while it works. `slot_key` makes a submission unique (one job per slot of the calendar). At most one job at
    a time is queued or running on a target. A job with `after_job_id` waits for the end, good or bad, of that one.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("uq_job_active_target", "target_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("ix_job_state_lane_due_at", "state", "lane", "due_at"),
    )

    id: Mapped[Id]
    kind: Mapped[JobKind] = mapped_column(text_enum(JobKind))
    lane: Mapped[Lane] = mapped_column(text_enum(Lane))
    args: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[JobState] = mapped_column(text_enum(JobState))
    establishment_id: Mapped[int | None] = mapped_column(ForeignKey("establishment.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(ForeignKey("target.id"))
    after_job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    slot_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    submitted_at: Mapped[datetime]
    submitted_by: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    allowed_attempts: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    cancel_requested_by: Mapped[str | None] = mapped_column(String(200))
    share: Mapped[float] = mapped_column(Float, default=0.0)
    error_fr: Mapped[str | None] = mapped_column(String(2000))
    error_en: Mapped[str | None] = mapped_column(String(2000))
    error_reference: Mapped[str | None] = mapped_column(String(32))


class JobEvent(Base):
    """One sentence a job said while it went on, in both languages. Never changed."""

    __tablename__ = "job_event"
    __table_args__ = (Index("ix_job_event_job_id_id", "job_id", "id"),)

    id: Mapped[Id]
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    share: Mapped[float] = mapped_column(Float)
    fr: Mapped[str] = mapped_column(String(2000))
    en: Mapped[str] = mapped_column(String(2000))


class Schedule(Base):
    """An appointment that comes back: an audit of a target, by a cron line on the clock of the settings.

    `told_fr`, `told_en`: why the last appointment (`told_at`) did not start its audit at once, None when it did.
    """

    __tablename__ = "schedule"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), unique=True)
    cron: Mapped[str] = mapped_column(String(100))
    enabled: Mapped[bool] = mapped_column(default=True)
    told_fr: Mapped[str | None] = mapped_column(String(2000))
    told_en: Mapped[str | None] = mapped_column(String(2000))
    told_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
