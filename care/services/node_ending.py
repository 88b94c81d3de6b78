"""Activities and resources that end, and come back. Ending is never refused: what still refers to the node is said.

A node that ended leaves the graph from that day, its name may serve again, and its history stays: dependencies, BIA,
sheets, tests and plans keep pointing to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.continuity import PERIMETERS, Nature, SheetState, TestState
from care.domain.node_names import ended_key
from care.services.action_query import today
from care.services.errors import Invalid, Refused
from care.services.node_pages import PlanLink, TestLink, living_plans
from care.services.node_rows import (
    AnyNode,
    NodeLink,
    changed_detail,
    check_name,
    check_version,
    locked_node,
    node_links,
    taken_meanwhile,
    thing,
    touch,
    visible_node,
)
from care.services.perimeters import forget_absence
from care.services.platform import Platform
from care.services.taken import invalid_when_taken
from care.services.trail import record
from care.store.continuity import (
    Activity,
    ContinuityTest,
    ContinuityTestNode,
    DegradedMode,
    DegradedModeCover,
    Dependency,
    Node,
    Resource,
)
from scanners.model import Text

EARLIEST = date(2000, 1, 1)
"""Before this an end date is a slip of the keyboard."""

_TABLES: Mapping[Nature, type[AnyNode]] = {Nature.ACTIVITY: Activity, Nature.RESOURCE: Resource}


@dataclass(frozen=True, slots=True)
class References:
    """What still refers to a node in use. `sheets` counts the degraded modes in force that make up for its loss;
    `perimeter` is the one of D2.O1.C that nothing else would carry, "" when none."""

    needed_by: tuple[NodeLink, ...]
    needs: int
    plans: tuple[PlanLink, ...]
    tests: tuple[TestLink, ...]
    sheets: int
    perimeter: str

    @property
    def any(self) -> bool:
        """Whether something refers to it."""
        return bool(self.needed_by or self.needs or self.plans or self.tests or self.sheets or self.perimeter)


def what_refers(platform: Platform, scope: Scope, nature: Nature, node_id: int) -> References:
    """What still refers to a node; NotFound outside the scope."""
    with platform.database.read() as session:
        return _references(session, visible_node(session, scope, _TABLES[nature], node_id), scope.lang)


def end_node(
    platform: Platform, scope: Scope, nature: Nature, node_id: int, on: date | None, version: int
) -> References:
    """End a node on a day, today or before; returns what still refers to it. Refused when it is stale or over."""
    now, day = platform.clock.now(), today(platform)
    if on is None or not EARLIEST <= on <= day:
        raise Invalid({"ended_on": _NOT_TO_COME})
    with platform.database.write() as session:
        row = locked_node(session, scope, _TABLES[nature], node_id)
        check_version(platform, session, row, version)
        if row.ended_on is not None:
            raise Refused(
                Text(f"« {row.name} » a déjà pris fin ; il n’y a rien à faire.", f"“{row.name}” has already ended.")
            )
        found = _references(session, row, scope.lang)
        row.ended_on, row.name_key = on, ended_key(row.name_key, row.id)
        touch(row, scope.actor, now)
        counts = {"needed_by": len(found.needed_by), "plans": len(found.plans), "tests": len(found.tests)}
        detail = changed_detail(row, ["ended_on"], {"on": on.isoformat(), **counts})
        of_activity = nature is Nature.ACTIVITY
        record(session, scope, "activity.ended" if of_activity else "resource.ended", thing(row), now, detail)
        return found


_NOT_TO_COME = Text(
    "Indiquez le jour de la fin, aujourd’hui ou avant : une fin à venir se note le jour venu.",
    "Give the day it ended, today or before: an end to come is recorded when its day comes.",
)


def reopen_node(platform: Platform, scope: Scope, nature: Nature, node_id: int, version: int) -> None:
    """Bring back a node that ended, with what it was tied to. Refused when its name serves another one now."""
    now = platform.clock.now()
    with platform.database.write() as session:
        row = locked_node(session, scope, _TABLES[nature], node_id)
        check_version(platform, session, row, version)
        if row.ended_on is None:
            return
        try:
            with invalid_when_taken("name", taken_meanwhile(row.name)):
                row.name_key = check_name(session, row.establishment_id, row.kind, row.name, but=row.id)
                row.ended_on = None
                touch(row, scope.actor, now)
                session.flush()
        except Invalid as error:
            raise Refused(error.text) from error
        withdrawn = forget_absence(session, row.establishment_id, row.perimeter if isinstance(row, Activity) else None)
        detail = changed_detail(row, ["ended_on"], withdrawn)
        of_activity = nature is Nature.ACTIVITY
        record(session, scope, "activity.reopened" if of_activity else "resource.reopened", thing(row), now, detail)


def _references(session: Session, row: AnyNode, lang: str) -> References:
    used = select(Node.id).where(Node.ended_on.is_(None))
    dependents = select(Dependency.dependent_id).where(
        Dependency.needed_id == row.id, Dependency.dependent_id.in_(used)
    )
    needs = select(func.count()).where(Dependency.dependent_id == row.id, Dependency.needed_id.in_(used))
    links = node_links(session, session.scalars(dependents).all(), lang)
    sheets = select(func.count(func.distinct(DegradedMode.series))).where(
        DegradedMode.state == SheetState.CURRENT,
        DegradedMode.series.in_(select(DegradedModeCover.series).where(DegradedModeCover.node_id == row.id)),
    )
    return References(
        needed_by=tuple(sorted(links.values(), key=lambda one: (one.kind_name, one.name.casefold()))),
        needs=session.scalar(needs) or 0,
        plans=living_plans(session, row.id),
        tests=_planned_tests(session, row.id),
        sheets=session.scalar(sheets) or 0,
        perimeter=_alone_in(session, row, lang),
    )


def _planned_tests(session: Session, node_id: int) -> tuple[TestLink, ...]:
    rows = session.scalars(
        select(ContinuityTest)
        .join(ContinuityTestNode, ContinuityTestNode.test_id == ContinuityTest.id)
        .where(ContinuityTestNode.node_id == node_id, ContinuityTest.state == TestState.PLANNED)
        .order_by(ContinuityTest.planned_on, ContinuityTest.id)
    )
    return tuple(TestLink(row.id, row.title, row.kind, row.state, row.planned_on, row.result) for row in rows)


def _alone_in(session: Session, row: AnyNode, lang: str) -> str:
    """The perimeter that this activity alone carries, in words."""
    if not isinstance(row, Activity) or row.perimeter is None or row.ended_on is not None:
        return ""
    others = session.scalar(
        select(func.count())
        .select_from(Activity)
        .where(
            Activity.establishment_id == row.establishment_id,
            Activity.perimeter == row.perimeter,
            Activity.ended_on.is_(None),
            Activity.id != row.id,
        )
    )
    return "" if others else PERIMETERS[row.perimeter].render(lang)
