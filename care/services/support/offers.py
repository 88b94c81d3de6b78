"""The services of a regional centre, as its catalogue tells them: the offers of a region that are services."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from care.domain.catalogue import OfferKind
from care.store.frameworks import CatalogueEntry

_PREFIX = "entry-"


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """A service that an establishment may ask its regional centre for."""

    id: str
    title: str
    summary: str
    cost: str
    address: str
    base: bool


def offered_to(session: Session, region_id: int) -> tuple[ServiceOffer, ...]:
    """The services of a region, then those that the platform offers to all; those taken out of the catalogue apart."""
    query = select(CatalogueEntry).where(
        CatalogueEntry.ended_on.is_(None),
        or_(CatalogueEntry.region_id == region_id, CatalogueEntry.region_id.is_(None)),
    )
    rows = session.scalars(query.order_by(CatalogueEntry.region_id.is_(None), CatalogueEntry.id))
    return tuple(_offer(row) for row in rows if row.content["kind"] == OfferKind.SERVICE)


def entry_of(service: str) -> int | None:
    """The number of the entry that a service is; None for what names none."""
    number = service.removeprefix(_PREFIX)
    return int(number) if service.startswith(_PREFIX) and number.isascii() and number.isdecimal() else None


def titles_of_offers(session: Session, services: Collection[str]) -> dict[str, str]:
    """The titles of services, whether they are still offered or not."""
    return {service: title for service, (title, _region) in entries_of(session, services).items()}


def entries_of(session: Session, services: Collection[str]) -> dict[str, tuple[str, int | None]]:
    """Titles and regions of services, whether they are still offered or not; no region for those of the platform."""
    numbers = [number for one in services if (number := entry_of(one)) is not None]
    if not numbers:
        return {}
    rows = session.scalars(select(CatalogueEntry).where(CatalogueEntry.id.in_(numbers)))
    return {f"{_PREFIX}{row.id}": (str(row.content["title"]), row.region_id) for row in rows}


def _offer(row: CatalogueEntry) -> ServiceOffer:
    said = row.content
    return ServiceOffer(
        id=f"{_PREFIX}{row.id}",
        title=str(said["title"]),
        summary=str(said["summary"]),
        cost=str(said["cost"]),
        address=str(said["address"]),
        base=bool(said["base"]),
    )
