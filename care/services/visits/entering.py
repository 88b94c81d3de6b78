"""A visitor comes in: the link is exchanged for the cookie of one browser, which each request shows.

Whether the visit is open is judged at each request by the clock alone: nothing has to run for it to close.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope, place_at
from care.domain.programme import VisitKind, VisitState
from care.services.brakes import address_key, count_attempt, give_back
from care.services.errors import Gone, NotFound
from care.services.exercises.seats import hashed
from care.services.places import place_name
from care.services.platform import Platform
from care.services.sessions import ADDRESS_LENGTH
from care.services.trail import record
from care.services.visits.rows import stands, thing_of
from care.store.programme import Visit, VisitAccess, VisitView
from scanners.model import Lang, Text

FREE_LINKS = 30
"""Wrong links from one network, where a whole team of visitors comes from."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """Where a link leads: whose visit, for whom, from when to when. `open`: it may be entered now."""

    visit: str
    holder: str
    name: str
    organisation: str
    starts_at: datetime
    ends_at: datetime
    open: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What may be looked at: a visit and its scope. `access_id` is None for who previews it."""

    visit_id: int
    title: str
    holder: str
    establishments: tuple[int, ...]
    frameworks: tuple[str, ...]
    downloads: bool
    starts_at: datetime
    ends_at: datetime
    access_id: int | None
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Shut:
    """A cookie that was good: whose, and why it opens nothing now."""

    access_id: int
    why: Text


def way_in(platform: Platform, lang: Lang, token: str, address: str) -> WayIn:
    """Where a link leads. NotFound, after a while Throttled, when it is none (any more); Gone when it is over."""
    now = platform.clock.now()
    limits = {f"visit-{address_key(address[:ADDRESS_LENGTH])}": FREE_LINKS}
    with platform.database.write() as session:
        count_attempt(session, limits, now)
    with platform.database.write() as session:
        access, row = _by_token(session, token)
        give_back(session, limits)
        state = stands(row, now)
        if why := _why_shut(access, state):
            raise Gone(why)
        holder = place_name(session, place_at(row.holder), lang)
        return WayIn(
            row.title, holder, access.name, access.organisation, row.starts_at, row.ends_at, state is VisitState.OPEN
        )


def enter(platform: Platform, lang: Lang, token: str, address: str) -> tuple[str, datetime]:
    """The cookie of this browser and when it ends; the browser that came in by this link before is shut out.

    NotFound, Throttled and Gone as `way_in`; Gone too, saying when it opens, before the visit does.
    """
    way_in(platform, lang, token, address)
    now = platform.clock.now()
    cookie = secrets.token_urlsafe(24)
    with platform.database.write() as session:
        access, row = _by_token(session, token, lock=True)
        state = stands(row, now)
        if why := _why_shut(access, state):
            raise Gone(why)
        if state is not VisitState.OPEN:
            raise Gone(_NOT_YET)
        access.session_hash = hashed(cookie)
        access.opened_at, access.seen_at = access.opened_at or now, now
        session.add(VisitView(access_id=access.id, at=now, page="enter", address=address[:ADDRESS_LENGTH]))
        who = Scope(actor=f"Visiteur : {access.name}"[:200], lang=lang, address=address)
        record(session, who, "visit.entered", thing_of(row), now, {"access": access.id, "title": row.title})
    return cookie, row.ends_at


def visiting(platform: Platform, lang: Lang, cookie: str) -> Looked | Shut | None:
    """Who holds this cookie and what they may look at, now; None when nobody holds it."""
    now = platform.clock.now()
    with platform.database.read() as session:
        found = session.execute(
            select(VisitAccess, Visit)
            .join(Visit, Visit.id == VisitAccess.visit_id)
            .where(VisitAccess.session_hash == hashed(cookie), Visit.kind == VisitKind.OFFICIAL)
        ).one_or_none()
        if found is None:
            return None
        access, row = found
        state = stands(row, now)
        if state is not VisitState.OPEN or access.revoked_at is not None:
            return Shut(access.id, _why_shut(access, state) or _NOT_YET)
        return looked(session, row, lang, access)


def leave(platform: Platform, cookie: str) -> None:
    """Forget this browser; the link opens again."""
    with platform.database.write() as session:
        query = select(VisitAccess).where(VisitAccess.session_hash == hashed(cookie)).with_for_update()
        access = session.scalars(query).one_or_none()
        if access is not None:
            access.session_hash = None


def looked(session: Session, row: Visit, lang: Lang, access: VisitAccess | None = None, name: str = "") -> Looked:
    """What a visit lets its visitors look at; `name` is who previews it."""
    return Looked(
        visit_id=row.id,
        title=row.title,
        holder=place_name(session, place_at(row.holder), lang),
        establishments=tuple(row.scope["establishments"]),
        frameworks=tuple(row.scope["frameworks"]),
        downloads=bool(row.scope.get("downloads")),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        access_id=access.id if access else None,
        name=access.name if access else name,
        organisation=access.organisation if access else "",
    )


def _by_token(session: Session, token: str, *, lock: bool = False) -> tuple[VisitAccess, Visit]:
    query = select(VisitAccess).where(VisitAccess.token_hash == hashed(token))
    access = session.scalars(query.with_for_update() if lock else query).one_or_none()
    row = session.get_one(Visit, access.visit_id) if access else None
    if access is None or row is None or row.kind is not VisitKind.OFFICIAL:
        raise NotFound
    return access, row


def _why_shut(access: VisitAccess, state: VisitState) -> Text | None:
    """Why somebody is shut out for good; the establishment's own reason is not for them."""
    if state is VisitState.ENDED:
        return Text(
            "La visite est terminée : cet accès est fermé. Pour une question, adressez-vous à l’établissement.",
            "The visit is over: this access is closed. For any question, ask the establishment.",
        )
    if state is VisitState.REVOKED or access.revoked_at is not None:
        return Text(
            "L’établissement a retiré cet accès : adressez-vous à lui.",
            "The establishment withdrew this access: ask them.",
        )
    return None


_NOT_YET = Text("La visite n’est pas encore ouverte.", "The visit is not open yet.")
