"""Targets that the platform makes by itself, of what it holds: nobody describes them, they come back every night."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.schedule import Recurrence
from care.store.jobs import Schedule
from care.store.registry import Establishment
from care.store.targets import Target


def wait_for_others(session: Session, establishment_id: int) -> None:
    """Of two first checks at the same moment, the second waits here, then finds the target of the first."""
    session.execute(select(Establishment.id).where(Establishment.id == establishment_id).with_for_update())


def make_target(
    session: Session,
    establishment_id: int,
    scanner: str,
    name: str,
    every: Recurrence,
    actor: str,
    now: datetime,
) -> Target:
    """A target without a request, and its appointment."""
    target = Target(
        establishment_id=establishment_id,
        scanner=scanner,
        name=name,
        request={},
        created_at=now,
        created_by=actor,
        changed_at=now,
    )
    session.add(target)
    session.flush()
    session.add(
        Schedule(
            establishment_id=establishment_id,
            target_id=target.id,
            cron=every.cron,
            created_at=now,
            created_by=actor,
        )
    )
    session.flush()
    return target
