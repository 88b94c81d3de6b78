"""Remote accesses of suppliers: the register that an establishment keeps of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.remote_access import Service, Technology
from care.store.base import Base, Id, text_enum


class RemoteAccess(Base):
    """One access of a supplier to one equipment. None and "" mean that nobody said.

    `criticality` is that of the equipment for care, 1 to 4; `level` the palier (1 or 2) of the PGSSI-S guide that the
    supplier commits to. Days: `security_plan_on` the security assurance plan was accepted, `reviewed_on` the access was
    last reviewed, `flow_reviewed_on` the opening of its flows was, `attested_on` the supplier last filled its yearly
    sheet. `starts_on` and `ends_on` are those of the access, `ended_on` when its line was closed.
    """

    __tablename__ = "remote_access"
    __table_args__ = (Index("ix_remote_access_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    supplier: Mapped[str] = mapped_column(String(200))
    equipment: Mapped[str] = mapped_column(String(300))
    biomedical: Mapped[bool | None]
    criticality: Mapped[int | None]
    owner: Mapped[str] = mapped_column(String(200), default="")
    owner_email: Mapped[str] = mapped_column(String(320), default="")
    purpose: Mapped[str] = mapped_column(String(500), default="")
    service: Mapped[Service | None] = mapped_column(text_enum(Service))
    technology: Mapped[Technology | None] = mapped_column(text_enum(Technology))
    gateway: Mapped[str] = mapped_column(String(300), default="")
    dedicated_gateway: Mapped[bool | None]
    accounts: Mapped[list[str]] = mapped_column(JSON)
    sources: Mapped[list[str]] = mapped_column(JSON)
    enabled: Mapped[bool | None]
    on_demand: Mapped[bool | None]
    second_factor: Mapped[bool | None]
    recorded: Mapped[bool | None]
    trace_days: Mapped[int | None]
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("supplier_contract.id"), index=True)
    level: Mapped[int | None]
    security_plan_on: Mapped[date | None]
    report_clause: Mapped[bool | None]
    intervention: Mapped[str] = mapped_column(String(100), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    reviewed_on: Mapped[date | None]
    flow_reviewed_on: Mapped[date | None]
    attested_on: Mapped[date | None]
    emergency_contact: Mapped[str] = mapped_column(String(300), default="")
    emergency_how: Mapped[str] = mapped_column(String(500), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
