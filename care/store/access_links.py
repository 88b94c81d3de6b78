"""What people without an account say of remote accesses: suppliers of theirs, owners during a review."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.access_links import LinkKind, ReviewVerdict
from care.store.base import Base, Id, text_enum


class AccessReview(Base):
    """A review of the remote accesses of an establishment: each owner confirms or revokes, until it is closed.

    `evidence_id` is its minutes, filed when it was closed; `escalated_on` the day on which those in charge were told
    that owners do not answer.
    """

    __tablename__ = "access_review"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(200))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str] = mapped_column(String(200), default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    escalated_on: Mapped[date | None]


class AccessReviewRhythm(Base):
    """How often an establishment reviews its remote accesses, and whether its reviews open by themselves.

    Without a row: every year, by themselves.
    """

    __tablename__ = "access_review_rhythm"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True, autoincrement=False)
    months: Mapped[int]
    opens: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))


class AccessLink(Base):
    """A link that lets one supplier, or one owner of a review, answer about some accesses without an account.

    The link itself is not kept here: `token_hash` is its SHA-256; the outbox has it in the letter that took it away.
    `name` is that of the supplier or of the owner, `signed_by` who answered, as typed. `reminded_on` is the last day it
    was reminded.
    """

    __tablename__ = "access_link"
    __table_args__ = (Index("ix_access_link_establishment_id", "establishment_id", "kind"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    kind: Mapped[LinkKind] = mapped_column(text_enum(LinkKind))
    review_id: Mapped[int | None] = mapped_column(ForeignKey("access_review.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    signed_by: Mapped[str] = mapped_column(String(200), default="")
    revoked_at: Mapped[datetime | None]
    reminded_on: Mapped[date | None]


class AccessAnswer(Base):
    """One access as a link asks about it, and the last thing that was said of it.

    `said` holds what a supplier filled in, by the names of the register's columns; `verdict` what an owner decided.
    `shown` is how the access was called when it was asked. `taken_at`: what was said went into the register, or the
    correction that the owner asked for was made.
    """

    __tablename__ = "access_answer"
    __table_args__ = (UniqueConstraint("link_id", "access_id"),)

    id: Mapped[Id]
    link_id: Mapped[int] = mapped_column(ForeignKey("access_link.id", ondelete="CASCADE"))
    access_id: Mapped[int] = mapped_column(ForeignKey("remote_access.id"), index=True)
    shown: Mapped[dict[str, Any]] = mapped_column(JSON)
    said: Mapped[dict[str, Any]] = mapped_column(JSON)
    verdict: Mapped[ReviewVerdict | None] = mapped_column(text_enum(ReviewVerdict))
    note: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(200), default="")
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[str] = mapped_column(String(200), default="")
