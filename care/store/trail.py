"""The audit trail: events chained by their hashes, and the head of the chain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from care.store.base import BIG, Base, Id

HASH_LENGTH = 64


class TrailEvent(Base):
    """One important write. Never changed nor deleted; names are copied, so that it outlives what it speaks of.

    `number` counts from 1 without a hole. `hash` covers every other column, `previous_hash` included.
    """

    __tablename__ = "trail_event"
    __table_args__ = (
        Index("ix_trail_event_actor_number", "actor", "number"),
        Index("ix_trail_event_thing", "thing_kind", "thing_id", "number"),
    )

    number: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(200))
    account_id: Mapped[int | None] = mapped_column(BIG)
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64), index=True)
    thing_kind: Mapped[str] = mapped_column(String(64))
    thing_id: Mapped[str] = mapped_column(String(200))
    establishment_id: Mapped[int | None] = mapped_column(BIG, index=True)
    detail: Mapped[dict[str, str | int | float | bool | None]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH))


class TrailHead(Base):
    """The last event's number and hash: one row, locked by whoever adds an event; it also betrays a cut tail."""

    __tablename__ = "trail_head"

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BIG)
    hash: Mapped[str] = mapped_column(String(HASH_LENGTH))
