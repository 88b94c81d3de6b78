"""Evidence: files named by their content, and what they are evidence of."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from care.store.base import Base, Id


class StoredContent(Base):
    """One file of the evidence store. `sound` is what the last verification found."""

    __tablename__ = "stored_content"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    stored_at: Mapped[datetime]
    verified_at: Mapped[datetime] = mapped_column(index=True)
    sound: Mapped[bool] = mapped_column(default=True)


class Evidence(Base):
    """A piece of evidence of one establishment; several may hold the same content.

    The effective period is what the evidence speaks of, distinct from when it was added; None is open-ended.
    """

    __tablename__ = "evidence"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_content.sha256"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None]
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(200))
