"""Changes of an establishment over time: its region, legal entity or category, its closing, its merger into another.

Each has a day. What was before that day stays: figures of the past remain where the establishment was, those of the
months since are made again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.months import month_of
from care.services.errors import Invalid, Refused
from care.services.former_places import NOT_YET, keep_former_places
from care.services.indicators.marks import mark_since
from care.services.library import today
from care.services.platform import Platform
from care.services.profiles import managed_establishment, may_manage, profile_to_change, touch
from care.services.registry import CHOOSE_REGION, checked_category
from care.store.registry import Establishment, LegalEntity, Region
from scanners.model import Text

CHOOSE_ENTITY = Text("Choisissez une entité juridique que vous suivez.", "Choose a legal entity that you follow.")
CHOOSE_SUCCESSOR = Text(
    "Choisissez l’établissement qui reprend celui-ci, parmi ceux que vous suivez.",
    "Choose the establishment that takes this one over, among those you follow.",
)
ITSELF = Text("Un établissement ne peut pas être repris par lui-même.", "An establishment cannot take itself over.")
SUCCESSOR_CLOSED = Text(
    "L’établissement choisi est lui-même fermé à cette date : choisissez celui qui existe encore.",
    "The chosen establishment is closed itself on that day: choose the one that still exists.",
)


@dataclass(frozen=True, slots=True)
class Move:
    """Where an establishment is from the day `since` on; its GHT is that of its legal entity."""

    region_id: int
    legal_entity_id: int
    category: str
    since: date


def move_establishment(platform: Platform, scope: Scope, establishment_id: int, move: Move, seen: int) -> None:
    """Change the region, the legal entity or the category of an establishment. Nothing changed is nothing written.

    `scope` must follow both places. Refused when somebody changed the establishment since version `seen`.
    """
    now, category = platform.clock.now(), checked_category(move.category)
    with platform.database.write() as session:
        row = managed_establishment(session, scope, establishment_id)
        profile = profile_to_change(platform, session, row, seen)
        if (row.region_id, row.legal_entity_id, row.category) == (move.region_id, move.legal_entity_id, category):
            return
        _may_arrive(session, scope, row, move)
        keep_former_places(session, [row], move.since, today(platform))
        row.region_id, row.legal_entity_id, row.category = move.region_id, move.legal_entity_id, category
        mark_since(session, month_of(move.since), now)
        touch(session, scope, profile, "establishment.moved", ("place",), now)


def _may_arrive(session: Session, scope: Scope, row: Establishment, move: Move) -> None:
    region, entity = session.get(Region, move.region_id), session.get(LegalEntity, move.legal_entity_id)
    if region is None or (region.id != row.region_id and not may_manage(scope, region)):
        raise Invalid({"region_id": CHOOSE_REGION})
    if entity is None or (entity.id != row.legal_entity_id and not may_manage(scope, entity)):
        raise Invalid({"legal_entity_id": CHOOSE_ENTITY})


def close_establishment(
    platform: Platform, scope: Scope, establishment_id: int, on: date, successor_id: int | None, seen: int
) -> None:
    """Write that an establishment no longer exists from the day `on`, and which one takes it over if one does.

    Nothing of it is erased. From the month of that day on it is no longer asked, and its values no longer count: its
    successor answers for both. The national list does not open it again.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        row = managed_establishment(session, scope, establishment_id)
        profile = profile_to_change(platform, session, row, seen)
        if on > today(platform):
            raise Invalid({"on": NOT_YET})
        if successor_id is not None:
            _check_successor(session, scope, row, successor_id, on)
        first = min(on, row.closed_on or on)
        row.closed_on, profile.successor_id, profile.ended_here = on, successor_id, True
        mark_since(session, month_of(first), now)
        action = "establishment.closed" if successor_id is None else "establishment.merged"
        touch(session, scope, profile, action, ("end",), now)


def _check_successor(session: Session, scope: Scope, row: Establishment, successor_id: int, on: date) -> None:
    if successor_id == row.id:
        raise Invalid({"successor_id": ITSELF})
    successor = session.get(Establishment, successor_id)
    if successor is None or not scope.allows(Right.SEE, successor.lineage) or not may_manage(scope, successor):
        raise Invalid({"successor_id": CHOOSE_SUCCESSOR})
    if successor.closed_on is not None and successor.closed_on <= on:
        raise Invalid({"successor_id": SUCCESSOR_CLOSED})


def reopen_establishment(platform: Platform, scope: Scope, establishment_id: int, seen: int) -> None:
    """Take a closing back, as one written by mistake: the establishment is asked again for every month since."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = managed_establishment(session, scope, establishment_id)
        profile = profile_to_change(platform, session, row, seen)
        if row.closed_on is None:
            raise Refused(Text("Cet établissement est ouvert.", "This establishment is open."))
        first = month_of(row.closed_on)
        row.closed_on, profile.successor_id, profile.ended_here = None, None, False
        mark_since(session, first, now)
        touch(session, scope, profile, "establishment.reopened", ("end",), now)
