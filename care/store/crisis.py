"""The crisis pack and what it is made of: who to call, duties to declare, checklists, packs already made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.continuity import CellKind
from care.store.base import Base, Id, text_enum


class CrisisContact(Base):
    """Someone to call when nothing works. `fallback` is a number that does not need the hospital's telephones."""

    __tablename__ = "crisis_contact"
    __table_args__ = (Index("ix_crisis_contact_establishment_id_cell_rank", "establishment_id", "cell", "rank"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    cell: Mapped[CellKind] = mapped_column(text_enum(CellKind))
    rank: Mapped[int] = mapped_column(default=0)
    function: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    organisation: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    fallback: Mapped[str] = mapped_column(String(60), default="")
    mail: Mapped[str] = mapped_column(String(200), default="")
    deputy: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    checked_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class DeclarationDuty(Base):
    """A duty to declare an incident, as the establishment rewrote it; without rows, those of the kit hold."""

    __tablename__ = "declaration_duty"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    duty: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ChecklistAnswer(Base):
    """Where an establishment stands on one item of a kit's checklist (`plan-blanc:cellule`)."""

    __tablename__ = "checklist_answer"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    checklist: Mapped[str] = mapped_column(String(64), primary_key=True)
    item: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class CrisisPack(Base):
    """A crisis pack that was made. `fingerprint` is that of its content: a new pack is due when it no longer matches.

    The files lie in the content store: the PDF (`pdf_sha256`) and the folder as a zip (`zip_sha256`).
    """

    __tablename__ = "crisis_pack"
    __table_args__ = (Index("ix_crisis_pack_establishment_id_made_at", "establishment_id", "made_at"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(String(32))
    expires_on: Mapped[date]
    fingerprint: Mapped[str] = mapped_column(String(64))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    pdf_size: Mapped[int]
    zip_sha256: Mapped[str] = mapped_column(String(64))
    zip_size: Mapped[int]
