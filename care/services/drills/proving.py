"""The whole drills that tell of systems, set beside the restore tests that people wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from care.domain.node_names import folded
from care.store.restore_drills import RestoreDrill


def with_tests(session: Session, establishment_id: int, plan: Mapping[str, Any]) -> dict[str, Any]:
    """A backup plan whose systems have their last whole drill as restore test, when it is newer than the one written.

    A sample is a sign of life, and never counts as a test of the whole. The same day, what failed counts.
    """
    tests = whole_drills(session, establishment_id)
    systems = plan.get("systems")
    if not tests or not isinstance(systems, list | tuple):
        return dict(plan)
    return {**plan, "systems": [_tested(one, tests) if isinstance(one, Mapping) else one for one in systems]}


def whole_drills(session: Session, establishment_id: int) -> dict[str, RestoreDrill]:
    """The whole drill that tells of each system, by folded name: the worst of the last of each of its repositories.

    A success in one repository says nothing of another that failed. Of two alike, the newest.
    """
    return drills_by_place(session, RestoreDrill.establishment_id == establishment_id).get(establishment_id, {})


def drills_by_place(session: Session, *which: ColumnElement[bool]) -> dict[int, dict[str, RestoreDrill]]:
    """The same for each establishment that has any."""
    query = select(RestoreDrill).where(
        RestoreDrill.mode == "whole", RestoreDrill.good.is_not(None), RestoreDrill.system != "", *which
    )
    ordered = session.scalars(query.order_by(RestoreDrill.done_at, RestoreDrill.run_id))
    last = {(one.establishment_id, folded(one.system), one.repository): one for one in ordered}
    found: dict[int, dict[str, RestoreDrill]] = defaultdict(dict)
    for one in sorted(last.values(), key=lambda one: (not one.good, one.done_at, one.run_id)):
        found[one.establishment_id][folded(one.system)] = one
    return found


def outdone(drill: RestoreDrill, written_on: str) -> bool:
    """Whether a test written for that day (ISO) says more than a drill: it is newer, or as old as a drill that failed
    not."""
    day = drill.done_at.date().isoformat()
    return written_on > day or (written_on == day and drill.good is True)


def _tested(system: Mapping[str, Any], tests: Mapping[str, RestoreDrill]) -> Mapping[str, Any]:
    drill, written = tests.get(folded(str(system.get("name", "")))), system.get("last_restore_test")
    if drill is None:
        return system
    if isinstance(written, Mapping) and outdone(drill, str(written.get("date", ""))):
        return system
    day = drill.done_at.date().isoformat()
    hours = drill.full_minutes / 60 if drill.full_minutes else None
    return {**system, "last_restore_test": {"date": day, "success": drill.good, "duration_hours": hours}}
