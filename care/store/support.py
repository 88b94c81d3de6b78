"""Support of a region: follow-up of establishments, services used, questionnaires and audits of campaigns, reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.support import ContactKind, UseState
from care.store.base import Base, Id, text_enum


class SupportFile(Base):
    """What a region does next for an establishment, who does it and by when; one per establishment."""

    __tablename__ = "support_file"

    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200), default="")
    next_step: Mapped[str] = mapped_column(String(300), default="")
    next_on: Mapped[date | None] = mapped_column(index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class SupportContact(Base):
    """A visit or another contact of the region with an establishment, planned or held, and what was said."""

    __tablename__ = "support_contact"
    __table_args__ = (Index("ix_support_contact_establishment_id_held_on", "establishment_id", "held_on"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    kind: Mapped[ContactKind] = mapped_column(text_enum(ContactKind))
    held_on: Mapped[date]
    held: Mapped[bool] = mapped_column(default=False)
    by: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class ServiceUse(Base):
    """A service of the regional centre (`service`: an offer of the catalogue) that an establishment wants or uses."""

    __tablename__ = "service_use"
    __table_args__ = (Index("ix_service_use_service", "service", "state"),)

    id: Mapped[Id]
    service: Mapped[str] = mapped_column(String(60))
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    state: Mapped[UseState] = mapped_column(text_enum(UseState))
    asked_on: Mapped[date]
    began_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class CampaignQuestion(Base):
    """A question of a questionnaire campaign. `choices`: none for a yes-no-unknown question, else the answers offered;
    `number` orders them."""

    __tablename__ = "regional_campaign_question"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("regional_campaign.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(String(500))
    kind: Mapped[str] = mapped_column(String(16))
    choices: Mapped[list[str]] = mapped_column(JSON)


class CampaignAnswer(Base):
    """What an establishment answered to a questionnaire: `answers` by number of question; `sent_at` once final."""

    __tablename__ = "regional_campaign_answer"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("regional_campaign.id"), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True, index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    sent_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class CampaignAudit(Base):
    """An audit that an exposure campaign plans: the target, when it is due, and the run once it was asked for.

    `told_fr`, `told_en`: why it could not start, empty otherwise. `tries` that failed before this one, `failed_fr`,
    `failed_en`: why the last of them did. `declined`: why the establishment refuses it.
    """

    __tablename__ = "regional_campaign_audit"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("regional_campaign.id"), primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    told_fr: Mapped[str] = mapped_column(Text, default="")
    told_en: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(default=0)
    failed_fr: Mapped[str] = mapped_column(Text, default="")
    failed_en: Mapped[str] = mapped_column(Text, default="")
    declined: Mapped[str] = mapped_column(String(300), default="")


class ReportOrder(Base):
    """A regional report that comes by itself: of which place, in which forms, when, to whom."""

    __tablename__ = "report_order"

    id: Mapped[Id]
    place: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(200))
    forms: Mapped[list[str]] = mapped_column(JSON)
    public: Mapped[bool] = mapped_column(default=False)
    every: Mapped[str] = mapped_column(String(16))
    recipients: Mapped[list[str]] = mapped_column(JSON)
    lang: Mapped[str] = mapped_column(String(2), default="fr")
    next_on: Mapped[date] = mapped_column(index=True)
    last_made_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
