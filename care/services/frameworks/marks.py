"""What must be computed again: told by whoever writes something that a requirement reads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from care.domain.access import Level, Place
from care.store.frameworks import AssessmentMark
from care.store.upsert import conflict_insert


def mark_due(session: Session, place: Place, now: datetime) -> None:
    """Have what is kept of a place, and of those around it, computed again soon; in the caller’s write transaction."""
    values = {"holder": place.key, "due_since": now, "assessed_at": None}
    insert = conflict_insert(session.get_bind().dialect.name, AssessmentMark).values(**values)
    session.execute(insert.on_conflict_do_update(index_elements=[AssessmentMark.holder], set_={"due_since": now}))


def mark_establishment(session: Session, establishment_id: int, now: datetime) -> None:
    """The same for an establishment."""
    mark_due(session, Place(Level.ESTABLISHMENT, establishment_id), now)
