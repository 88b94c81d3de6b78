"""Territories of installations: where they lie, and who manages them there."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.access import PLATFORM, Level, Place, Reach, Right, Scope, place_at
from care.services.errors import Forbidden, NotFound
from care.services.places import place_lineage, place_name
from care.store.federation import Installation
from care.store.registry import Establishment, Ght, covered_ghts, visible
from scanners.model import Text

WHOLE = Text("Tout le territoire de cette plateforme", "The whole territory of this platform")


def managed(session: Session, scope: Scope, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that keeps rows whose place, written in `column`, is one where the region is managed."""
    return placed(session, scope.reach(Right.MANAGE_REGION), column)


def placed(session: Session, reach: Reach, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that keeps rows whose place, written in `column`, is a region or a GHT within reach."""
    if reach.everywhere:
        return true()
    ghts = session.scalars(select(Ght.id).where(covered_ghts(reach)))
    places = [*(Place(Level.REGION, one) for one in reach.regions), *(Place(Level.GHT, one) for one in ghts)]
    return column.in_([one.key for one in places])


def manages(session: Session, scope: Scope, kept: str) -> bool:
    """Whether this person manages the place that is written so."""
    return scope.allows(Right.MANAGE_REGION, place_lineage(session, place_at(kept)))


def check_manager(scope: Scope) -> None:
    """Forbidden for who manages no territory at all."""
    if not scope.allows_somewhere(Right.MANAGE_REGION):
        raise Forbidden


def installation_row(session: Session, scope: Scope, installation_id: int, *, lock: bool = False) -> Installation:
    """The installation, for who manages its territory: NotFound for anybody else."""
    row = session.get(Installation, installation_id, with_for_update=lock or None)
    if row is None or not manages(session, scope, row.place):
        raise NotFound
    return row


def territory_name(session: Session, kept: str, lang: str) -> str:
    """The name of the place that is written so."""
    place = place_at(kept)
    return WHOLE.render(lang) if place == PLATFORM else place_name(session, place, lang)


def inside(session: Session, place: Place, ids: Iterable[int]) -> frozenset[int]:
    """Those of these establishments that lie in a place."""
    wanted = Establishment.id.in_(list(ids))
    return frozenset(session.scalars(select(Establishment.id).where(visible(Reach.of(place)), wanted)))
