"""Regional campaigns: what is asked of many establishments at once, of whatever kind; what answers is elsewhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from care.domain.access import Place, place_at
from care.domain.regional import CampaignKind, Said
from care.store.base import Base, Id, text_enum


class RegionalCampaign(Base):
    """What a region or a GHT asks of its establishments between two days.

    `place` is written as a grant's: `region:53`. `about` names what is asked: for exercises the id of a kit, empty when
    any will do. `identifier` is the campaign's own, the same in every installation it reaches; none for what no other
    installation is asked. `link_id`: the region that asks it from its own installation, none for a campaign of ours.
    """

    __tablename__ = "regional_campaign"

    id: Mapped[Id]
    place: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[CampaignKind] = mapped_column(text_enum(CampaignKind))
    identifier: Mapped[str | None] = mapped_column(String(36), unique=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("region_link.id"), index=True)
    about: Mapped[str] = mapped_column(String(60), default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)

    @property
    def where(self) -> Place:
        """The region or the GHT that it is for."""
        return place_at(self.place)


class CampaignPlace(Base):
    """An establishment of which a campaign asks something. `excused` says why it no longer does, empty otherwise.

    `said` is what the establishment says of it: where a region asked, what its own installation told last, and when it
    was so; where it was asked, what it decided of audits. None before.
    """

    __tablename__ = "regional_campaign_place"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("regional_campaign.id"), primary_key=True)
    establishment_id: Mapped[int] = mapped_column(ForeignKey("establishment.id"), primary_key=True, index=True)
    excused: Mapped[str] = mapped_column(String(300), default="")
    said: Mapped[Said | None] = mapped_column(text_enum(Said))
    said_at: Mapped[datetime | None]
