"""Who can go on without screens: the degraded modes and paper kits of every activity of an establishment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from care.domain.access import Right, Scope
from care.domain.actions import CareCriticality
from care.domain.paper_kits import KitState
from care.services.action_query import today
from care.services.degraded_reading import SheetLine, living_sheets
from care.services.node_rows import owns
from care.services.paper_kits import KitLine, by_activity, kits_in_use, read_kits
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.continuity import Activity

CRITICAL = (CareCriticality.VITAL, CareCriticality.MAJOR)
"""Activities that must have a degraded mode: without them care stops or degrades (our choice, as in the BIA)."""


@dataclass(frozen=True, slots=True)
class ActivityCover:
    """An activity with its sheets (in force or drafted) and its kits in use."""

    activity_id: int
    name: str
    criticality: CareCriticality
    owner: str
    may_fill: bool
    sheets: tuple[SheetLine, ...]
    kits: tuple[KitLine, ...]

    @property
    def covered(self) -> bool:
        """Whether a degraded mode is in force."""
        return any(sheet.current for sheet in self.sheets)

    @property
    def bare(self) -> bool:
        """Whether it is critical and has no degraded mode in force."""
        return self.criticality in CRITICAL and not self.covered


@dataclass(frozen=True, slots=True)
class CoverageView:
    """Every activity in use, those critical and bare first, then by criticality and name."""

    activities: tuple[ActivityCover, ...]

    @property
    def critical(self) -> int:
        """How many activities are critical."""
        return sum(one.criticality in CRITICAL for one in self.activities)

    @property
    def bare(self) -> int:
        """How many critical activities have no degraded mode in force."""
        return sum(one.bare for one in self.activities)

    @property
    def late_reviews(self) -> int:
        """How many sheets in force should have been read again."""
        return sum(sheet.review_late for one in self.activities for sheet in one.sheets)

    @property
    def late_kits(self) -> int:
        """How many kits should have been checked, never checked ones included."""
        return sum(kit.state in {KitState.OVERDUE, KitState.NEVER} for one in self.activities for kit in one.kits)

    @property
    def incomplete_kits(self) -> int:
        """How many kits were found incomplete."""
        return sum(kit.state is KitState.INCOMPLETE for one in self.activities for kit in one.kits)


def coverage(platform: Platform, scope: Scope, establishment_id: int) -> CoverageView:
    """The degraded modes and kits of an establishment: five statements, however many activities there are."""
    day = today(platform)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.SEE_CONTINUITY)
        rows = session.scalars(
            select(Activity).where(Activity.establishment_id == establishment_id, Activity.ended_on.is_(None))
        ).all()
        ids = [row.id for row in rows]
        sheets: dict[int, list[SheetLine]] = defaultdict(list)
        for line in living_sheets(session, ids, day, scope.lang):
            sheets[line.activity_id].append(line)
        kits = by_activity(read_kits(session, kits_in_use(ids), day, scope.lang))
        manages = scope.allows(Right.MANAGE_CONTINUITY, place.lineage)
        fills = scope.allows(Right.FILL_OWN_ACTIVITY, place.lineage)
        found = [
            ActivityCover(
                activity_id=row.id,
                name=row.name,
                criticality=row.criticality,
                owner=row.owner,
                may_fill=manages or (fills and owns(scope, row)),
                sheets=tuple(sheets[row.id]),
                kits=kits.get(row.id, ()),
            )
            for row in rows
        ]
    return CoverageView(tuple(sorted(found, key=lambda one: (not one.bare, one.criticality.rank, one.name.casefold()))))
