"""Certification visits as the establishment reads them: the list, one visit, what can be chosen to plan one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope, place_at
from care.domain.frameworks import Framework, FrameworkKind, Unit
from care.domain.programme import VisitKind, VisitState
from care.services.frameworks.library import frameworks_in_use
from care.services.library import today
from care.services.places import place_name, visible_establishment
from care.services.platform import Platform
from care.services.visits.entering import Looked, looked
from care.services.visits.rows import holds, places_of, sites_of, stands, visit_row
from care.store.programme import Visit, VisitAccess, VisitView
from care.store.registry import Establishment


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit in a list. `left` is the time until it opens (planned) or closes (open), None once it is over."""

    id: int
    title: str
    holder: str
    state: VisitState
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    left: timedelta | None
    visitors: int
    views: int


@dataclass(frozen=True, slots=True)
class VisitorLine:
    """Somebody invited. `views` were shown, `refused` were not; `closed_why` says why the access opens nothing."""

    id: int
    name: str
    organisation: str
    email: str
    created_at: datetime
    created_by: str
    opened_at: datetime | None
    seen_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str
    closed_why: str
    views: int
    refused: int


@dataclass(frozen=True, slots=True)
class VisitSheet:
    """One visit in full. `visitors` are None for who may not see people's names and addresses."""

    line: VisitLine
    place: Place
    establishments: tuple[str, ...]
    frameworks: tuple[str, ...]
    downloads: bool
    scope_establishments: tuple[int, ...]
    scope_frameworks: tuple[str, ...]
    why: str
    created_at: datetime
    created_by: str
    version: int
    visitors: tuple[VisitorLine, ...] | None
    may_manage: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What a visit may be about, from one establishment: who is visited (with its establishments), frameworks."""

    holders: Mapping[Place, str]
    sites: Mapping[Place, Mapping[int, str]]
    frameworks: Mapping[FrameworkKind, Mapping[str, str]]


def list_visits(platform: Platform, scope: Scope, establishment_id: int) -> tuple[VisitLine, ...]:
    """The visits of an establishment, and of its legal entity and GHT for who sees all of them; the latest first."""
    now = platform.clock.now()
    with platform.database.read() as session:
        site = visible_establishment(session, scope, establishment_id, Right.SEE_PROGRAMME)
        held = [one.key for one in places_of(site) if holds(session, scope, one, Right.SEE_PROGRAMME)]
        rows = session.scalars(
            select(Visit)
            .where(Visit.kind == VisitKind.OFFICIAL, Visit.holder.in_(held))
            .order_by(Visit.starts_at.desc(), Visit.id.desc())
        ).all()
        counts = _counts(session, [row.id for row in rows])
        return tuple(_line(session, scope, row, counts.get(row.id, (0, 0)), now) for row in rows)


def open_visit(platform: Platform, scope: Scope, where: tuple[int, int]) -> VisitSheet:
    """One visit: `where` is (establishment, visit). NotFound, Forbidden."""
    now = platform.clock.now()
    with platform.database.read() as session:
        row = visit_row(session, scope, where)
        place = place_at(row.holder)
        people = holds(session, scope, place, Right.SEE_CONTACTS)
        known = frameworks_in_use(platform, session, today(platform))
        names = dict(
            session.execute(
                select(Establishment.id, Establishment.name).where(Establishment.id.in_(row.scope["establishments"]))
            ).all()
        )
        counts = _counts(session, [row.id]).get(row.id, (0, 0))
        return VisitSheet(
            line=_line(session, scope, row, counts, now),
            place=place,
            establishments=tuple(sorted(names.values())),
            frameworks=tuple(_named(known, one, scope) for one in row.scope["frameworks"]),
            downloads=bool(row.scope.get("downloads")),
            scope_establishments=tuple(row.scope["establishments"]),
            scope_frameworks=tuple(row.scope["frameworks"]),
            why=row.conclusion if row.state is VisitState.REVOKED else "",
            created_at=row.created_at,
            created_by=row.created_by,
            version=row.version,
            visitors=tuple(visitors_of(session, row.id)) if people else None,
            may_manage=holds(session, scope, place, Right.MANAGE_PROGRAMME),
        )


def choices(platform: Platform, scope: Scope, establishment_id: int) -> Choices:
    """What can be chosen to plan a visit. Forbidden for who manages no programme here."""
    with platform.database.read() as session:
        site = visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        places = [one for one in places_of(site) if holds(session, scope, one, Right.MANAGE_PROGRAMME)]
        known = frameworks_in_use(platform, session, today(platform)).values()
        shown = [one for one in known if one.unit is not Unit.SUPPLIER]
        return Choices(
            {one: place_name(session, one, scope.lang) for one in places},
            {one: {row.id: row.name for row in sites_of(session, one)} for one in places},
            {kind: _of_kind(shown, kind, scope) for kind in FrameworkKind if _of_kind(shown, kind, scope)},
        )


def preview(platform: Platform, scope: Scope, where: tuple[int, int]) -> Looked:
    """What its visitors would look at, for who manages the visit; open or not. NotFound, Forbidden."""
    with platform.database.read() as session:
        row = visit_row(session, scope, where, Right.MANAGE_PROGRAMME)
        if not holds(session, scope, place_at(row.holder), Right.SEE_EVIDENCE):
            visit_row(session, scope, where, Right.SEE_EVIDENCE)
        return looked(session, row, scope.lang, name=scope.name or scope.actor)


def visitors_of(session: Session, visit_id: int) -> Iterator[VisitorLine]:
    """The visitors of a visit, in the order of invitations."""
    shown = func.sum(case((VisitView.allowed.is_(True), 1), else_=0))
    counts = {
        number: (int(views or 0), total - int(views or 0))
        for number, views, total in session.execute(
            select(VisitView.access_id, shown, func.count())
            .join(VisitAccess, VisitAccess.id == VisitView.access_id)
            .where(VisitAccess.visit_id == visit_id)
            .group_by(VisitView.access_id)
        )
    }
    rows = session.scalars(select(VisitAccess).where(VisitAccess.visit_id == visit_id).order_by(VisitAccess.id))
    for row in rows:
        yield VisitorLine(
            row.id, row.name, row.organisation, row.email, row.created_at, row.created_by, row.opened_at, row.seen_at,
            row.revoked_at, row.revoked_by or "", row.revoked_why or "", *counts.get(row.id, (0, 0)),
        )  # fmt: skip


def _named(known: Mapping[str, Framework], framework: str, scope: Scope) -> str:
    return known[framework].title.render(scope.lang) if framework in known else framework


def _of_kind(frameworks: Sequence[Framework], kind: FrameworkKind, scope: Scope) -> dict[str, str]:
    return {one.id: one.title.render(scope.lang) for one in frameworks if one.kind is kind}


def _counts(session: Session, visits: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    """Visitors and pages shown, by visit."""
    people = select(VisitAccess.visit_id, func.count()).group_by(VisitAccess.visit_id)
    views = (
        select(VisitAccess.visit_id, func.count())
        .join(VisitView, VisitView.access_id == VisitAccess.id)
        .where(VisitView.allowed.is_(True))
        .group_by(VisitAccess.visit_id)
    )
    invited = dict(session.execute(people.where(VisitAccess.visit_id.in_(visits))).all())
    shown = dict(session.execute(views.where(VisitAccess.visit_id.in_(visits))).all())
    return {one: (invited.get(one, 0), shown.get(one, 0)) for one in visits}


def _line(session: Session, scope: Scope, row: Visit, counts: tuple[int, int], now: datetime) -> VisitLine:
    state = stands(row, now)
    until = {VisitState.PLANNED: row.starts_at, VisitState.OPEN: row.ends_at}.get(state)
    return VisitLine(
        row.id, row.title, place_name(session, place_at(row.holder), scope.lang), state, row.starts_at, row.ends_at,
        row.ended_at or (row.ends_at if state is VisitState.ENDED else None),
        until - now if until is not None else None, *counts,
    )  # fmt: skip
