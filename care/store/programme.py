"""The programme and the certification: application files, yearly socle, visits and what visitors consulted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.application_files import FileState
from care.domain.programme import AnswerVerdict, Inquiry, VisitKind, VisitState
from care.store.base import Base, Id, text_enum
from care.store.frameworks import HOLDER


class ApplicationFile(Base):
    """The file of one candidate for one domain of the programme. Amounts are whole euros."""

    __tablename__ = "application_file"
    __table_args__ = (UniqueConstraint("holder", "framework"),)

    id: Mapped[Id]
    holder: Mapped[str] = mapped_column(String(HOLDER))
    framework: Mapped[str] = mapped_column(String(60))
    state: Mapped[FileState] = mapped_column(text_enum(FileState))
    reference: Mapped[str] = mapped_column(String(100), default="")
    owner: Mapped[str] = mapped_column(String(200), default="")
    candidacy_on: Mapped[date | None]
    declaration_on: Mapped[date | None]
    declare_until: Mapped[date | None]
    asked: Mapped[int | None] = mapped_column(BigInteger)
    obtained: Mapped[int | None] = mapped_column(BigInteger)
    paid: Mapped[int | None] = mapped_column(BigInteger)
    paid_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ApplicationEvent(Base):
    """Something that happened to a file: a state (`what` = `state`), a correction, a dossier made. Never changed.

    `on` is the day it happened as typed. A dossier keeps the requirements as they stood and the versions that applied.
    """

    __tablename__ = "application_event"
    __table_args__ = (Index("ix_application_event_file_id_id", "file_id", "id"),)

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("application_file.id"))
    what: Mapped[str] = mapped_column(String(24))
    on: Mapped[date]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))


class SocleYear(Base):
    """The yearly cyber socle of one establishment. Amounts are whole euros."""

    __tablename__ = "socle_year"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    asked: Mapped[int | None] = mapped_column(BigInteger)
    obtained: Mapped[int | None] = mapped_column(BigInteger)
    asked_on: Mapped[date | None]
    obtained_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class Visit(Base):
    """A certification visit or its rehearsal. `holder` is the establishment or the legal entity visited.

    `scope` says what it looks at: `{"establishments": [7], "frameworks": ["has"]}`. From `starts_at` to `ends_at`
    (UTC) its visitors read; neither is moved once the end is past.
    """

    __tablename__ = "visit"
    __table_args__ = (Index("ix_visit_holder", "holder"), Index("ix_visit_ends_at", "ends_at"))

    id: Mapped[Id]
    holder: Mapped[str] = mapped_column(String(HOLDER))
    kind: Mapped[VisitKind] = mapped_column(text_enum(VisitKind))
    title: Mapped[str] = mapped_column(String(200))
    scope: Mapped[dict[str, Any]] = mapped_column(JSON)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[VisitState] = mapped_column(text_enum(VisitState))
    conclusion: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class VisitNote(Base):
    """What was seen of one element during a visit, most of all a rehearsal. The last one of each visit, item and
    inquiry counts; never changed. `asked`: the evidence that was asked for."""

    __tablename__ = "visit_note"
    __table_args__ = (Index("ix_visit_note_visit_id_item", "visit_id", "framework", "item", "id"),)

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    framework: Mapped[str] = mapped_column(String(60))
    item: Mapped[str] = mapped_column(String(64))
    inquiry: Mapped[Inquiry | None] = mapped_column(text_enum(Inquiry))
    verdict: Mapped[AnswerVerdict] = mapped_column(text_enum(AnswerVerdict))
    note: Mapped[str] = mapped_column(Text, default="")
    who_met: Mapped[str] = mapped_column(String(200), default="")
    asked: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))


class VisitAccess(Base):
    """One visitor of one visit. The link holds a random token, the database its SHA-256 only; likewise the cookie
    (`session_hash`) that the link is exchanged for."""

    __tablename__ = "visit_access"

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    session_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(200))
    revoked_why: Mapped[str | None] = mapped_column(String(300))


class VisitView(Base):
    """One page or file that a visitor asked for; `allowed` is False for what was refused. Never changed."""

    __tablename__ = "visit_view"
    __table_args__ = (Index("ix_visit_view_access_id_id", "access_id", "id"),)

    id: Mapped[Id]
    access_id: Mapped[int] = mapped_column(ForeignKey("visit_access.id"))
    at: Mapped[datetime]
    page: Mapped[str] = mapped_column(String(60))
    thing: Mapped[str] = mapped_column(String(200), default="")
    allowed: Mapped[bool] = mapped_column(default=True)
    address: Mapped[str] = mapped_column(String(64), default="")
