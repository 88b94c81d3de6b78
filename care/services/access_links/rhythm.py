"""How often accesses are reviewed, and by when the next review is due: worked out of what the platform holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.access_reviews import RHYTHMS, YEARLY, next_review
from care.services.errors import Invalid
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.scanning import of_register_alone
from care.services.trail import Thing, record
from care.store.access_links import AccessReview, AccessReviewRhythm
from care.store.registry import Establishment
from care.store.remote_access import RemoteAccess
from care.store.targets import Target
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Months between two reviews; `opens`: the next one opens by itself."""

    months: int = YEARLY
    opens: bool = True
    changed_by: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the reviews of an establishment that has open accesses stand: the one that is open, else when the next one
    is due."""

    establishment_id: int
    rhythm: Rhythm
    due_on: date
    review_id: int | None = None
    title: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RhythmView:
    """The rhythm of an establishment and the day of its next review, None while there is nothing to review."""

    rhythm: Rhythm
    next_on: date | None


def read_rhythm(platform: Platform, scope: Scope, establishment_id: int) -> RhythmView:
    """How often an establishment reviews its accesses. NotFound, Forbidden."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        known = standings(session, ZoneInfo(platform.settings.timezone), today(platform), establishment_id)
        standing = known.get(establishment_id)
        if standing is None:
            return RhythmView(_rhythms(session, [establishment_id])[establishment_id], None)
        return RhythmView(standing.rhythm, None if standing.review_id else standing.due_on)


def set_rhythm(platform: Platform, scope: Scope, establishment_id: int, months: int, *, opens: bool) -> None:
    """Say how often accesses are reviewed. Invalid; NotFound, Forbidden."""
    if months not in RHYTHMS:
        raise Invalid({"months": Text("Choisissez un des rythmes proposés.", "Choose one of the rhythms offered.")})
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_TARGETS)
        row = session.get(AccessReviewRhythm, establishment_id)
        if row is None:
            row = AccessReviewRhythm(establishment_id=establishment_id)
            session.add(row)
        row.months, row.opens, row.changed_at, row.changed_by = months, opens, now, scope.actor
        thing = Thing("access_review", establishment_id, establishment_id)
        record(session, scope, "access_review.rhythm_set", thing, now, {"months": months, "opens": opens})


def standings(session: Session, zone: tzinfo, day: date, establishment_id: int | None = None) -> Mapping[int, Standing]:
    """Where reviews stand in the establishments that have open accesses, or in one; in a few statements for all."""
    reviewed = _reviewed(session, establishment_id)
    if not reviewed:
        return {}
    sites = list(reviewed)
    rhythms, closed, begun = _rhythms(session, sites), _closed(session, sites), _begun(session, sites)
    going_on = _going_on(session, sites)
    found: dict[int, Standing] = {}
    for site, days in reviewed.items():
        if (row := going_on.get(site)) is not None:
            found[site] = Standing(site, rhythms[site], row.due_on, row.id, row.title, row.opened_at)
            continue
        last, first = closed.get(site), begun.get(site)
        due_on = next_review(rhythms[site].months, _day(last, zone), days, _day(first, zone), day)
        if due_on is not None:
            found[site] = Standing(site, rhythms[site], due_on, changed_at=last or first)
    return found


def _day(moment: datetime | None, zone: tzinfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _reviewed(session: Session, establishment_id: int | None) -> Mapping[int, list[date | None]]:
    """When each open access was last reviewed, by establishment that is not closed itself."""
    query = (
        select(RemoteAccess.establishment_id, RemoteAccess.reviewed_on)
        .join(Establishment, Establishment.id == RemoteAccess.establishment_id)
        .where(RemoteAccess.ended_on.is_(None), Establishment.closed_on.is_(None))
        .order_by(RemoteAccess.establishment_id)
    )
    if establishment_id is not None:
        query = query.where(RemoteAccess.establishment_id == establishment_id)
    found: dict[int, list[date | None]] = defaultdict(list)
    for site, day in session.execute(query):
        found[site].append(day)
    return found


def _rhythms(session: Session, sites: Iterable[int]) -> Mapping[int, Rhythm]:
    known = list(sites)
    rows = session.scalars(select(AccessReviewRhythm).where(AccessReviewRhythm.establishment_id.in_(known)))
    said = {row.establishment_id: Rhythm(row.months, row.opens, row.changed_by, row.changed_at) for row in rows}
    return {site: said.get(site, Rhythm()) for site in known}


def _closed(session: Session, sites: list[int]) -> Mapping[int, datetime]:
    return _latest(
        session,
        select(AccessReview.establishment_id, func.max(AccessReview.closed_at))
        .where(AccessReview.establishment_id.in_(sites), AccessReview.closed_at.is_not(None))
        .group_by(AccessReview.establishment_id),
    )


def _begun(session: Session, sites: list[int]) -> Mapping[int, datetime]:
    """When the register had its first line: its target was made then."""
    return _latest(
        session,
        select(Target.establishment_id, func.min(Target.created_at))
        .where(Target.establishment_id.in_(sites), of_register_alone())
        .group_by(Target.establishment_id),
    )


def _latest(session: Session, query: Select[Any, Any]) -> Mapping[int, datetime]:
    return {site: moment for site, moment in session.execute(query) if moment is not None}


def _going_on(session: Session, sites: list[int]) -> Mapping[int, AccessReview]:
    query = select(AccessReview).where(AccessReview.establishment_id.in_(sites), AccessReview.closed_at.is_(None))
    return {row.establishment_id: row for row in session.scalars(query.order_by(AccessReview.id.desc()))}
