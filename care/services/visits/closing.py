"""Visits whose time is over: their state and their accesses say so, and the establishment is told once.

They open nothing from the second they end, whether this ran or not: each request looks at the clock.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import machine_scope
from care.domain.programme import VisitKind, VisitState
from care.services.platform import Platform
from care.services.trail import record
from care.services.visits.letters import closed
from care.services.visits.planning import close_accesses
from care.services.visits.rows import thing_of
from care.services.visits.telling import tell_managers
from care.services.work import Hold
from care.store.programme import Visit, VisitAccess, VisitView
from scanners.model import Scalar, Text

_STILL = (VisitState.PLANNED, VisitState.OPEN)
_WHY = "Fin de la visite"


def close_visits(platform: Platform, hold: Hold) -> None:
    """The job: every visit whose end is past, each in its own transaction."""
    done = close_due(platform)
    with platform.database.write() as session:
        hold.finish(session, Text(f"Visites fermées : {done}.", f"Visits closed: {done}."))


def close_due(platform: Platform) -> int:
    """Close what is due; how many visits."""
    now = platform.clock.now()
    due = Visit.kind == VisitKind.OFFICIAL, Visit.state.in_(_STILL), Visit.ends_at <= now
    with platform.database.read() as session:
        numbers = session.scalars(select(Visit.id).where(*due).order_by(Visit.id)).all()
    return sum(_close(platform, number) for number in numbers)


def _close(platform: Platform, visit_id: int) -> bool:
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.get_one(Visit, visit_id, with_for_update=True, populate_existing=True)
        if row.state not in _STILL or row.ends_at > now:
            return False  # closed or put off meanwhile
        row.state, row.ended_at = VisitState.ENDED, row.ends_at
        row.version, row.changed_at, row.changed_by = row.version + 1, now, "CaRE"
        count = close_accesses(session, row, row.ends_at, "CaRE", _WHY)
        views = views_of(session, row.id)
        tell_managers(
            platform, session, row, now, f"visit-closed:{row.id}",
            lambda lang, holder, link: closed(lang, row.title, holder, views, link),
        )  # fmt: skip
        detail: dict[str, Scalar] = {"title": row.title, "accesses": count, "views": views, "version": row.version}
        record(session, machine_scope("CaRE"), "visit.closed", thing_of(row), now, detail)
        return True


def views_of(session: Session, visit_id: int) -> int:
    """How many pages were shown to the visitors of a visit."""
    query = select(func.count()).select_from(VisitView).join(VisitAccess, VisitAccess.id == VisitView.access_id)
    return session.scalar(query.where(VisitAccess.visit_id == visit_id, VisitView.allowed.is_(True))) or 0
