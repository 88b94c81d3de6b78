"""Actions seen as a whole: over time, and by priority against effort. The filters are those of the list."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from care.domain.access import Place, Scope
from care.domain.actions import OPEN_STATES, ActionState
from care.domain.quadrants import Quadrant, quadrant
from care.services.action_query import ActionFilter, ActionSort, today
from care.services.actions import ActionLine, all_actions
from care.services.platform import Platform

MOST = 400
"""Actions on one board at most: the soonest due, or the first by priority."""
MOST_DONE = 50
SOON = timedelta(days=30)
"""What counts as due soon: the next month. Our choice."""


class Moment(StrEnum):
    """How an action stands against the calendar."""

    LATE = "late"
    SOON = "soon"
    LATER = "later"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Dated:
    """An action on its day: the due date, or the day it ended."""

    line: ActionLine
    day: date
    moment: Moment


@dataclass(frozen=True, slots=True)
class Month:
    """The actions of one month, `first` being its first day; `gap` counts the empty months before it."""

    first: date
    actions: tuple[Dated, ...]
    gap: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """Actions over time: late ones, then month by month from now on, then those done, the latest first.

    `cut` says that there are more actions than a board holds.
    """

    day: date
    late: tuple[Dated, ...]
    months: tuple[Month, ...]
    done: tuple[Dated, ...]
    cut: bool

    @property
    def soon(self) -> int:
        """How many are due within a month."""
        return sum(one.moment is Moment.SOON for month in self.months for one in month.actions)

    @property
    def later(self) -> int:
        """How many are due after that."""
        return sum(one.moment is Moment.LATER for month in self.months for one in month.actions)

    @property
    def empty(self) -> bool:
        """Whether nothing is shown."""
        return not (self.late or self.months or self.done)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Open actions by quadrant, the first by priority in each; `cut` as in `Timeline`."""

    cells: dict[Quadrant, tuple[ActionLine, ...]]
    cut: bool

    @property
    def empty(self) -> bool:
        """Whether nothing is shown."""
        return not any(self.cells.values())


def timeline(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> Timeline:
    """The actions of a filter over time. NotFound, Forbidden as lists of actions."""
    day = today(platform)
    pending = _read(platform, scope, place, wanted, OPEN_STATES, ActionSort.DUE)
    over = _read(platform, scope, place, wanted, (ActionState.CLOSED, ActionState.ABANDONED), ActionSort.NEWEST)
    shown = [_pending(line, day) for line in pending[:MOST] if not line.state.over]
    done = sorted((_done(line) for line in over if line.state.over), key=lambda one: (one.day, one.line.id))
    return Timeline(
        day=day,
        late=tuple(one for one in shown if one.moment is Moment.LATE),
        months=_months([one for one in shown if one.moment is not Moment.LATE], day),
        done=tuple(reversed(done[-MOST_DONE:])),
        cut=len(pending) > MOST,
    )


def matrix(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> Matrix:
    """The open actions of a filter by priority and effort. NotFound, Forbidden as lists of actions."""
    pending = _read(platform, scope, place, wanted, OPEN_STATES, ActionSort.PRIORITY)
    cells: dict[Quadrant, list[ActionLine]] = {one: [] for one in Quadrant}
    for line in pending[:MOST]:
        if not line.state.over:
            cells[quadrant(line.score, line.effort_days)].append(line)
    return Matrix({one: tuple(lines) for one, lines in cells.items()}, len(pending) > MOST)


def _read(
    platform: Platform,
    scope: Scope,
    place: Place,
    wanted: ActionFilter,
    states: tuple[ActionState, ...],
    sort: ActionSort,
) -> Sequence[ActionLine]:
    """One more than a board holds, of those states that the filter keeps."""
    kept = tuple(state for state in states if state in (wanted.states or tuple(ActionState)))
    if not kept:
        return ()
    return all_actions(platform, scope, place, replace(wanted, states=kept, sort=sort), most=MOST + 1)


def _pending(line: ActionLine, day: date) -> Dated:
    if line.due_on < day:
        return Dated(line, line.due_on, Moment.LATE)
    return Dated(line, line.due_on, Moment.SOON if line.due_on <= day + SOON else Moment.LATER)


def _done(line: ActionLine) -> Dated:
    ended = [site.closed_at.date() for site in line.sites if site.closed_at]
    return Dated(line, max(ended, default=line.changed_at.date()), Moment.DONE)


def _months(shown: Sequence[Dated], day: date) -> tuple[Month, ...]:
    groups: dict[date, list[Dated]] = defaultdict(list)
    for one in shown:
        groups[one.day.replace(day=1)].append(one)
    months, last = [], _previous(day.replace(day=1))
    for first in sorted(groups):
        gap = (first.year - last.year) * 12 + first.month - last.month - 1
        months.append(Month(first, tuple(groups[first]), gap))
        last = first
    return tuple(months)


def _previous(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)
