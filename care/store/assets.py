"""What the outside sees of an establishment, with its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.assets import AssetChange, AssetKind
from care.store.base import Base, Id, text_enum


class Asset(Base):
    """One thing that audits of one target see: an address, a service, a name. Times are those of collections.

    `traits` are texts by name (`care.domain.assets`); `proof` what its last audit saw of it, as it was seen, which is
    not followed; `gone_at` is the audit that no longer found it, None while there; `silent_at` the first one that
    looked there and heard nothing at all, None once something answered; `unwatched_at` the first one that was no longer
    led there by its target, None while it is looked at.
    """

    __tablename__ = "asset"
    __table_args__ = (UniqueConstraint("target_id", "kind", "key"),)

    id: Mapped[Id]
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("target.id"))
    kind: Mapped[AssetKind] = mapped_column(text_enum(AssetKind))
    key: Mapped[str] = mapped_column(String(300))
    traits: Mapped[dict[str, str]] = mapped_column(JSON)
    proof: Mapped[dict[str, str] | None] = mapped_column(JSON)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    silent_at: Mapped[datetime | None]
    unwatched_at: Mapped[datetime | None]


class AssetEvent(Base):
    """What one run changed of one thing. `differences` holds each trait that changed, before and after."""

    __tablename__ = "asset_event"

    id: Mapped[Id]
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    what: Mapped[AssetChange] = mapped_column(text_enum(AssetChange))
    differences: Mapped[dict[str, Any]] = mapped_column(JSON)
