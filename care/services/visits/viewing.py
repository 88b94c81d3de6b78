"""Every page that a visitor asks for is written down, refused ones too; the establishment is told of repeated refusals.

A page is written down before it leaves: what cannot be noted is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import machine_scope
from care.domain.visits import ALERTS, MOST_VIEWS
from care.services.errors import Refused
from care.services.platform import Platform
from care.services.sessions import ADDRESS_LENGTH
from care.services.trail import record
from care.services.visits.letters import refusals
from care.services.visits.rows import thing_of
from care.services.visits.telling import tell_managers
from care.store.programme import Visit, VisitAccess, VisitView
from scanners.model import Scalar, Text

MAX_PAGE, MAX_THING = 60, 200
NOT_GIVEN = "not_given"
"""The page of a file that could not be given: no guess of the visitor's."""
CLOSED = "closed"
"""The page asked for when the visit was over or withdrawn: no guess either."""


@dataclass(frozen=True, slots=True)
class View:
    """What was asked for: the page, the thing it shows (`evidence:12`), from which network address."""

    page: str
    thing: str
    address: str


def note_view(platform: Platform, access_id: int, view: View, *, allowed: bool) -> None:
    """Write down a page of a visitor. Refused when this visitor asked for more than anybody reads."""
    now = platform.clock.now()
    with platform.database.write() as session:
        access = session.get_one(VisitAccess, access_id, with_for_update=True)
        mine = VisitView.access_id == access_id
        if (session.scalar(select(func.count()).select_from(VisitView).where(mine)) or 0) >= MOST_VIEWS:
            raise Refused(_TOO_MUCH)
        access.seen_at = now if allowed else access.seen_at
        session.add(
            VisitView(
                access_id=access_id, at=now, page=view.page[:MAX_PAGE], thing=_printable(view.thing), allowed=allowed,
                address=view.address[:ADDRESS_LENGTH],
            )
        )  # fmt: skip
        session.flush()
        if not allowed and view.page not in (NOT_GIVEN, CLOSED):
            _alert(platform, session, access)


def _printable(thing: str) -> str:
    return "".join(sign if sign.isprintable() else "_" for sign in thing)[:MAX_THING]


def _alert(platform: Platform, session: Session, access: VisitAccess) -> None:
    guesses = VisitView.access_id == access.id, VisitView.allowed.is_(False), VisitView.page.not_in((NOT_GIVEN, CLOSED))
    count = session.scalar(select(func.count()).select_from(VisitView).where(*guesses)) or 0
    if count not in ALERTS:
        return
    row, now = session.get_one(Visit, access.visit_id), platform.clock.now()
    key = f"visit-refusals:{access.id}:{count}"
    tell_managers(
        platform, session, row, now, key,
        lambda lang, holder, link: refusals(lang, row.title, holder, access.name, count, link),
    )  # fmt: skip
    detail: dict[str, Scalar] = {"visitor": access.name, "access": access.id, "count": count}
    record(session, machine_scope("CaRE"), "visit.requests_refused", thing_of(row), now, detail)


_TOO_MUCH = Text(
    f"Cet accès a déjà ouvert {MOST_VIEWS} pages, le plus qu’il peut : adressez-vous à l’établissement.",
    f"This access has already opened {MOST_VIEWS} pages, which is the most it can: ask the establishment.",
)
