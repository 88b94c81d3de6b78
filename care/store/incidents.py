"""Security incidents: what happened, what it did to care, who was told and when, what was learnt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.programme import Extent, Gravity, IncidentKind, IncidentState, PatientImpact
from care.store.base import Base, Id, text_enum


class Incident(Base):
    """One incident of one establishment; `number` counts them there from 1. The clocks start at `detected_at`.

    Of the impact on data, None is not known yet: a blank is not a no.
    """

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("establishment_id", "number"),
        Index("ix_incident_establishment_id_detected_at", "establishment_id", "detected_at"),
    )

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    detected_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    contained_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    state: Mapped[IncidentState] = mapped_column(text_enum(IncidentState))
    kind: Mapped[IncidentKind] = mapped_column(text_enum(IncidentKind))
    cause: Mapped[str] = mapped_column(String(60), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    services: Mapped[str] = mapped_column(Text, default="")
    degraded_mode: Mapped[bool | None]
    degraded_minutes: Mapped[int | None]
    patient_impact: Mapped[PatientImpact] = mapped_column(text_enum(PatientImpact))
    confidentiality: Mapped[bool | None]
    integrity: Mapped[bool | None]
    availability: Mapped[bool | None]
    personal_data: Mapped[bool | None]
    people_concerned: Mapped[int | None]
    extent: Mapped[Extent] = mapped_column(text_enum(Extent))
    others_exposed: Mapped[bool | None]
    gravity: Mapped[Gravity] = mapped_column(text_enum(Gravity))
    gravity_why: Mapped[str] = mapped_column(Text, default="")
    lessons: Mapped[str] = mapped_column(Text, default="")
    logbook_id: Mapped[int | None] = mapped_column(ForeignKey("logbook.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)


class IncidentEvent(Base):
    """Something that happened in an incident, at the hour people give it (`happened_at`). Never changed.

    `what` is `fact`, `decision`, `measure`, `state`, `gravity` or `correction`.
    """

    __tablename__ = "incident_event"
    __table_args__ = (Index("ix_incident_event_incident_id_happened_at", "incident_id", "happened_at"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    what: Mapped[str] = mapped_column(String(24))
    happened_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))


class IncidentNotice(Base):
    """What was sent to an authority, or why nothing had to be: `duty` and `step` are those of the duties to declare."""

    __tablename__ = "incident_notice"
    __table_args__ = (Index("ix_incident_notice_incident_id", "incident_id"),)

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    duty: Mapped[str] = mapped_column(String(64))
    step: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    not_due: Mapped[bool] = mapped_column(default=False)
    reference: Mapped[str] = mapped_column(String(100), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(200))
