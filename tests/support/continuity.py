"""Activities, resources and ties planted straight into the tables, for tests of what reads them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

from care.domain.actions import CareCriticality
from care.domain.continuity import ActivityKind, Nature, PlanState, ResourceKind, SheetState, Strength
from care.services.platform import Platform
from care.store.continuity import (
    Activity,
    Bia,
    DegradedMode,
    DegradedModeCover,
    Dependency,
    Node,
    Plan,
    PlanActivity,
    Resource,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
_NUMBERS = itertools.count(1)
_SAID = {"created_at": AT, "created_by": "tests"}
_NODE = {**_SAID, "changed_at": AT, "changed_by": "tests"}


def _key(kind: str, name: str) -> str:
    """A key of its own: two plants of one test may use the same name."""
    return f"{kind} {name.casefold()} {next(_NUMBERS)}"


def plant_activity(
    platform: Platform,
    establishment_id: int,
    name: str,
    dmia: int | None = None,
    criticality: CareCriticality = CareCriticality.MAJOR,
    **others: Any,
) -> int:
    """An activity, with a BIA in force when `dmia` (minutes) is given; `others` are columns of it or of its BIA."""
    bia = {key: others.pop(key) for key in ("rto_minutes", "pdma_minutes", "dmard_minutes") if key in others}
    with platform.database.write() as session:
        row = Activity(
            establishment_id=establishment_id,
            nature=Nature.ACTIVITY,
            name=name,
            name_key=_key("activity", name),
            kind=others.pop("kind", ActivityKind.CARE),
            criticality=criticality,
            **_NODE,
            **others,
        )
        session.add(row)
        session.flush()
        if dmia is not None or bia:
            session.add(_bia(row.id, dmia, bia))
        return row.id


def _bia(activity_id: int, dmia: int | None, others: dict[str, int]) -> Bia:
    return Bia(
        activity_id=activity_id,
        number=1,
        state=SheetState.CURRENT,
        scale={},
        impacts={},
        dmia_minutes=dmia,
        **others,
        **_NODE,
    )


def plant_resource(
    platform: Platform, establishment_id: int, name: str, kind: ResourceKind = ResourceKind.APPLICATION, **others: Any
) -> int:
    """A resource; `others` are its columns."""
    with platform.database.write() as session:
        row = Resource(
            establishment_id=establishment_id,
            nature=Nature.RESOURCE,
            name=name,
            name_key=_key(kind, name),
            kind=kind,
            **_NODE,
            **others,
        )
        session.add(row)
        session.flush()
        return row.id


def plant_need(
    platform: Platform,
    establishment_id: int,
    dependent: int,
    needed: int,
    holds: int = 0,
    strength: Strength = Strength.ESSENTIAL,
    alternative: str = "",
) -> None:
    """`dependent` relies on `needed` and holds `holds` minutes without it."""
    with platform.database.write() as session:
        session.add(
            Dependency(
                establishment_id=establishment_id,
                dependent_id=dependent,
                needed_id=needed,
                strength=strength,
                holds_minutes=holds,
                alternative=alternative,
                **_SAID,
            )
        )


def plant_degraded_mode(
    platform: Platform,
    activity_id: int,
    title: str,
    holds: int | None = None,
    covers: tuple[int, ...] = (),
    state: SheetState = SheetState.CURRENT,
) -> int:
    """A version of a degraded-mode sheet; the number of its series."""
    with platform.database.write() as session:
        row = DegradedMode(
            activity_id=activity_id, series=0, number=1, state=state, title=title, holds_minutes=holds, **_NODE
        )
        session.add(row)
        session.flush()
        row.series = row.id
        session.add_all(DegradedModeCover(series=row.id, node_id=node_id) for node_id in covers)
        return row.id


def end_node(platform: Platform, node_id: int, day: date) -> None:
    """The node no longer exists from `day` on."""
    with platform.database.write() as session:
        row = session.get(Node, node_id)
        assert row is not None
        row.ended_on = day


def plant_plan(
    platform: Platform,
    establishment_id: int,
    title: str,
    activities: tuple[int, ...] = (),
    state: PlanState = PlanState.VALIDATED,
) -> int:
    """The first version of a plan, that covers some activities; the number of its series."""
    with platform.database.write() as session:
        row = Plan(
            establishment_id=establishment_id, series=0, number=1, state=state, title=title, sections={}, **_NODE
        )
        session.add(row)
        session.flush()
        row.series = row.id
        session.add_all(PlanActivity(plan_id=row.id, activity_id=one) for one in activities)
        return row.id
