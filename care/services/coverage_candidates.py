"""Candidates of CaRE domain 2: a GHT with its legal entities, or a legal entity with its establishments.

Who sees a candidate sees every establishment of it; a part of a computation would be a wrong one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from care.domain.access import Level, Place, Right, Scope
from care.services.errors import Forbidden, NotFound
from care.services.places import node
from care.services.platform import Platform
from care.store.programme import ApplicationFile
from care.store.registry import Establishment, Ght, LegalEntity

LEVELS = (Level.GHT, Level.LEGAL_ENTITY)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate that the reader sees whole. `units` counts its legal entities, or its establishments."""

    place: Place
    name: str
    units: int
    ght: str = ""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of a candidate with its establishments in being. `closed_on` is when the last of them closed."""

    place: Place
    name: str
    finess: str
    sites: tuple[Establishment, ...]
    closed_on: date | None

    @property
    def key(self) -> str:
        """The unit as tables hold it: `legal_entity:5`."""
        return self.place.key


def list_candidates(platform: Platform, scope: Scope, right: Right = Right.SEE_CONTINUITY) -> tuple[Candidate, ...]:
    """Every candidate on the whole of which the reader has a right, GHTs first."""
    with platform.database.read() as session:
        sites = session.scalars(_establishments()).unique().all()
        by_entity: dict[int, list[Establishment]] = defaultdict(list)
        for site in sites:
            by_entity[site.legal_entity_id].append(site)
        entities = session.scalars(select(LegalEntity).options(joinedload(LegalEntity.ght))).unique().all()
        found = [
            Candidate(
                Place(Level.LEGAL_ENTITY, one.id), one.name, len(by_entity[one.id]), one.ght.name if one.ght else ""
            )
            for one in entities
            if _sees(scope, one, by_entity[one.id], right)
        ]
        return tuple(sorted([*_ghts(session, scope, entities, by_entity, right), *found], key=_rank))


def _rank(one: Candidate) -> tuple[int, str, int]:
    return LEVELS.index(one.place.level), one.name.casefold(), one.place.id


def _ghts(
    session: Session,
    scope: Scope,
    entities: Sequence[LegalEntity],
    by_entity: dict[int, list[Establishment]],
    right: Right,
) -> list[Candidate]:
    members: dict[int, list[LegalEntity]] = defaultdict(list)
    for entity in entities:
        if entity.ght_id is not None:
            members[entity.ght_id].append(entity)
    return [
        Candidate(Place(Level.GHT, ght.id), ght.name, len(members[ght.id]))
        for ght in session.scalars(select(Ght))
        if _sees(scope, ght, [site for entity in members[ght.id] for site in by_entity[entity.id]], right)
    ]


def _sees(
    scope: Scope, row: Ght | LegalEntity, sites: Sequence[Establishment], right: Right = Right.SEE_CONTINUITY
) -> bool:
    """Whether the right holds on all of it: on the place itself, or on every establishment of it."""
    if scope.allows(right, row.lineage):
        return True
    return bool(sites) and all(scope.allows(right, site.lineage) for site in sites)


def candidate(session: Session, scope: Scope, place: Place, right: Right = Right.SEE_CONTINUITY) -> list[Establishment]:
    """The establishments of a candidate, closed ones too.

    NotFound for who does not see all of it, Forbidden for who does but lacks `right` somewhere in it.
    """
    if place.level not in LEVELS:
        raise NotFound
    row = node(session, place)
    if not isinstance(row, Ght | LegalEntity):
        raise NotFound
    sites = sites_at(session, place)
    if not _sees(scope, row, sites):
        raise NotFound
    if not _sees(scope, row, sites, right):
        raise Forbidden
    return sites


def sites_at(session: Session, place: Place) -> list[Establishment]:
    """The establishments of a candidate, closed ones too; who asks was checked before."""
    query = _establishments()
    if place.level is Level.GHT:
        query = query.where(
            Establishment.legal_entity_id.in_(select(LegalEntity.id).where(LegalEntity.ght_id == place.id))
        )
    else:
        query = query.where(Establishment.legal_entity_id == place.id)
    return list(session.scalars(query).unique())


def _establishments() -> Select[Establishment]:
    return (
        select(Establishment)
        .options(joinedload(Establishment.legal_entity))
        .order_by(Establishment.name, Establishment.id)
    )


def holds(session: Session, scope: Scope, place: Place, right: Right, sites: Sequence[Establishment]) -> bool:
    """Whether a right holds on the whole of a candidate."""
    row = node(session, place)
    return isinstance(row, Ght | LegalEntity) and _sees(scope, row, sites, right)


def has_file(session: Session, place: Place) -> bool:
    """Whether the candidate has an application file for domain 2, which then says when it declared."""
    found = select(ApplicationFile.id).where(
        ApplicationFile.holder == place.key, ApplicationFile.framework == "care-d2"
    )
    return session.scalar(found) is not None


def units_of(
    session: Session, place: Place, sites: Sequence[Establishment], since: date, day: date
) -> tuple[UnitRow, ...]:
    """The units of a candidate by name: those in being on `day`, and those that closed since the phase began."""
    entities: Sequence[LegalEntity] = []
    if place.level is not Level.LEGAL_ENTITY:
        entities = session.scalars(select(LegalEntity).where(LegalEntity.ght_id == place.id)).all()
    return units_among(place, entities, sites, since, day)


def units_among(
    place: Place, entities: Sequence[LegalEntity], sites: Sequence[Establishment], since: date, day: date
) -> tuple[UnitRow, ...]:
    """The same from rows already read: `entities` are the legal entities of a GHT."""
    if place.level is Level.LEGAL_ENTITY:
        found = [_unit(Place(Level.ESTABLISHMENT, one.id), one.name, one.finess, [one], day) for one in sites]
    else:
        found = [
            _unit(
                Place(Level.LEGAL_ENTITY, one.id),
                one.name,
                one.finess,
                [site for site in sites if site.legal_entity_id == one.id],
                day,
            )
            for one in entities
        ]
    kept = [one for one in found if one.closed_on is None or one.closed_on >= since]
    return tuple(sorted(kept, key=lambda one: (one.closed_on is not None, one.name.casefold(), one.place.id)))


def _unit(place: Place, name: str, finess: str, sites: Sequence[Establishment], day: date) -> UnitRow:
    living = tuple(one for one in sites if one.closed_on is None or one.closed_on > day)
    ends = [one.closed_on for one in sites if one.closed_on is not None]
    return UnitRow(place, name, finess, living, max(ends) if ends and not living else None)
