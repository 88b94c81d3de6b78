"""Which critical activities, and which of the three perimeters of D2.O1.C, a validated plan covers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.continuity import PlanState
from care.domain.graph import CRITICAL
from care.services.perimeters import Standing, read_perimeters
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Activity, Plan, PlanActivity


@dataclass(frozen=True, slots=True)
class CoveringPlan:
    """A validated plan."""

    id: int
    title: str


@dataclass(frozen=True, slots=True)
class ActivityCoverage:
    """A critical activity and the validated plans that cover it."""

    id: int
    name: str
    criticality: CareCriticality
    plans: tuple[CoveringPlan, ...]


@dataclass(frozen=True, slots=True)
class PerimeterCoverage:
    """One perimeter: `covered` of the `carriers` that a validated plan covers; `reason` when said not to exist."""

    name: str
    standing: Standing
    carriers: tuple[str, ...]
    covered: tuple[str, ...]
    reason: str = ""

    @property
    def answered(self) -> bool:
        """Whether the objective is met there: one activity at least is covered, or there is no such perimeter."""
        return bool(self.covered) or self.standing is Standing.ABSENT


@dataclass(frozen=True, slots=True)
class PlanCoverage:
    """Critical activities, those that no plan covers first, and the three perimeters."""

    activities: tuple[ActivityCoverage, ...]
    perimeters: tuple[PerimeterCoverage, ...]

    @property
    def bare(self) -> int:
        """How many critical activities no validated plan covers."""
        return sum(not one.plans for one in self.activities)

    @property
    def answered(self) -> int:
        """How many of the three perimeters are covered or said not to exist."""
        return sum(one.answered for one in self.perimeters)


def plan_coverage(platform: Platform, scope: Scope, establishment_id: int) -> PlanCoverage:
    """The coverage of an establishment today. NotFound, Forbidden as usual."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        rows = session.execute(
            select(PlanActivity.activity_id, Plan.id, Plan.title)
            .join(Plan, Plan.id == PlanActivity.plan_id)
            .where(Plan.establishment_id == establishment_id, Plan.state == PlanState.VALIDATED)
            .order_by(Plan.title, Plan.id)
        )
        plans: dict[int, tuple[CoveringPlan, ...]] = {}
        for activity_id, number, title in rows:
            plans[activity_id] = (*plans.get(activity_id, ()), CoveringPlan(number, title))
        critical = session.execute(
            select(Activity.id, Activity.name, Activity.criticality).where(
                Activity.establishment_id == establishment_id,
                Activity.ended_on.is_(None),
                Activity.criticality.in_(CRITICAL),
            )
        )
        found = [ActivityCoverage(number, name, level, plans.get(number, ())) for number, name, level in critical]
        perimeters = tuple(
            PerimeterCoverage(
                one.name,
                one.standing,
                tuple(carrier.name for carrier in one.carriers),
                tuple(carrier.name for carrier in one.carriers if carrier.id in plans),
                one.reason,
            )
            for one in read_perimeters(session, establishment_id, scope.lang)
        )
    ordered = sorted(found, key=lambda one: (bool(one.plans), one.criticality.rank, one.name.casefold()))
    return PlanCoverage(tuple(ordered), perimeters)
