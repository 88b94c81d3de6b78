"""Audits made: campaigns, runs, and what each rule said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.restraints import StopCause
from care.store.base import Base, Id, SeverityRank, text_enum
from care.store.targets import Target
from scanners.model import Severity, Status


class Campaign(Base):
    """Runs started together, reported together."""

    __tablename__ = "campaign"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(200))


class Run(Base):
    """One audit of one target. Its progress is its job's; the columns after `recorded_at` are empty until recorded.

    `collected_from` and `collected_to` are the times of the collection, `perimeter` what it covered (the manifest's
    target), `facts_id` the archive. The counts of findings compare with what was known before. `stopped` says what cut
    the collection short, `left_over` how many addresses it left; `continues_id` is the run whose rest it takes up.
    `spared` are the exclusions it took into account.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_establishment_id_id", "establishment_id", "id"),
        Index("ix_run_target_id_collected_to", "target_id", "collected_to"),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"))
    scanner: Mapped[str] = mapped_column(String(32))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), unique=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime | None]
    collected_from: Mapped[datetime | None]
    collected_to: Mapped[datetime | None]
    perimeter: Mapped[str | None] = mapped_column(Text)
    facts_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    complete: Mapped[bool | None]
    gaps: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    passed: Mapped[int | None]
    failed: Mapped[int | None]
    not_assessable: Mapped[int | None]
    error: Mapped[int | None]
    findings_new: Mapped[int | None]
    findings_still: Mapped[int | None]
    findings_fixed: Mapped[int | None]
    findings_back: Mapped[int | None]
    stopped: Mapped[StopCause | None] = mapped_column(text_enum(StopCause))
    left_over: Mapped[int | None]
    continues_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    spared: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)


def latest_of_each_target(*conditions: ColumnElement[bool]) -> Select[int]:
    """The runs that looked last at each target, among those of these conditions (on runs and their targets).

    Not those recorded last: a collection or a report brought late looked before others. One that has not collected yet
    counts from when it was asked for.
    """
    at = func.coalesce(Run.collected_to, Run.asked_at)
    rank = func.row_number().over(partition_by=Run.target_id, order_by=(at.desc(), Run.id.desc()))
    ranked = select(Run.id, rank.label("rank")).join(Target, Target.id == Run.target_id).where(*conditions).subquery()
    return select(ranked.c.id).where(ranked.c.rank == 1)


class RuleOutcome(Base):
    """What one rule said in one run; `conclusive` answers close findings they no longer name."""

    __tablename__ = "rule_outcome"
    __table_args__ = (UniqueConstraint("run_id", "rule"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    rule: Mapped[str] = mapped_column(String(100))
    status: Mapped[Status] = mapped_column(text_enum(Status))
    conclusive: Mapped[bool]
    severity: Mapped[Severity] = mapped_column(SeverityRank())
    population: Mapped[int | None]
    findings: Mapped[int]
    reason_fr: Mapped[str] = mapped_column(Text)
    reason_en: Mapped[str] = mapped_column(Text)


class DirectorySummary(Base):
    """What a run on a directory says that only its facts tell, kept so that no page reads them.

    `work` holds the least work to the next level and the actions by effect (`care-audit/1`, `level`). `paths` is the
    summary of control paths, its JSON compressed; None for the reason that `unread_fr` and `unread_en` give.
    `everyone` is the path of each principal, a table (`scanners.ad.control_paths.everyone`) that only the pages which
    need it load; None where `paths` is, and for runs recorded before it was kept.
    """

    __tablename__ = "directory_summary"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    work: Mapped[dict[str, Any]] = mapped_column(JSON)
    paths: Mapped[bytes | None] = mapped_column(LargeBinary)
    unread_fr: Mapped[str] = mapped_column(Text)
    unread_en: Mapped[str] = mapped_column(Text)
    everyone: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
