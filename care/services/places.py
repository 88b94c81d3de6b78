"""Places of the registry for other services: their lineage, their name, and who may act there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from care.domain.access import PLATFORM, Level, Lineage, Place, Right, Scope, lineage
from care.domain.finess import check
from care.services.errors import Forbidden, NotFound
from care.services.platform import Platform
from care.store.registry import Establishment, Ght, LegalEntity, Region, visible_ids
from scanners.model import Text

Node = Region | Ght | LegalEntity | Establishment
NODES: dict[Level, type[Node]] = {
    Level.REGION: Region,
    Level.GHT: Ght,
    Level.LEGAL_ENTITY: LegalEntity,
    Level.ESTABLISHMENT: Establishment,
}
_ENTITY = joinedload(Establishment.legal_entity)
_ABOVE = (_ENTITY.joinedload(LegalEntity.ght), joinedload(Establishment.region))
"""An establishment and all that is above it, in one query."""
WHOLE_PLATFORM = Text("Toute la plateforme", "The whole platform")


def node(session: Session, place: Place) -> Node:
    """The row of a place other than the platform; NotFound when there is none."""
    found = session.get(NODES[place.level], place.id)
    if found is None:
        raise NotFound
    return cast("Node", found)


def preload(session: Session, places: Iterable[Place]) -> list[Node]:
    """The rows of many places, one query a level: while the list is held, `node` finds them without a query."""
    wanted: dict[Level, set[int]] = {}
    for place in places:
        if place != PLATFORM:
            wanted.setdefault(place.level, set()).add(place.id)
    return [row for level, ids in wanted.items() for row in _rows(session, level, ids)]


def _rows(session: Session, level: Level, ids: set[int]) -> Iterable[Node]:
    table = NODES[level]
    query = select(table).where(table.id.in_(ids))
    if table is Establishment:
        query = query.options(joinedload(Establishment.legal_entity))
    return session.scalars(query)


def place_lineage(session: Session, place: Place) -> Lineage:
    """The places `place` lies in, itself included; NotFound when it does not exist."""
    return lineage() if place == PLATFORM else node(session, place).lineage


def place_name(session: Session, place: Place, lang: str) -> str:
    """The name of a place in the reader's language."""
    return WHOLE_PLATFORM.render(lang) if place == PLATFORM else node(session, place).name


def find_place(platform: Platform, scope: Scope, level: Level, key: str) -> Place:
    """The place that people call `key`: INSEE code of a region, name of a GHT, FINESS number of the others.

    NotFound, naming the key, when there is none or `scope` may not see it.
    """
    if level is Level.PLATFORM:
        return PLATFORM
    wanted = "".join(filter(str.isprintable, key)).strip()
    with platform.database.read() as session:
        rows = session.scalars(select(NODES[level]).where(_called(level, wanted)))
        found = cast("Node | None", rows.one_or_none())
        if found is None or not scope.allows(Right.SEE, found.lineage):
            raise NotFound(Text(f"« {wanted} » n’est pas dans le registre.", f"“{wanted}” is not in the registry."))
        return Place(level, found.id)


def _called(level: Level, key: str) -> ColumnElement[bool]:
    if level is Level.REGION:
        return Region.code == key
    if level is Level.GHT:
        return Ght.name == key
    table = LegalEntity if level is Level.LEGAL_ENTITY else Establishment
    return table.finess == check(key).number


def visible_establishment(
    session: Session, scope: Scope, establishment_id: int, right: Right = Right.SEE
) -> Establishment:
    """The establishment, if `scope` holds `right` there.

    NotFound for a stranger, Forbidden for someone who sees the establishment but lacks the right.
    """
    found = session.get(Establishment, establishment_id, options=_ABOVE)
    if found is None or not scope.allows(Right.SEE, found.lineage):
        raise NotFound
    if not scope.allows(right, found.lineage):
        raise Forbidden
    return found


def within(
    scope: Scope, right: Right, column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
) -> ColumnElement[bool]:
    """The condition that keeps rows whose establishment `column` lies where `right` holds."""
    return column.in_(visible_ids(scope.reach(right)))
