"""Products that audits, imported reports and registers name, and the alerts that ask who runs one of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.alerts import AlertAnswer, Exposure, ProductSource
from care.store.base import Base, Id, SeverityRank, text_enum
from scanners.model import Severity


class SeenProduct(Base):
    """A product as the last recorded run of a target that spoke of its place saw it: replaced whole when a complete
    run looks again.

    `product` is the lower-case `vendor:product` of its CPE, or the name the scanner gave it; `version` is empty when
    the scanner could not tell. `subject` is the place on the target (`address:port`).
    `seen_at` is when the audit looked, when the other tool did, when the register was read.
    """

    __tablename__ = "seen_product"
    __table_args__ = (Index("ix_seen_product_product", "product", "establishment_id"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    product: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(100), default="")
    cpe: Mapped[str] = mapped_column(String(300), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    source: Mapped[ProductSource] = mapped_column(text_enum(ProductSource))
    seen_at: Mapped[datetime]


class ProductSurvey(Base):
    """That the products of a target were kept, and from which run. Without one nothing was looked at, which is not the
    same as nothing seen. `looked`: what is not named was looked for; a register or a list of weaknesses looks for
    nothing. `complete` is that of the run: what an incomplete one did not see again stays."""

    __tablename__ = "product_survey"

    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    scanner: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime]
    looked: Mapped[bool]
    complete: Mapped[bool]
    products: Mapped[int]


class Alert(Base):
    """A new vulnerability that a region tells its establishments of. `criteria`: products with ranges of versions,
    as `care.domain.alerts` reads them. `identifier` is the alert's own, the same in every installation it reaches;
    `origin` is empty for an alert of ours, else the identifier of the link to the region that sent it. `answer_by`: the
    last day to answer."""

    __tablename__ = "alert"

    id: Mapped[Id]
    identifier: Mapped[str] = mapped_column(String(36), unique=True)
    place: Mapped[str] = mapped_column(String(40), index=True)
    origin: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(100), default="")
    severity: Mapped[Severity] = mapped_column(SeverityRank())
    criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    message: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[str] = mapped_column(String(500), default="")
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(200))
    answer_by: Mapped[date | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    reminded_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class AlertPlace(Base):
    """An establishment that an alert was sent to: what its stored facts say, and what it answers.

    `told` people were written to; none until the letters are made.
    """

    __tablename__ = "alert_place"

    alert_id: Mapped[int] = mapped_column(ForeignKey("alert.id"), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True, index=True)
    exposure: Mapped[Exposure] = mapped_column(text_enum(Exposure))
    seen: Mapped[int] = mapped_column(default=0)
    facts_at: Mapped[datetime | None]
    answer: Mapped[AlertAnswer] = mapped_column(text_enum(AlertAnswer))
    note: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column(default=1)
