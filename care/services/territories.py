"""The territories of a person: the nation, the regions and the GHT over which a right holds as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Level, Place, Right, Scope
from care.services.errors import Forbidden, NotFound
from care.services.places import WHOLE_PLATFORM, place_lineage
from care.services.platform import Platform
from care.store.registry import Establishment, Ght, LegalEntity, Region, covered_ghts

LEVELS = (Level.PLATFORM, Level.REGION, Level.GHT)


def territories(platform: Platform, scope: Scope, right: Right) -> tuple[tuple[Place, str], ...]:
    """Where `right` holds, the widest first, then by name."""
    with platform.database.read() as session:
        return tuple(territories_in(session, scope, right))


def territories_in(
    session: Session, scope: Scope, right: Right, *, inhabited: bool = False
) -> Iterator[tuple[Place, str]]:
    """The same, of which only those that hold an establishment when `inhabited`."""
    reach = scope.reach(right)
    if reach.everywhere:
        yield PLATFORM, WHOLE_PLATFORM.render(scope.lang)
    regions: ColumnElement[bool] = true() if reach.everywhere else Region.id.in_(reach.regions)
    with_sites = Region.id.in_(select(Establishment.region_id)) if inhabited else true()
    query = select(Region.id, Region.name).where(regions, with_sites)
    for number, name in session.execute(query.order_by(Region.name)):
        yield Place(Level.REGION, number), name
    entities = select(LegalEntity.ght_id).join(Establishment, Establishment.legal_entity_id == LegalEntity.id)
    with_sites = Ght.id.in_(entities.where(LegalEntity.ght_id.is_not(None))) if inhabited else true()
    query = select(Ght.id, Ght.name).where(covered_ghts(reach), with_sites)
    for number, name in session.execute(query.order_by(Ght.name)):
        yield Place(Level.GHT, number), name


def check_territory(
    session: Session, scope: Scope, place: Place, right: Right, levels: Collection[Level] = LEVELS
) -> None:
    """NotFound for a place that is no territory or is not seen, Forbidden for who sees it without the right."""
    if place.level not in levels:
        raise NotFound
    where = place_lineage(session, place)
    if not scope.allows(Right.SEE, where):
        raise NotFound
    if not scope.allows(right, where):
        raise Forbidden
