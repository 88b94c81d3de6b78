"""Establishments whose own installation answers for them, and campaigns that came from the installation of a region."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.federation import DeliveryState, InstallationState
from care.services.places import place_name
from care.store.federation import Installation, InstallationEstablishment, RegionLink, SentBundle
from care.store.regional import RegionalCampaign
from scanners.model import Lang


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The installation of an establishment: its name, when it was last heard. `pseudonymous`: it is asked nothing,
    nobody here knows for whom it speaks."""

    name: str
    last_at: datetime | None
    pseudonymous: bool


def elsewhere(session: Session, establishments: Collection[int]) -> Mapping[int, Elsewhere]:
    """Of these establishments, those that have an installation of their own, which may still send."""
    rows = session.execute(
        select(
            InstallationEstablishment.establishment_id,
            Installation.name,
            Installation.last_received_at,
            Installation.pseudonymous,
        )
        .join(Installation, Installation.id == InstallationEstablishment.installation_id)
        .where(
            InstallationEstablishment.establishment_id.in_(list(establishments)),
            Installation.state == InstallationState.ENROLLED,
        )
    )
    return {number: Elsewhere(name, last_at, pseudonymous) for number, name, last_at, pseudonymous in rows}


def answers_elsewhere(session: Session, row: RegionalCampaign, establishment_id: int) -> str:
    """The installation that answers a campaign of ours for an establishment, empty when it answers here."""
    found = elsewhere(session, [establishment_id]).get(establishment_id) if row.link_id is None else None
    return found.name if found is not None and not found.pseudonymous else ""


def asker(session: Session, row: RegionalCampaign, lang: Lang) -> str:
    """Who asks: the territory of a campaign of ours, else the region that sent it."""
    if row.link_id is None:
        return place_name(session, row.where, lang)
    return session.get_one(RegionLink, row.link_id).name


def arrived_at(session: Session, row: RegionalCampaign, since: datetime | None) -> datetime | None:
    """When the region that asks received a bundle made since then; none while it has none."""
    if row.link_id is None or since is None:
        return None
    query = select(func.min(SentBundle.delivered_at)).where(
        SentBundle.link_id == row.link_id,
        SentBundle.made_at >= since,
        SentBundle.state.in_((DeliveryState.DELIVERED, DeliveryState.SUPERSEDED)),
    )
    return session.scalar(query)
