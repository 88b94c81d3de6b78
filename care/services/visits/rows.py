"""The row of a visit: who may see it, where it stands, what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from care.domain.access import Level, Place, Right, Scope, place_at
from care.domain.programme import VisitKind, VisitState
from care.domain.visits import state_at
from care.services.errors import Forbidden, NotFound
from care.services.places import node, visible_establishment
from care.services.trail import Thing
from care.store.programme import Visit
from care.store.registry import Establishment, LegalEntity


def places_of(site: Establishment) -> tuple[Place, ...]:
    """Who may be visited where this establishment is: itself, its legal entity, its GHT."""
    entity = site.legal_entity
    above = (Place(Level.GHT, entity.ght_id),) if entity.ght_id is not None else ()
    return Place(Level.ESTABLISHMENT, site.id), Place(Level.LEGAL_ENTITY, entity.id), *above


def sites_of(session: Session, place: Place) -> Sequence[Establishment]:
    """The open establishments of a place, by name."""
    query = select(Establishment).options(
        joinedload(Establishment.legal_entity).joinedload(LegalEntity.ght), joinedload(Establishment.region)
    )
    if place.level is Level.ESTABLISHMENT:
        query = query.where(Establishment.id == place.id)
    elif place.level is Level.LEGAL_ENTITY:
        query = query.where(Establishment.legal_entity_id == place.id)
    else:
        entities = select(LegalEntity.id).where(LegalEntity.ght_id == place.id)
        query = query.where(Establishment.legal_entity_id.in_(entities))
    return session.scalars(query.where(Establishment.closed_on.is_(None)).order_by(Establishment.name)).all()


def holds(session: Session, scope: Scope, place: Place, right: Right) -> bool:
    """Whether a right holds on the whole of a place: on itself or on each of its establishments."""
    if scope.allows(right, node(session, place).lineage):
        return True
    sites = sites_of(session, place)
    return bool(sites) and all(scope.allows(right, site.lineage) for site in sites)


def visit_row(
    session: Session,
    scope: Scope,
    where: tuple[int, int],
    right: Right = Right.SEE_PROGRAMME,
    *,
    lock: bool = False,
) -> Visit:
    """A visit, found from an establishment that it concerns: `where` is (establishment, visit).

    NotFound for a stranger and for who does not see all of who is visited; Forbidden without `right` there.
    """
    site = visible_establishment(session, scope, where[0])
    held = {place.key for place in places_of(site)}
    query = select(Visit).where(Visit.id == where[1], Visit.kind == VisitKind.OFFICIAL, Visit.holder.in_(held))
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if found is None or not holds(session, scope, place_at(found.holder), Right.SEE):
        raise NotFound
    for needed in (Right.SEE_PROGRAMME, right):
        if not holds(session, scope, place_at(found.holder), needed):
            raise Forbidden
    return found


def stands(row: Visit, now: datetime) -> VisitState:
    """Where a visit stands at `now`."""
    return state_at(row.state, row.starts_at, row.ends_at, now)


def thing_of(row: Visit) -> Thing:
    """The visit as the trail names it, with the first of its establishments: who reads the trail there finds it."""
    return Thing("visit", row.id, row.scope["establishments"][0])
