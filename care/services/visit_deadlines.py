"""The deadlines of certification visits: the one that opens, the one that closes by itself."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, place_at
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.programme import VisitKind, VisitState
from care.services.deadline_source import Source, Wanted, at_site
from care.services.visits.rows import stands
from care.store.programme import Visit
from scanners.model import Text


def visits(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Visits to come by their opening, open ones by their closing; what is over calls for nothing."""
    rows = session.scalars(
        select(Visit).where(
            Visit.kind == VisitKind.OFFICIAL,
            Visit.state.in_((VisitState.PLANNED, VisitState.OPEN)),
            Visit.ends_at > wanted.now,
            Visit.starts_at <= wanted.until_instant,
        )
    )
    for row in rows:
        place = _place(row, wanted)
        if place is not None:
            yield from _due(row, place, wanted)


def _place(row: Visit, wanted: Wanted) -> Place | None:
    """Where it is due: at an establishment that it shows when one is asked for, else where the visit is."""
    if wanted.establishment_id is None:
        return place_at(row.holder)
    mine = f"{Level.ESTABLISHMENT}:{wanted.establishment_id}" == row.holder
    shown = wanted.establishment_id in row.scope["establishments"]
    return at_site(wanted.establishment_id) if mine or shown else None


def _due(row: Visit, place: Place, wanted: Wanted) -> Iterator[Deadline]:
    coming = stands(row, wanted.now) is VisitState.PLANNED
    due_on = wanted.day(row.starts_at if coming else row.ends_at)
    if due_on > wanted.until:
        return
    title = (
        Text(f"Ouverture de la visite : « {row.title} »", f"Opening of the visit: “{row.title}”")
        if coming
        else Text(f"Fermeture de la visite : « {row.title} »", f"Closing of the visit: “{row.title}”")
    )
    site = wanted.establishment_id or row.scope["establishments"][0]
    yield Deadline(
        kind=DeadlineKind.VISIT,
        identity=f"visit-{'opens' if coming else 'closes'}:{row.id}",
        place=place,
        title=title,
        due_on=due_on,
        changed_at=row.changed_at,
        address=f"/establishments/{site}/visits/{row.id}",
    )


SOURCES = (Source(DeadlineKind.VISIT, visits, Right.SEE_PROGRAMME, Right.MANAGE_PROGRAMME, (30, 14, 7, 1)),)
