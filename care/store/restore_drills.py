"""Restore drills: what each did, and the sheet that somebody filed of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.store.base import BIG, Base


class RestoreDrill(Base):
    """One drill, known by its run; its files and tables are in the facts of the run.

    `good` is None when the drill could not be made. `point_at` is the time of the backup, `seconds` those of the
    restore alone, `full_minutes` what all of the point would take, None when it cannot be told. `rights_by` says who
    checked the access rights of what was restored. `evidence_id` is the sheet, None until it is filed.
    """

    __tablename__ = "restore_drill"
    __table_args__ = (Index("ix_restore_drill_establishment_id", "establishment_id", "done_at"),)

    run_id: Mapped[int] = mapped_column(BIG, ForeignKey("run.id"), primary_key=True, autoincrement=False)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    done_at: Mapped[datetime]
    repository: Mapped[str] = mapped_column(String(64))
    system: Mapped[str] = mapped_column(String(300))
    mode: Mapped[str] = mapped_column(String(16))
    good: Mapped[bool | None]
    point: Mapped[str] = mapped_column(String(255))
    point_at: Mapped[datetime | None]
    sampled: Mapped[int]
    compared: Mapped[int]
    wrong: Mapped[int]
    size: Mapped[int] = mapped_column(BIG)
    seconds: Mapped[float]
    full_minutes: Mapped[int | None]
    operator: Mapped[str] = mapped_column(String(300))
    requester: Mapped[str] = mapped_column(String(300))
    rights_by: Mapped[str] = mapped_column(String(300), default="")
    remark: Mapped[str] = mapped_column(Text, default="")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"), index=True)
    filed_at: Mapped[datetime | None]
    filed_by: Mapped[str] = mapped_column(String(200), default="")
