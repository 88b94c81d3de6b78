"""What is audited: targets, the secrets to reach them, the mandates that allow it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.actions import CareCriticality
from care.store.base import Base, Id, text_enum


class Mandate(Base):
    """A written authorisation to test networks and names. `valid_from` and `valid_to` are both included.

    `unsigned_why`: why, in the words of `unsigned_by`, audits go on before `document_id` holds the signed document;
    None while nobody answered for that.
    """

    __tablename__ = "mandate"

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    authorised_by: Mapped[str] = mapped_column(String(300))
    role: Mapped[str] = mapped_column(String(300))
    reference: Mapped[str] = mapped_column(String(300))
    scope: Mapped[list[str]] = mapped_column(JSON)
    excluded: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    hours: Mapped[str] = mapped_column(String(11), default="")
    timezone: Mapped[str] = mapped_column(String(64))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    withdrawn_at: Mapped[datetime | None]
    unsigned_why: Mapped[str | None] = mapped_column(String(500))
    unsigned_at: Mapped[datetime | None]
    unsigned_by: Mapped[str | None] = mapped_column(String(200))


class Target(Base):
    """One thing a scanner looks at. `request` holds the fields of the scanner's Request, secrets and mandate apart.

    `version` grows with every change: an edit made on an older version is refused. An archived target is no longer
    offered; its runs and findings stay. `criticality` is what care loses with what it looks at.
    """

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("establishment_id", "scanner", "name"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"))
    scanner: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandate.id"), index=True)
    criticality: Mapped[CareCriticality] = mapped_column(
        text_enum(CareCriticality), default=CareCriticality.MODERATE, server_default=CareCriticality.MODERATE.value
    )
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class TargetSecret(Base):
    """One secret of a target, sealed; `name` is what the scanner's Request calls it."""

    __tablename__ = "target_secret"
    __table_args__ = (UniqueConstraint("target_id", "name"),)

    id: Mapped[Id]
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(200))


class NamePlace(Base):
    """An address where audits of a target under a mandate found one of its names. `waiting`: nothing was sent there,
    and nothing is before somebody says yes; `accepted_by` said so.
    """

    __tablename__ = "name_place"
    __table_args__ = (UniqueConstraint("target_id", "mandate_id", "name", "address"),)

    id: Mapped[Id]
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"))
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"), index=True)
    name: Mapped[str] = mapped_column(String(253))
    address: Mapped[str] = mapped_column(String(45))
    waiting: Mapped[bool]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None] = mapped_column(String(200))


class FollowedName(Base):
    """A name that audits under a mandate follow wherever it goes, until `ended_at`. One that ended stays, to explain
    former audits.
    """

    __tablename__ = "followed_name"

    id: Mapped[Id]
    mandate_id: Mapped[int] = mapped_column(ForeignKey("mandate.id"), index=True)
    name: Mapped[str] = mapped_column(String(253))
    followed_at: Mapped[datetime]
    followed_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(200))
