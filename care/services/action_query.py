"""Which actions a reader asks for, as SQL: where, in what state, in what order. For the services of actions alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.access import PLATFORM, Level, Place, Reach, Right, Scope
from care.domain.actions import OPEN_STATES, ActionSource, ActionState, bits_of
from care.domain.priority import LATE_POINTS, MAX_WEIGHT
from care.services.errors import Forbidden, NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.rule_texts import rules_saying
from care.store.actions import Action, ActionFinding, ActionSite
from care.store.findings import FindingRow
from care.store.registry import Establishment, visible
from scanners.model import Severity


class ActionSort(StrEnum):
    """Orders of a list of actions; each ends with the number, so that pages never overlap."""

    PRIORITY = "priority"
    DUE = "due"
    NEWEST = "newest"
    EFFORT = "effort"
    TITLE = "title"


_MOST_MERGED = 2000
"""Actions to pass before sorting everything costs less than merging."""


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """What a reader asked to see; an empty value asks for everything.

    `states` are those of the sites; `late` keeps the actions overdue in a site that is not over. `mine` keeps those
    the reader owns; `owner` is sought in names, `words` in titles, descriptions, owners and rules. `funding` is exact.
    """

    states: tuple[ActionState, ...] = OPEN_STATES
    late: bool = False
    mine: bool = False
    owner: str = ""
    severities: tuple[Severity, ...] = ()
    funding: str = ""
    sources: tuple[ActionSource, ...] = ()
    rule: str = ""
    words: str = ""
    sort: ActionSort = ActionSort.PRIORITY
    number: int = 1
    per_page: int = 50

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for besides states."""
        texts = (self.owner, self.funding, self.rule, self.words)
        return bool(self.late or self.mine or self.severities or self.sources or any(one.strip() for one in texts))

    @property
    def plain(self) -> bool:
        """Whether nothing is asked for: the first page of what is open, by priority."""
        return self == ActionFilter(per_page=self.per_page)


EVERYTHING = ActionFilter(states=())


def today(platform: Platform) -> date:
    """The present day where the installation is: the day deadlines are compared with."""
    return platform.clock.now().astimezone(ZoneInfo(platform.settings.timezone)).date()


def establishments_in(session: Session, scope: Scope, place: Place, right: Right = Right.SEE_ACTIONS) -> Select[int]:
    """The establishments of `place` whose actions `scope` may see, and where it holds `right` besides.

    NotFound when nothing of the place is visible, Forbidden when something is but not its actions.
    """
    if place.level is Level.ESTABLISHMENT:
        for needed in dict.fromkeys((Right.SEE_ACTIONS, right)):
            visible_establishment(session, scope, place.id, needed)
        return select(Establishment.id).where(Establishment.id == place.id)
    inside = visible(Reach.of(place))
    readable = select(Establishment.id).where(
        inside, visible(scope.reach(Right.SEE_ACTIONS)), visible(scope.reach(right))
    )
    if session.scalar(readable.limit(1)) is None:
        seen = session.scalar(select(Establishment.id).where(inside, visible(scope.reach(Right.SEE))).limit(1))
        if seen is not None or (place == PLATFORM and not scope.allows_somewhere(right)):
            raise Forbidden
        if place != PLATFORM:
            raise NotFound
    return readable


@dataclass(frozen=True, slots=True)
class Sites:
    """Where a reader sees actions: `ids` selects the establishments. `all`: there are no others, so that what an action
    keeps of its sites (`Action.site_states`) says enough."""

    ids: Select[int]
    all: bool

    def have(self, states: Collection[ActionState]) -> list[ColumnElement[bool]]:
        """The conditions on `Action` that keep those with a site there, in one of these states unless there is none."""
        if self.all:
            return [Action.site_states.bitwise_and(bits_of(states)) != 0] if states else []
        site = select(ActionSite.action_id).where(ActionSite.establishment_id.in_(self.ids))
        return [Action.id.in_(site.where(ActionSite.state.in_(states)) if states else site)]


def sites_in(session: Session, scope: Scope, place: Place, right: Right = Right.SEE_ACTIONS) -> Sites:
    """`establishments_in`, with whether they are all those of the registry."""
    ids = establishments_in(session, scope, place, right)
    if place.level is Level.ESTABLISHMENT:
        return Sites(ids, all=False)
    outside = select(Establishment.id).where(Establishment.id.not_in(ids)).limit(1)
    return Sites(ids, all=session.scalar(outside) is None)


def conditions(wanted: ActionFilter, scope: Scope, sites: Sites, day: date) -> list[ColumnElement[bool]]:
    """The conditions on `Action` of one reader's question, states included."""
    found = [*sites.have(wanted.states), *_about(wanted, scope)]
    if wanted.late:
        # Overdue in a site that is not over.
        found += [Action.due_on < day, *sites.have(OPEN_STATES)]
    return found


def _about(wanted: ActionFilter, scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.mine:
        found.append(Action.owner_account_id == scope.account_id)
    if wanted.owner.strip():
        found.append(_holds(wanted.owner.strip(), Action.owner))
    if wanted.severities:
        found.append(Action.severity.in_(wanted.severities))
    if wanted.funding:
        found.append(Action.funding == wanted.funding)
    if wanted.sources:
        found.append(Action.source.in_(wanted.sources))
    if wanted.rule:
        found.append(Action.rule == wanted.rule)
    if wanted.words.strip():
        found.append(_says(wanted.words.strip()))
    return found


def _holds(words: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether one of the columns holds these words, whatever their case."""
    # SQLite lowers ASCII letters only: the words are also sought as typed, and with a capital.
    forms = {words, words.lower(), words.capitalize()}
    as_typed = [column.contains(form, autoescape=True) for column in columns for form in forms]
    return or_(*as_typed, *(func.lower(column).contains(words.lower(), autoescape=True) for column in columns))


def _says(words: str) -> ColumnElement[bool]:
    return or_(_holds(words, Action.title, Action.description, Action.owner), Action.rule.in_(rules_saying(words)))


def order(wanted: ActionSort, day: date) -> tuple[Any, ...]:
    """What to sort by."""
    columns: dict[ActionSort, tuple[Any, ...]] = {
        ActionSort.PRIORITY: (score_column(day).desc(), Action.due_on),
        ActionSort.DUE: (Action.due_on, Action.severity),
        ActionSort.NEWEST: (Action.created_at.desc(),),
        ActionSort.EFFORT: (Action.effort_days.is_(None), Action.effort_days, Action.severity),
        ActionSort.TITLE: (func.lower(Action.title),),
    }
    return (*columns[wanted], Action.id)


def finding_count(inside: Select[int]) -> ColumnElement[int]:
    """How many findings an action is to close among the establishments the reader sees."""
    tied = (
        select(func.count())
        .select_from(ActionFinding)
        .join(FindingRow, FindingRow.id == ActionFinding.finding_id)
        .where(ActionFinding.action_id == Action.id, FindingRow.establishment_id.in_(inside))
    )
    return tied.correlate(Action).scalar_subquery()


def score_column(day: date) -> ColumnElement[int]:
    """`care.domain.priority.score` in SQL: what is kept with the action, and the points of the delay."""
    return MAX_WEIGHT - Action.rank + _late_points(day)


def _late_points(day: date) -> ColumnElement[int]:
    lateness = [(Action.due_on <= day - timedelta(days=days), points) for days, points in LATE_POINTS]
    return case(*lateness, else_=0)


def numbered(
    kept: Sequence[ColumnElement[bool]], sites: Sites, sort: ActionSort, day: date, wanted: slice
) -> Select[int]:
    """The numbers of the actions that fulfil these conditions, in the order asked for: those from `wanted.start` to
    `wanted.stop`, None for the end."""
    if sites.all and sort is ActionSort.PRIORITY and wanted.stop is not None and wanted.stop <= _MOST_MERGED:
        return _merged(kept, day, wanted)
    return _cut(select(Action.id).where(*kept).order_by(*order(sort, day)), wanted)


def _merged(kept: Sequence[ColumnElement[bool]], day: date, wanted: slice) -> Select[int]:
    """The first actions by priority without sorting them all: where the delay gives the same points, an index holds
    them in order; the first of each such band are merged."""
    bands = [
        select(Action.id, (points - Action.rank).label("score"), Action.due_on)
        .where(*kept, *within)
        .order_by(Action.rank, Action.due_on, Action.id)
        .limit(wanted.stop)
        .subquery()
        for points, within in _bands(day)
    ]
    found = union_all(*(select(band) for band in bands)).subquery()
    return _cut(select(found.c.id).order_by(found.c.score.desc(), found.c.due_on, found.c.id), wanted)


def _bands(day: date) -> Iterator[tuple[int, list[ColumnElement[bool]]]]:
    """The points that a delay gives, and the conditions on the due date that give them: `_late_points` turned over."""
    sooner: list[ColumnElement[bool]] = []
    for days, points in LATE_POINTS:
        due = day - timedelta(days=days)
        yield points, [*sooner, Action.due_on <= due]
        sooner = [Action.due_on > due]
    yield 0, sooner


def _cut(numbers: Select[int], wanted: slice) -> Select[int]:
    count = None if wanted.stop is None else wanted.stop - wanted.start
    return numbers.limit(count).offset(wanted.start or None)
