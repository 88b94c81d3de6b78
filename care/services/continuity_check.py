"""The consistency check of continuity: an audit like the others, whose facts are the platform's own tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.schedule import Every, Recurrence
from care.services.audits import Started, submit_audit
from care.services.continuity_facts import CONTINUITY, TARGET_NAME
from care.services.own_targets import make_target, wait_for_others
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.targets import Target

_EVERY_NIGHT = Recurrence(Every.DAY, hour=4, minute=30)


def ask_check(platform: Platform, scope: Scope, establishment_id: int) -> Started | None:
    """Check the consistency of an establishment's continuity now.

    The first check makes its target and has it come back every night, so that contradictions are told the next
    morning. Refused when a check is already going on.
    """
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        target = _target(session, establishment_id) or _make(session, establishment_id, now, scope.actor)
        return submit_audit(platform, session, scope, target)


def _target(session: Session, establishment_id: int) -> Target | None:
    return session.scalars(
        select(Target).where(Target.establishment_id == establishment_id, Target.scanner == CONTINUITY)
    ).one_or_none()


def _make(session: Session, establishment_id: int, now: datetime, actor: str) -> Target:
    wait_for_others(session, establishment_id)
    found = _target(session, establishment_id)
    if found is not None:
        return found
    return make_target(session, establishment_id, CONTINUITY, TARGET_NAME, _EVERY_NIGHT, actor, now)
