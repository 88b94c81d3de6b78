"""What a dashboard says before its figures: goals not reached yet, what moved in a year, what waits to be done there.

The thresholds are those of the state in words of reports. Indicators keep the order of their subjects, except what
moved: the largest first. Establishments are counted, never named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Place, Reach, Right, Scope
from care.domain.alerts import FINAL_ANSWERS, Exposure
from care.domain.federation import Punctuality, punctuality
from care.domain.indicators import Trend
from care.services.federation.places import placed
from care.services.indicators.dashboards import Dashboard, Line
from care.services.indicators.shown import Shown
from care.services.library import today
from care.services.places import place_lineage
from care.services.platform import Platform
from care.store.alerts import Alert, AlertPlace
from care.store.federation import Installation
from care.store.registry import Establishment, still_open, visible_ids
from care.store.support import SupportFile
from reports.region_state import ENOUGH, FEWEST, MOVED

MOST = 3


@dataclass(frozen=True, slots=True)
class Glance:
    """A dashboard in a few lines. `answered` is how many of `asked` answered the indicator most of them answered;
    `below` are those whose goal is not reached, of `goals` that can be told; `unsure` indicators had too few answers to
    say anything of the whole. `better` and `worse` moved by five points at least in a year, with a value of five
    establishments at both ends."""

    asked: int
    answered: int
    goals: int
    below: tuple[Line, ...]
    unsure: int
    better: tuple[Line, ...]
    worse: tuple[Line, ...]

    @property
    def reached(self) -> int:
        """Goals that are reached."""
        return self.goals - len(self.below)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at a place: establishments exposed by an open alert and not done with it, steps of support overdue,
    installations whose bundle is late."""

    exposed: int
    overdue: int
    late: int

    @property
    def anything(self) -> bool:
        """Whether something does."""
        return bool(self.exposed or self.overdue or self.late)


def glance_of(dashboard: Dashboard) -> Glance:
    """A dashboard in a few lines; nothing is concluded where fewer than half answered."""
    lines = [line for family in dashboard.families for line in family.lines if line.now.asked and line.now.told]
    sure = [one for one in lines if _enough(one.now)]
    goals = [one.goal for one in sure if one.goal is not None and one.goal.reached is not None]
    moved = sorted((one for one in sure if _has_moved(one)), key=lambda one: -abs(one.change or 0))
    return Glance(
        asked=dashboard.establishments,
        answered=max((one.now.answered for one in lines), default=0),
        goals=len(goals),
        below=tuple(one for one in sure if one.goal is not None and one.goal.reached is False),
        unsure=len(lines) - len(sure),
        better=_first(one for one in moved if _is_better(one)),
        worse=_first(one for one in moved if not _is_better(one)),
    )


def _enough(shown: Shown) -> bool:
    return shown.answered >= ENOUGH * shown.asked


def _has_moved(line: Line) -> bool:
    known = line.change is not None and line.now.share is not None and line.trend is not Trend.NONE
    told = (
        known
        and _enough(line.before)
        and all(one.answered - one.unmeasured >= FEWEST for one in (line.before, line.now))
    )
    return told and abs(line.change or 0) >= MOVED * 100


def _is_better(line: Line) -> bool:
    return ((line.change or 0) > 0) == (line.trend is Trend.UP)


def _first(lines: Iterable[Line]) -> tuple[Line, ...]:
    return tuple(lines)[:MOST]


def read_waiting(platform: Platform, scope: Scope, place: Place) -> Waiting | None:
    """What waits at a place; None for who does not manage it."""
    with platform.database.read() as session:
        if not scope.allows(Right.MANAGE_REGION, place_lineage(session, place)):
            return None
        day = today(platform)
        inside = Establishment.id.in_(visible_ids(Reach.of(place)))
        overdue = (
            select(func.count())
            .select_from(SupportFile)
            .join(Establishment, Establishment.id == SupportFile.establishment_id)
            .where(inside, still_open(day), SupportFile.next_on < day)
        )
        exposed = (
            select(func.count(AlertPlace.establishment_id.distinct()))
            .join(Alert, Alert.id == AlertPlace.alert_id)
            .join(Establishment, Establishment.id == AlertPlace.establishment_id)
            .where(
                inside,
                still_open(day),
                Alert.closed_at.is_(None),
                AlertPlace.exposure == Exposure.EXPOSED,
                AlertPlace.answer.not_in(FINAL_ANSWERS),
            )
        )
        return Waiting(session.scalar(exposed) or 0, session.scalar(overdue) or 0, _late(platform, session, place))


def _late(platform: Platform, session: Session, place: Place) -> int:
    now = platform.clock.now()
    rows = session.scalars(select(Installation).where(placed(session, Reach.of(place), Installation.place)))
    standings = (punctuality(one.state, one.enrolled_at, one.last_received_at, one.expected_days, now) for one in rows)
    return sum(one is Punctuality.LATE for one in standings)
