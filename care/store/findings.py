"""Weaknesses of an establishment: one row each for ever, where they were seen, and what happened to them.

What each run saw is not copied row by row: a sighting keeps, per target, when a finding was first and last seen and
when it was found gone, and events keep every crossing with its run. The full detail of a run stays in its archive of
facts. Weekly audits of a region would otherwise add as many rows as there are findings, every week.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.findings import MAX_KEY, State, Verdict
from care.store.base import Base, Id, SeverityRank, text_enum
from scanners.model import Severity


class FindingRow(Base):
    """One weakness: establishment + rule + canonical subject. `subject` is as last written by the rule.

    The decision columns hold what a person decided, until it ends: then they are emptied, so that a clock that goes
    back revives nothing. `state` follows from them and from the sightings.
    """

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("establishment_id", "rule", "subject_key"),
        Index("ix_finding_list", "establishment_id", "state", "severity", "first_seen_at", "id"),
        Index(
            "ix_finding_decided_until",
            "decided_until",
            sqlite_where=text("decided_until IS NOT NULL"),
            postgresql_where=text("decided_until IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    scanner: Mapped[str] = mapped_column(String(32))
    rule: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(Text)
    subject_key: Mapped[str] = mapped_column(String(MAX_KEY))
    severity: Mapped[Severity] = mapped_column(SeverityRank())
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[State] = mapped_column(text_enum(State))
    first_seen_at: Mapped[datetime]
    decided_as: Mapped[Verdict | None] = mapped_column(text_enum(Verdict))
    decided_until: Mapped[datetime | None]


class SightingRow(Base):
    """A finding as one target sees it; times are those of the collections.

    `unwatched_at`: since when the target no longer leads there, None while it does.
    """

    __tablename__ = "sighting"
    __table_args__ = (
        Index("ix_sighting_target_id_rule", "target_id", "rule"),
        Index(
            "ix_sighting_unwatched_at",
            "unwatched_at",
            sqlite_where=text("unwatched_at IS NOT NULL"),
            postgresql_where=text("unwatched_at IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id", ondelete="CASCADE"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(100))
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    perimeter: Mapped[str] = mapped_column(Text)
    gone_at: Mapped[datetime | None]
    unwatched_at: Mapped[datetime | None]


class FindingEvent(Base):
    """Something that happened to a finding. Never changed.

    `what` is `new`, `fixed`, `back` (with the run), `decided`, `withdrawn`, `expired` or `confirmed_gone`; `detail`
    holds the verdict, the reason, the signatory and the end of a decision.
    """

    __tablename__ = "finding_event"
    __table_args__ = (Index("ix_finding_event_finding_id_id", "finding_id", "id"),)

    id: Mapped[Id]
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id", ondelete="CASCADE"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
