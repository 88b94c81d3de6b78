"""What holds audits back in an establishment, and the rhythm at which a target is audited by itself."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.restraints import ExclusionMode
from care.domain.rhythm import Step
from care.store.base import Base, Id, text_enum


class Exclusion(Base):
    """Something that is not contacted (`no_scan`) or whose weaknesses are set aside (`no_report`), to the day `until`
    included. `what` is an address, a network, a name or `*.suffix`. A lifted one stays, to explain former audits.
    """

    __tablename__ = "exclusion"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    what: Mapped[str] = mapped_column(String(300))
    mode: Mapped[ExclusionMode] = mapped_column(text_enum(ExclusionMode))
    reason: Mapped[str] = mapped_column(String(500))
    until: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None] = mapped_column(String(200))


class QuietHours(Base):
    """Hours without audits, `07:30-18:00`, on the days of the week whose digits `weekdays` holds (0 is Monday)."""

    __tablename__ = "quiet_hours"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    weekdays: Mapped[str] = mapped_column(String(7))
    hours: Mapped[str] = mapped_column(String(11))
    reason: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))


class Freeze(Base):
    """Days without audits, both included."""

    __tablename__ = "freeze"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))


class AuditStop(Base):
    """Everything is stopped in this establishment: no audit starts until somebody allows them again."""

    __tablename__ = "audit_stop"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(500))
    stopped_at: Mapped[datetime]
    stopped_by: Mapped[str] = mapped_column(String(200))


class Rhythm(Base):
    """A target that is audited again as what was found there calls for. `step` and `due_at` come from `run_id`.

    `told_fr`, `told_en`: why the last appointment (`told_at`) did not start its audit at once, None when it did.
    """

    __tablename__ = "rhythm"

    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"), primary_key=True)
    enabled: Mapped[bool]
    step: Mapped[Step | None] = mapped_column(text_enum(Step))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    told_fr: Mapped[str | None] = mapped_column(String(2000))
    told_en: Mapped[str | None] = mapped_column(String(2000))
    told_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
