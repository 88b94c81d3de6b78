"""Governance: who carries security, what it costs, who was made aware, where health data lie, with which contracts.

Registers of a legal person are held by a written place (`holder`: an establishment, a legal entity or a GHT, whose
people and money are shared). Nothing is deleted: what ends has an end date.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.frameworks import Confidence
from care.store.base import Base, Id, text_enum
from care.store.frameworks import HOLDER


class SecurityRole(Base):
    """A function of security and who holds it. `fte_hundredths`: hundredths of a full-time equivalent."""

    __tablename__ = "security_role"
    __table_args__ = (Index("ix_security_role_holder", "holder", "ended_on"),)

    id: Mapped[Id]
    holder: Mapped[str] = mapped_column(String(HOLDER))
    function: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(200), default="")
    fte_hundredths: Mapped[int | None]
    shared: Mapped[bool] = mapped_column(default=False)
    appointed_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class SizingTarget(Base):
    """How many hundredths of a full-time equivalent a holder wants for a function, where that figure was read and how
    sure it is. Without a row nobody set a target: no text gives one."""

    __tablename__ = "sizing_target"

    holder: Mapped[str] = mapped_column(String(HOLDER), primary_key=True)
    function: Mapped[str] = mapped_column(String(60), primary_key=True)
    fte_hundredths: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(300), default="")
    confidence: Mapped[Confidence] = mapped_column(text_enum(Confidence))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class BudgetYear(Base):
    """The budget of one year, in whole euros: all expenses of running, the digital ones, the cyber ones."""

    __tablename__ = "budget_year"

    holder: Mapped[str] = mapped_column(String(HOLDER), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    operating: Mapped[int | None] = mapped_column(BigInteger)
    digital: Mapped[int | None] = mapped_column(BigInteger)
    cyber: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(300), default="")
    voted: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class Committee(Base):
    """A meeting of a committee that speaks of security, planned or past, and what was decided there.

    `held` is None until somebody says whether it took place; its minutes are evidence tied to it.
    """

    __tablename__ = "committee"
    __table_args__ = (Index("ix_committee_holder", "holder", "held_on"),)

    id: Mapped[Id]
    holder: Mapped[str] = mapped_column(String(HOLDER))
    kind: Mapped[str] = mapped_column(String(60))
    held_on: Mapped[date]
    held: Mapped[bool | None]
    attendees: Mapped[str] = mapped_column(Text, default="")
    decisions: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class AwarenessSession(Base):
    """A session or a campaign of awareness, or a training. `people` counts by profession:
    `{"nurse": {"asked": 120, "came": 84}}`. `kind`: session, campaign, training, phishing.

    Of a test of phishing it holds the counts alone, never a name, in `results`:
    `{"all": {"sent": 900, "clicked": 96, "reported": 41}, "groups": {"Soins": {…}}}`; what the file did not say is
    absent. Attendances are not people: somebody who came twice counts twice here, once in `AwarenessYear`.
    """

    __tablename__ = "awareness_session"
    __table_args__ = (Index("ix_awareness_session_establishment_id_held_on", "establishment_id", "held_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(200))
    held_on: Mapped[date]
    planned: Mapped[bool] = mapped_column(default=False)
    digital_risk: Mapped[bool] = mapped_column(default=True)
    people: Mapped[dict[str, Any]] = mapped_column(JSON)
    results: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    cancelled_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class AwarenessYear(Base):
    """What only the establishment knows of a year: by profession, how many people work there (`staff`), how many
    different people came to a session (`reached`) or were trained in digital risk (`trained`), as
    `{"nurse": {"staff": 420, "reached": 310, "trained": 60}}`; what is not known is absent."""

    __tablename__ = "awareness_year"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[dict[str, Any]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(300), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class HealthDataHosting(Base):
    """One hosting of health data: where, by whom, under which certificates and which foreign law.

    Yes, no or not known (None): a blank is not a no.
    """

    __tablename__ = "health_data_hosting"
    __table_args__ = (Index("ix_health_data_hosting_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    name: Mapped[str] = mapped_column(String(200))
    data: Mapped[str] = mapped_column(String(500), default="")
    host: Mapped[str] = mapped_column(String(200), default="")
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("supplier_contract.id"))
    internal: Mapped[bool | None]
    hds_certified: Mapped[bool | None]
    hds_certificate: Mapped[str] = mapped_column(String(200), default="")
    hds_until: Mapped[date | None]
    location: Mapped[str] = mapped_column(String(200), default="")
    outside_eea: Mapped[bool | None]
    foreign_control: Mapped[bool | None]
    mitigation: Mapped[str] = mapped_column(Text, default="")
    secnumcloud: Mapped[bool | None]
    secnumcloud_until: Mapped[date | None]
    migrate_by: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class SupplierContract(Base):
    """A contract with a supplier. Its clauses are answered as requirements held by `contract:<id>`."""

    __tablename__ = "supplier_contract"
    __table_args__ = (Index("ix_supplier_contract_establishment_id", "establishment_id", "ended_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    supplier: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(300))
    reference: Mapped[str] = mapped_column(String(100), default="")
    critical: Mapped[bool | None]
    health_data: Mapped[bool | None]
    remote_access: Mapped[bool | None]
    contact: Mapped[str] = mapped_column(String(300), default="")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    notice_days: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    ended_on: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class MonthlyFigure(Base):
    """A figure of one month (`month` is its first day): INS, Mon espace santé, MSS, accounts with a second factor.

    `code` is the indicator's; the figure is `part` of `whole`, both counts. `unknown` more are of neither side known;
    `explanation` says why the figure changed much.
    """

    __tablename__ = "monthly_figure"
    __table_args__ = (UniqueConstraint("establishment_id", "code", "month"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    code: Mapped[str] = mapped_column(String(60))
    month: Mapped[date]
    part: Mapped[int]
    whole: Mapped[int]
    unknown: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(String(300), default="")
    explanation: Mapped[str] = mapped_column(String(1000), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class RegisterImport(Base):
    """The last import of a register, so that it may be undone: `register` is the word of its lines in the trail.

    `number` counts the imports of the register. Once undone it has no lines.

    Each of `lines` holds the `id` of a row, the `version` the import gave it, and what the row said `before` (None for
    one that the import added).
    """

    __tablename__ = "register_import"
    __table_args__ = (UniqueConstraint("establishment_id", "register"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    register: Mapped[str] = mapped_column(String(32))
    number: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(200))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
