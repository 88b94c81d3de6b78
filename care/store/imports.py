"""What other tools reported: the texts of their rules, as their report wrote them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.store.base import Base


class ReportedRule(Base):
    """A rule of another tool (`nessus.19506`), in the words of the last report that the establishment imported.

    Kept per establishment: a report of one never changes what another reads.
    """

    __tablename__ = "reported_rule"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(100), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text)
    remediation: Mapped[str] = mapped_column(Text)
    refs: Mapped[list[Any]] = mapped_column(JSON)
    reported_at: Mapped[datetime]
