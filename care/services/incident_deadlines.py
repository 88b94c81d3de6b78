"""The deadlines of incidents: declarations to send, incidents open for long."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.deadlines import Deadline, DeadlineKind
from care.domain.declaration_clocks import ClockState
from care.domain.incidents import LONG_OPEN
from care.domain.programme import IncidentState
from care.services.deadline_source import Source, Wanted, at_site, there
from care.services.incidents.due_steps import due_steps
from care.store.incidents import Incident
from scanners.model import Text


def _open(session: Session, wanted: Wanted) -> list[Incident]:
    query = select(Incident).where(Incident.state != IncidentState.CLOSED)
    return list(session.scalars(query.where(*there(Incident.establishment_id, wanted))))


def declarations(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Declarations that the facts of an open incident do not rule out, and that nobody has settled."""
    duties = wanted.platform.kits.crisis.duties if wanted.platform else ()
    for row, one in due_steps(session, _open(session, wanted), duties, wanted.now):
        if one.state is ClockState.GOING_ON:
            continue
        due_on = wanted.day(one.until or row.detected_at)
        if due_on <= wanted.until:
            yield Deadline(
                kind=DeadlineKind.DECLARATION,
                identity=f"declaration:{row.id}:{one.duty}:{one.step}",
                place=at_site(row.establishment_id),
                title=Text(f"{one.title.fr} : « {row.title} »", f"{one.title.en}: “{row.title}”"),
                due_on=due_on,
                changed_at=row.changed_at,
                address=f"/establishments/{row.establishment_id}/incidents/{row.id}/declarations/{one.duty}/{one.step}",
            )


def long_open(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Incidents that have been open for long: to close, with their lessons."""
    for row in _open(session, wanted):
        due_on = wanted.day(row.detected_at + LONG_OPEN)
        if due_on <= wanted.until:
            yield Deadline(
                kind=DeadlineKind.INCIDENT,
                identity=f"incident:{row.id}",
                place=at_site(row.establishment_id),
                title=Text(f"Clore l’incident : « {row.title} »", f"Close the incident: “{row.title}”"),
                due_on=due_on,
                changed_at=row.changed_at,
                address=f"/establishments/{row.establishment_id}/incidents/{row.id}",
            )


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.DECLARATION, declarations, Right.SEE_INCIDENTS, Right.MANAGE_INCIDENTS, (7, 1), weekly=True),
    Source(DeadlineKind.INCIDENT, long_open, Right.SEE_INCIDENTS, Right.MANAGE_INCIDENTS, (7, 1), weekly=True),
)
"""The sources of incidents."""
