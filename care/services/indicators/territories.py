"""The places whose figures a reader sees: the nation, regions and GHT where the right to see a region holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Place, Right, Scope
from care.services.errors import Forbidden, NotFound
from care.services.places import place_lineage, place_name
from care.services.platform import Platform
from care.services.territories import LEVELS, territories_in
from scanners.model import Text

NATION = Text("Vue nationale", "National view")


@dataclass(frozen=True, slots=True)
class Territory:
    """A place that has figures, and what it is called."""

    place: Place
    name: str


def open_territory(session: Session, scope: Scope, place: Place) -> Territory:
    """The place, if this reader sees its figures; NotFound otherwise."""
    if place.level not in LEVELS or not scope.allows(Right.SEE_REGION, place_lineage(session, place)):
        raise NotFound
    return Territory(place, territory_name(session, place, scope.lang))


def territory_name(session: Session, place: Place, lang: str) -> str:
    """What a place is called over its figures."""
    return NATION.render(lang) if place == PLATFORM else place_name(session, place, lang)


def list_territories(platform: Platform, scope: Scope) -> tuple[Territory, ...]:
    """The places whose figures this reader sees, widest first, GHT by name. Forbidden for who sees none."""
    if not scope.allows_somewhere(Right.SEE_REGION):
        raise Forbidden
    with platform.database.read() as session:
        return tuple(_seen(session, scope))


def _seen(session: Session, scope: Scope) -> Iterator[Territory]:
    for place, name in territories_in(session, scope, Right.SEE_REGION):
        yield Territory(place, NATION.render(scope.lang) if place == PLATFORM else name)
