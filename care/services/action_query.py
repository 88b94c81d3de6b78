"""Which actions a reader asks for, as SQL: where, in what state, in what order. For the services of actions alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.access import PLATFORM, Level, Place, Reach, Right, Scope
from care.domain.actions import OPEN_STATES, ActionSource, ActionState
from care.domain.priority import (
    CRITICALITY_POINTS,
    EFFORT_POINTS,
    FINDING_POINTS,
    LATE_POINTS,
    SEVERITY_POINTS,
    SITE_POINTS,
)
from care.services.errors import Forbidden, NotFound
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.actions import Action, ActionFinding, ActionSite
from care.store.findings import FindingRow
from care.store.registry import Establishment, visible
from scanners.catalog import all_rules
from scanners.model import Severity


class ActionSort(StrEnum):
    """Orders of a list of actions; each ends with the number, so that pages never overlap."""

    PRIORITY = "priority"
    DUE = "due"
    NEWEST = "newest"
    EFFORT = "effort"
    TITLE = "title"


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


def conditions(wanted: ActionFilter, scope: Scope, inside: Select[int], day: date) -> list[ColumnElement[bool]]:
    """The conditions on `Action` of one reader's question, states included."""
    site = select(ActionSite.action_id).where(ActionSite.establishment_id.in_(inside))
    if wanted.states:
        site = site.where(ActionSite.state.in_(wanted.states))
    found = [Action.id.in_(site), *_about(wanted, scope)]
    if wanted.late:
        found.append(late(inside, day))
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
    sought = words.casefold()
    rules = [
        rule.id
        for rule in all_rules().values()
        if sought in f"{rule.id} {rule.title.fr} {rule.title.en} {' '.join(map(str, rule.refs))}".casefold()
    ]
    return or_(_holds(words, Action.title, Action.description, Action.owner), Action.rule.in_(rules))


def late(inside: Select[int], day: date) -> ColumnElement[bool]:
    """Overdue in a site that is not over."""
    pending = select(ActionSite.action_id).where(
        ActionSite.establishment_id.in_(inside), ActionSite.state.in_(OPEN_STATES)
    )
    return and_(Action.due_on < day, Action.id.in_(pending))


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
    """`care.domain.priority.score` in SQL, from the same tables."""
    severities = [(Action.severity == severity, points) for severity, points in SEVERITY_POINTS.items()]
    criticalities = [(Action.criticality == one, points) for one, points in CRITICALITY_POINTS.items()]
    lateness = [(Action.due_on <= day - timedelta(days=days), points) for days, points in LATE_POINTS]
    effort = [(Action.effort_days <= days, points) for days, points in EFFORT_POINTS]
    parts: list[ColumnElement[int]] = [
        case(*severities, else_=0),
        case(*criticalities, else_=0),
        case(*lateness, else_=0),
        case(*[(Action.findings >= count, points) for count, points in FINDING_POINTS], else_=0),
        case(*[(Action.sites >= count, points) for count, points in SITE_POINTS], else_=0),
        case(*effort, else_=0),
    ]
    total: ColumnElement[int] = literal(0)
    for part in parts:
        total = total + part
    return total
