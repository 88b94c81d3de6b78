"""The deadlines of awareness: what is planned, until somebody says how it went."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right
from care.domain.deadlines import Deadline, DeadlineKind
from care.services.deadline_source import Source, Wanted, at_site, there
from care.store.governance import AwarenessSession
from scanners.model import Text


def planned(session: Session, wanted: Wanted) -> Iterator[Deadline]:
    """Sessions and campaigns planned, late ones included."""
    query = select(AwarenessSession).where(
        AwarenessSession.planned.is_(True),
        AwarenessSession.cancelled_at.is_(None),
        AwarenessSession.held_on <= wanted.until,
    )
    for row in session.scalars(query.where(*there(AwarenessSession.establishment_id, wanted))):
        yield Deadline(
            kind=DeadlineKind.AWARENESS,
            identity=f"awareness:{row.id}",
            place=at_site(row.establishment_id),
            title=Text(f"Sensibilisation : « {row.title} »", f"Awareness: “{row.title}”"),
            due_on=row.held_on,
            changed_at=row.changed_at,
            address=f"/establishments/{row.establishment_id}/awareness/{row.id}",
        )


SOURCES: tuple[Source, ...] = (
    Source(DeadlineKind.AWARENESS, planned, Right.SEE_PROGRAMME, Right.MANAGE_PROGRAMME, (14, 1), weekly=True),
)
"""The sources of awareness."""
