"""What other tools reported: files being read, what each imported report covered, the texts of foreign rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.store.base import Base, Id


class ReportedRule(Base):
    """A rule of another tool (`nessus.19506`), in the words of the last report that the establishment imported.

    Kept per establishment: a report of one never changes what another reads. An empty English text is the same as the
    French one: those are the tool's own words; where both are filled they are ours.
    """

    __tablename__ = "reported_rule"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(100), primary_key=True)
    title_fr: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300))
    description_fr: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    remediation_fr: Mapped[str] = mapped_column(Text)
    remediation_en: Mapped[str] = mapped_column(Text)
    refs: Mapped[list[Any]] = mapped_column(JSON)
    reported_at: Mapped[datetime]


class ImportDraft(Base):
    """A file sent: being read, waiting for a person's confirmation, being recorded, or recorded as `run_id`.

    Its content is in `folder`, under the folder of imports. `tool` is empty until it is recognised. `job_id` is the
    last job asked for it: where the draft stands follows from that job. `reading` is what its reading told, `preview`
    what recording it would change (`care.services.import_preview`): a few kilobytes, however large the file.
    """

    __tablename__ = "import_draft"
    __table_args__ = (Index("ix_import_draft_establishment_id", "establishment_id"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    tool: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    attachment: Mapped[str] = mapped_column(String(200))
    folder: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str] = mapped_column(String(200))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="SET NULL"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"))
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSON)


class ImportedReport(Base):
    """What a run made of another tool's file covered, so that an older file imported later finds its place.

    `coverage` and `products` are compressed JSON (`care.services.coverage`, `care.services.alerts.reported`); the
    latter is None where the file was imported before products were kept. `declared_by` is who said that the report was
    complete for its target; empty when nobody did. `left_out` counts the entries of the file that are no weakness.
    """

    __tablename__ = "imported_report"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    tool_version: Mapped[str] = mapped_column(String(100))
    hosts: Mapped[int]
    left_out: Mapped[int]
    declared_by: Mapped[str] = mapped_column(String(200))
    coverage: Mapped[bytes] = mapped_column(LargeBinary)
    products: Mapped[bytes | None] = mapped_column(LargeBinary)
