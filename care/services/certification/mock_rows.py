"""Rows of mock visits: which visit, what it looks at, the last note of each element and method."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import Framework, Item
from care.domain.programme import Inquiry, VisitKind, VisitState
from care.services.certification.manuals import manuals_in_use
from care.services.errors import NotFound, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.trail import Thing
from care.store.programme import Visit, VisitNote
from care.store.registry import Establishment
from scanners.model import Text

Noted = tuple[str, Inquiry | None]


def mock_visit(
    session: Session, scope: Scope, establishment_id: int, visit_id: int, right: Right, *, lock: bool = False
) -> tuple[Visit, Establishment]:
    """A mock visit of an establishment. NotFound for a stranger, Forbidden without `right`."""
    place = visible_establishment(session, scope, establishment_id, right)
    query = select(Visit).where(*_mock(place.id), Visit.id == visit_id)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound
    return row, place


def mock_visits_of(session: Session, establishment_id: int) -> Sequence[Visit]:
    """The mock visits of an establishment, the latest first."""
    return session.scalars(
        select(Visit).where(*_mock(establishment_id)).order_by(Visit.starts_at.desc(), Visit.id.desc())
    ).all()


def _mock(establishment_id: int) -> tuple[ColumnElement[bool], ...]:
    return Visit.kind == VisitKind.MOCK, Visit.holder == Place(Level.ESTABLISHMENT, establishment_id).key


def refuse_ended(row: Visit) -> None:
    """Refused once the visit is over: what was seen then is not seen again."""
    if row.state is not VisitState.OPEN:
        raise Refused(
            Text(
                "Cette visite à blanc est terminée : ses notes ne changent plus. Ouvrez-en une nouvelle.",
                "This mock visit is over: its notes no longer change. Open a new one.",
            )
        )


def thing_of(row: Visit, establishment_id: int) -> Thing:
    """The visit as the trail names it."""
    return Thing("visit", row.id, establishment_id)


def manual_of_visit(platform: Platform, session: Session, row: Visit) -> Framework:
    """The manual a visit goes by, in its present version."""
    name = next(iter(row.scope.get("frameworks", [])), "")
    known = manuals_in_use(platform, session)
    if name not in known:
        raise NotFound
    return known[name]


def methods_of(row: Visit) -> tuple[Inquiry, ...]:
    """The methods chosen, in the order of the HAS."""
    chosen = set(row.scope.get("methods", []))
    return tuple(one for one in Inquiry if one.value in chosen)


def looked_at(row: Visit, manual: Framework) -> Iterator[Item]:
    """The elements in the scope of a visit: those chosen, and those of a chosen criterion."""
    chosen = set(row.scope.get("items", []))
    return (one for one in manual.requirements if chosen & {one.id, one.parent})


def last_notes(session: Session, visit_ids: Sequence[int]) -> dict[int, dict[Noted, VisitNote]]:
    """The last note of each element and method, by visit."""
    last = (
        select(func.max(VisitNote.id))
        .where(VisitNote.visit_id.in_(visit_ids))
        .group_by(VisitNote.visit_id, VisitNote.framework, VisitNote.item, VisitNote.inquiry)
    )
    found: dict[int, dict[Noted, VisitNote]] = {number: {} for number in visit_ids}
    for row in session.scalars(select(VisitNote).where(VisitNote.id.in_(last)).order_by(VisitNote.id)):
        found[row.visit_id][row.item, row.inquiry] = row
    return found


def notes_of(session: Session, row: Visit) -> Mapping[Noted, VisitNote]:
    """The last notes of one visit."""
    return last_notes(session, [row.id])[row.id]
