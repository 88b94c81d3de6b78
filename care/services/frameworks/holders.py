"""Who answers a framework: an establishment, a legal entity, or a GHT; and the establishments that count for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Lineage, Place, Right, Scope
from care.domain.frameworks import Framework, Unit
from care.services.coverage_candidates import candidate
from care.services.errors import NotFound
from care.services.places import node, visible_establishment
from care.store.registry import Establishment, Ght, LegalEntity


@dataclass(frozen=True, slots=True)
class Holder:
    """Who answers. `sites` are its establishments in being, `above` and `below` the places around it, nearest first."""

    place: Place
    name: str
    sites: tuple[int, ...]
    above: tuple[Place, ...]
    below: tuple[Place, ...]
    lineage: Lineage

    @property
    def key(self) -> str:
        """As tables hold it: `ght:3`."""
        return self.place.key


def seen_holder(session: Session, scope: Scope, place: Place, day: date, right: Right = Right.SEE_PROGRAMME) -> Holder:
    """The holder of that place. NotFound for who does not see all of it, Forbidden for who lacks `right`."""
    if place.level is Level.ESTABLISHMENT:
        visible_establishment(session, scope, place.id, right)
    else:
        candidate(session, scope, place, right)
    return holder_at(session, place, day)


def holder_at(session: Session, place: Place, day: date) -> Holder:
    """The same for the machine, that sees everything. NotFound when there is no such place."""
    row = node(session, place)
    if isinstance(row, Establishment):
        return _of_establishment(row)
    if isinstance(row, LegalEntity):
        return _of_entity(row, _in_being(session, [row.id], day))
    if isinstance(row, Ght):
        entities = list(session.scalars(select(LegalEntity.id).where(LegalEntity.ght_id == row.id)))
        return _of_ght(row, entities, _in_being(session, entities, day))
    raise NotFound


def holder_of(framework: Framework, establishment: Establishment) -> Place:
    """Who answers a framework for an establishment: the candidate of a programme is its GHT, else its legal entity."""
    entity = establishment.legal_entity
    if framework.unit is Unit.CANDIDATE and entity.ght_id is not None:
        return Place(Level.GHT, entity.ght_id)
    if framework.unit in (Unit.CANDIDATE, Unit.LEGAL_ENTITY):
        return Place(Level.LEGAL_ENTITY, entity.id)
    return Place(Level.ESTABLISHMENT, establishment.id)


def places_around(establishment: Establishment) -> tuple[Place, ...]:
    """An establishment and who answers above it."""
    return (Place(Level.ESTABLISHMENT, establishment.id), *_above(establishment.legal_entity))


def _in_being(session: Session, entities: Sequence[int], day: date) -> list[Establishment]:
    query = select(Establishment).where(Establishment.legal_entity_id.in_(entities)).order_by(Establishment.id)
    return [one for one in session.scalars(query) if one.closed_on is None or one.closed_on > day]


def _of_establishment(row: Establishment) -> Holder:
    place = Place(Level.ESTABLISHMENT, row.id)
    return Holder(place, row.name, (row.id,), _above(row.legal_entity), (), row.lineage)


def _of_entity(row: LegalEntity, sites: Sequence[Establishment]) -> Holder:
    above = () if row.ght_id is None else (Place(Level.GHT, row.ght_id),)
    return Holder(Place(Level.LEGAL_ENTITY, row.id), row.name, _ids(sites), above, _places(sites), row.lineage)


def _of_ght(row: Ght, entities: Iterable[int], sites: Sequence[Establishment]) -> Holder:
    below = (*(Place(Level.LEGAL_ENTITY, number) for number in entities), *_places(sites))
    return Holder(Place(Level.GHT, row.id), row.name, _ids(sites), (), below, row.lineage)


def _above(entity: LegalEntity) -> tuple[Place, ...]:
    ght = () if entity.ght_id is None else (Place(Level.GHT, entity.ght_id),)
    return (Place(Level.LEGAL_ENTITY, entity.id), *ght)


def _ids(sites: Iterable[Establishment]) -> tuple[int, ...]:
    return tuple(one.id for one in sites)


def _places(sites: Iterable[Establishment]) -> tuple[Place, ...]:
    return tuple(Place(Level.ESTABLISHMENT, one.id) for one in sites)
