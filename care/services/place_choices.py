"""The places a reader may choose between: all he sees, then every place that holds several of his establishments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Level, Place, Right, Scope
from care.services.places import WHOLE_PLATFORM, place_name
from care.services.platform import Platform
from care.store.registry import Establishment, Ght, LegalEntity, Region, visible
from scanners.model import Text

ALL_MINE = Text("Tous vos établissements", "All your establishments")


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A place of which the reader sees several establishments; `establishments` counts those."""

    place: Place
    name: str
    establishments: int


@dataclass(frozen=True, slots=True)
class SeenSite:
    """An establishment that the reader sees, and what is above it."""

    id: int
    name: str
    entity_id: int
    entity: str
    ght_id: int | None
    ght: str | None
    region_id: int
    region: str

    def above(self) -> Iterator[tuple[Place, str]]:
        """The places it lies in, itself apart."""
        yield Place(Level.REGION, self.region_id), self.region
        if self.ght_id is not None:
            yield Place(Level.GHT, self.ght_id), self.ght or ""
        yield Place(Level.LEGAL_ENTITY, self.entity_id), self.entity

    def within(self, place: Place) -> bool:
        """Whether it lies in `place`, or is it."""
        mine = {
            Level.PLATFORM: PLATFORM.id,
            Level.REGION: self.region_id,
            Level.GHT: self.ght_id,
            Level.LEGAL_ENTITY: self.entity_id,
            Level.ESTABLISHMENT: self.id,
        }
        return mine[place.level] == place.id


def places_to_choose(platform: Platform, scope: Scope, right: Right) -> tuple[PlaceChoice, ...]:
    """The places where `right` holds on several establishments, the widest first; then each is a page of its own."""
    with platform.database.read() as session:
        return choices_among(scope, seen_sites(session, [visible(scope.reach(right))]), right)


def read_place_name(session: Session, scope: Scope, place: Place, right: Right = Right.SEE_ACTIONS) -> str:
    """What a page over `place` is called: the platform is only that for who reads all of it."""
    if place == PLATFORM and not scope.reach(right).everywhere:
        return ALL_MINE.render(scope.lang)
    return place_name(session, place, scope.lang)


def seen_sites(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[SeenSite]:
    """The establishments that fulfil these conditions, by name, with what they lie in."""
    rows = session.execute(
        select(
            Establishment.id,
            Establishment.name,
            LegalEntity.id,
            LegalEntity.name,
            Ght.id,
            Ght.name,
            Region.id,
            Region.name,
        )
        .join(LegalEntity, LegalEntity.id == Establishment.legal_entity_id)
        .outerjoin(Ght, Ght.id == LegalEntity.ght_id)
        .join(Region, Region.id == Establishment.region_id)
        .where(*conditions)
        .order_by(Establishment.name, Establishment.id)
    )
    return [SeenSite(*row) for row in rows]


def choices_among(scope: Scope, seen: Sequence[SeenSite], right: Right) -> tuple[PlaceChoice, ...]:
    """All that the reader sees, then every place that holds several of these establishments but not all."""
    counts = {
        Level.REGION: Counter((one.region_id, one.region) for one in seen),
        Level.GHT: Counter((one.ght_id, one.ght or "") for one in seen if one.ght_id is not None),
        Level.LEGAL_ENTITY: Counter((one.entity_id, one.entity) for one in seen),
    }
    whole = WHOLE_PLATFORM if scope.reach(right).everywhere else ALL_MINE
    parts = [
        PlaceChoice(Place(level, number or 0), name, count)
        for level, found in counts.items()
        for (number, name), count in found.items()
        if 1 < count < max(2, len(seen))
    ]
    order = list(Level)
    parts.sort(key=lambda one: (order.index(one.place.level), one.name, one.place.id))
    return PlaceChoice(PLATFORM, whole.render(scope.lang), len(seen)), *parts


def name_among(place: Place, inside: Sequence[SeenSite]) -> str:
    """The name of a place that is no choice: a single establishment, or one that holds all or one of those seen."""
    return next((dict(one.above()).get(place, one.name) for one in inside), "")
