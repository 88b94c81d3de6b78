"""Rows of continuity plans for the services that read and write them: who may, which version, who changed what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import PlanState
from care.domain.plans import BY_KEY
from care.services.errors import Forbidden, NotFound, Refused
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.stale import refuse_stale
from care.services.trail import Thing, record
from care.store.continuity import Plan, PlanActivity
from care.store.registry import Establishment
from care.store.trail import TrailEvent
from scanners.model import Scalar, Text

KIND = "plan"
PENDING = (PlanState.DRAFT, PlanState.IN_VALIDATION)
"""Versions that are not in force yet: at most one of a plan."""
FIELDS: Mapping[str, Text] = {
    "title": Text("le titre", "the title"),
    "activities": Text("les activités couvertes", "the activities covered"),
    **{key.value: Text(f"la partie « {one.title.fr} »", f"the part “{one.title.en}”") for key, one in BY_KEY.items()},
    "state": Text("son état", "its state"),
}


def visible_plan(session: Session, scope: Scope, plan_id: int) -> tuple[Plan, Establishment]:
    """A version that the reader may see, and its establishment; NotFound otherwise."""
    query = select(Plan).where(Plan.id == plan_id, within(scope, Right.SEE_CONTINUITY, Plan.establishment_id))
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    return row, visible_establishment(session, scope, row.establishment_id, Right.SEE_CONTINUITY)


def locked_plan(session: Session, scope: Scope, plan_id: int, *rights: Right) -> tuple[Plan, Establishment]:
    """A version about to be changed; all of its series are locked. Forbidden without one of `rights`."""
    row, place = visible_plan(session, scope, plan_id)
    if not any(scope.allows(right, place.lineage) for right in rights):
        raise Forbidden
    session.scalars(
        select(Plan)
        .where(Plan.series == row.series)
        .order_by(Plan.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return row, place


def activity_ids(session: Session, plan_id: int) -> list[int]:
    """The activities a version covers, those that ended included."""
    query = select(PlanActivity.activity_id).where(PlanActivity.plan_id == plan_id)
    return sorted(session.scalars(query))


def series_of(session: Session, series: int) -> list[Plan]:
    """Every version of a plan, the latest first."""
    return list(session.scalars(select(Plan).where(Plan.series == series).order_by(Plan.number.desc())))


def next_number(session: Session, series: int) -> int:
    """The number of the next version."""
    return (session.scalar(select(func.max(Plan.number)).where(Plan.series == series)) or 0) + 1


def check_seen(platform: Platform, session: Session, row: Plan, seen: int, touching: Collection[str] = ()) -> None:
    """Refused, saying who changed what, when what is about to change is no longer as it was at version `seen`.

    `touching` names the fields about to change: others may have moved on meanwhile. Without it nothing may have.
    """
    if row.version == seen:
        return
    if touching and not {*touching, "state"} & _changed_since(session, row, seen):
        return
    refuse_stale(platform, session, thing_of(row), (row.changed_at, row.changed_by), seen, FIELDS)


def _changed_since(session: Session, row: Plan, seen: int) -> set[str]:
    events = session.scalars(
        select(TrailEvent.detail).where(TrailEvent.thing_kind == KIND, TrailEvent.thing_id == str(row.id))
    )
    since = [detail for detail in events if isinstance(made := detail.get("version"), int) and made > seen]
    return {name for detail in since for name in str(detail.get("fields", "")).split(", ")}


def check_state(row: Plan, *wanted: PlanState) -> None:
    """Refused when the version is not in one of these states."""
    if row.state in wanted:
        return
    sentences = {
        PlanState.DRAFT: Text("est un brouillon", "is a draft"),
        PlanState.IN_VALIDATION: Text("est en validation", "is being validated"),
        PlanState.VALIDATED: Text("est validée et ne change plus", "is validated and does not change any more"),
        PlanState.ARCHIVED: Text("est archivée et ne change plus", "is archived and does not change any more"),
    }
    said = sentences[row.state]
    raise Refused(
        Text(
            f"La version {row.number} {said.fr} : rechargez la page pour voir ce qui peut en être fait.",
            f"Version {row.number} {said.en}: reload the page to see what may be done with it.",
        )
    )


def touch(row: Plan, actor: str, now: datetime) -> None:
    """Mark a locked version as changed."""
    row.version += 1
    row.changed_at, row.changed_by = now, actor


def note(
    session: Session, scope: Scope, row: Plan, action: str, now: datetime, fields: str = "", **more: Scalar
) -> None:
    """Write in the trail what was done to a version; last in the transaction."""
    detail: dict[str, Scalar] = {"title": row.title, "number": row.number, "version": row.version, "fields": fields}
    record(session, scope, f"plan.{action}", thing_of(row), now, detail | more)


def thing_of(row: Plan) -> Thing:
    """The row as the trail names it."""
    return Thing(KIND, row.id, row.establishment_id)
