"""Actions to read: lists at any size, how many are open and late, the next five and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.actions import OPEN_STATES, ActionSource, ActionState, CareCriticality, bits_of, overall
from care.domain.priority import Stakes, reason, score
from care.services.action_query import (
    ActionFilter,
    ActionSort,
    Sites,
    conditions,
    finding_count,
    numbered,
    sites_in,
    today,
)
from care.services.paging import Page, bounds
from care.services.platform import Platform
from care.services.rule_texts import titles_of
from care.store.actions import Action, ActionSite
from care.store.bulk import among
from care.store.registry import Establishment
from scanners.model import Lang, Severity

NEXT = 5


@dataclass(frozen=True, slots=True)
class SiteLine:
    """An action in one establishment that the reader sees."""

    establishment_id: int
    name: str
    state: ActionState
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action in a list.

    `sites` are those the reader sees, by name; `others` counts those he does not. `state` sums his sites up. `findings`
    counts the findings to close in his sites. `late_days` is negative before the due date and None once all is over.
    `reason` says in one sentence why the action has its `score` (0 to 100).
    """

    id: int
    title: str
    source: ActionSource
    rule: str
    rule_title: str
    sheet: str
    severity: Severity
    criticality: CareCriticality
    state: ActionState
    sites: tuple[SiteLine, ...]
    others: int
    due_on: date
    due_chosen: bool
    late_days: int | None
    effort_days: float | None
    owner: str
    owner_account_id: int | None
    funding: str
    findings: int
    score: int
    reason: str
    created_at: datetime
    changed_at: datetime

    @property
    def late(self) -> bool:
        """Whether it is overdue."""
        return self.late_days is not None and self.late_days > 0


@dataclass(frozen=True, slots=True)
class ActionCounts:
    """How many actions are open, late, waiting to be verified; and the reader's own among the open ones."""

    open: int
    late: int
    to_verify: int
    mine: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a home page says of actions."""

    counts: ActionCounts
    five: tuple[ActionLine, ...]


@dataclass(frozen=True, slots=True)
class ActionList:
    """A page of actions; how many sites stand in each state among those of the same filter, states apart; and the
    fundings in use, to choose from. `summary` is that of the place; its five are left out once something is asked
    for."""

    page: Page[ActionLine]
    by_state: Mapping[ActionState, int]
    fundings: tuple[str, ...]
    summary: Summary


_ByStates = Mapping[int, tuple[int, int, int]]
"""By `Action.site_states`: how many actions, how many overdue, how many of the reader."""


def list_actions(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> ActionList:
    """A page of the actions of a place, in the order asked for. NotFound, Forbidden as `establishments_in`."""
    number, per_page = bounds(wanted.number, wanted.per_page)
    day = today(platform)
    with platform.database.read() as session:
        sites = sites_in(session, scope, place)
        kept = conditions(wanted, scope, sites, day)
        page = numbered(kept, sites, wanted.sort, day, slice((number - 1) * per_page, number * per_page))
        here = session.scalars(page).all()
        first = session.scalars(_first(scope, sites, day)).all() if wanted.plain else ()
        lines = _lines(session, {*here, *first}, sites, day, scope.lang)
        everywhere = _by_states(session, scope, day) if sites.all else None
        total, by_state = _sizes(session, scope, wanted, sites, day, everywhere)
        counts = _counts(session, scope, sites, day, everywhere)
        return ActionList(
            page=Page(tuple(lines[one] for one in here), number, per_page, total),
            by_state=by_state,
            fundings=_fundings(session, sites),
            summary=Summary(counts, tuple(lines[one] for one in first)),
        )


def all_actions(
    platform: Platform,
    scope: Scope,
    place: Place,
    wanted: ActionFilter,
    right: Right = Right.SEE_ACTIONS,
    most: int | None = None,
) -> tuple[ActionLine, ...]:
    """Every action of a filter, pages apart, in the sites where `right` holds too: for exports and plans.

    `most` keeps the first ones only.
    """
    day = today(platform)
    with platform.database.read() as session:
        sites = sites_in(session, scope, place, right)
        kept = conditions(wanted, scope, sites, day)
        return _read(session, numbered(kept, sites, wanted.sort, day, slice(0, most)), sites, day, scope.lang)


def next_five(
    platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_ACTIONS
) -> tuple[ActionLine, ...]:
    """The five open actions to do first in a place, each with its reason."""
    with platform.database.read() as session:
        sites, day = sites_in(session, scope, place, right), today(platform)
        return _read(session, _first(scope, sites, day), sites, day, scope.lang)


def count_actions(platform: Platform, scope: Scope, place: Place) -> ActionCounts:
    """How many actions of a place are open, late, to verify, the reader's."""
    with platform.database.read() as session:
        return _counts(session, scope, sites_in(session, scope, place), today(platform))


def summarise(platform: Platform, scope: Scope, place: Place) -> Summary:
    """Both, for a page that begins with them."""
    day = today(platform)
    with platform.database.read() as session:
        sites = sites_in(session, scope, place)
        five = _read(session, _first(scope, sites, day), sites, day, scope.lang)
        return Summary(_counts(session, scope, sites, day), five)


def _first(scope: Scope, sites: Sites, day: date) -> Select[int]:
    """The five actions to do first. What waits for its verification asks for nothing."""
    states = tuple(state for state in OPEN_STATES if state is not ActionState.TO_VERIFY)
    kept = conditions(ActionFilter(states=states), scope, sites, day)
    return numbered(kept, sites, ActionSort.PRIORITY, day, slice(0, NEXT))


def _by_states(session: Session, scope: Scope, day: date) -> _ByStates:
    query = select(Action.site_states, *_counted(scope, day)).group_by(Action.site_states)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(query).all()}


def _counted(scope: Scope, day: date) -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    mine = Action.owner_account_id == scope.account_id
    return func.count(), func.count(case((Action.due_on < day, 1))), func.count(case((mine, 1)))


def _counts(
    session: Session, scope: Scope, sites: Sites, day: date, everywhere: _ByStates | None = None
) -> ActionCounts:
    """`everywhere` spares a statement to who has it already."""
    if sites.all:
        known = _by_states(session, scope, day) if everywhere is None else everywhere
        pending, verify = bits_of(OPEN_STATES), bits_of([ActionState.TO_VERIFY])
        total, late, own = (sum(row[at] for states, row in known.items() if states & pending) for at in range(3))
        return ActionCounts(total, late, sum(row[0] for states, row in known.items() if states & verify), own)
    waiting = func.count(case((and_(*sites.have([ActionState.TO_VERIFY])), 1)))
    query = select(*_counted(scope, day), waiting).select_from(Action).where(*sites.have(OPEN_STATES))
    total, late, own, to_verify = session.execute(query).one()
    return ActionCounts(total, late, to_verify, own)


def _sizes(
    session: Session, scope: Scope, wanted: ActionFilter, sites: Sites, day: date, everywhere: _ByStates | None
) -> tuple[int, Mapping[ActionState, int]]:
    """How many actions the filter keeps, and how many stand in each state, the states asked for apart."""
    anyhow = conditions(replace(wanted, states=()), scope, sites, day)
    if everywhere is not None:
        counts = {states: row[0] for states, row in everywhere.items()}
        if wanted.narrows:
            grouped = select(Action.site_states, func.count()).where(*anyhow).group_by(Action.site_states)
            counts = dict(session.execute(grouped).all())
        asked = bits_of(wanted.states or ActionState)
        return _with_one_of(counts, asked), {state: _with_one_of(counts, bits_of([state])) for state in ActionState}
    kept = conditions(wanted, scope, sites, day)
    total = session.scalar(select(func.count()).select_from(Action).where(*kept)) or 0
    there = [ActionSite.establishment_id.in_(sites.ids)]
    if wanted.narrows:
        there.append(ActionSite.action_id.in_(select(Action.id).where(*anyhow)))
    found = dict(
        session.execute(
            select(ActionSite.state, func.count(func.distinct(ActionSite.action_id)))
            .where(*there)
            .group_by(ActionSite.state)
        ).all()
    )
    return total, {state: found.get(state, 0) for state in ActionState}


def _with_one_of(counts: Mapping[int, int], bits: int) -> int:
    return sum(count for states, count in counts.items() if states & bits)


def _fundings(session: Session, sites: Sites) -> tuple[str, ...]:
    if sites.all:
        return tuple(session.scalars(_each_funding()))
    chosen = select(Action.funding).where(Action.funding != "", *sites.have(())).distinct()
    return tuple(session.scalars(chosen.order_by(Action.funding)))


def _each_funding() -> Select[str]:
    """The fundings of all actions, in order: the index is asked for the next one, where DISTINCT reads every action."""
    first = select(func.min(Action.funding).label("name")).where(Action.funding > "")
    found = first.cte("found", recursive=True)
    following = select(func.min(Action.funding)).where(Action.funding > found.c.name).scalar_subquery()
    found = found.union_all(select(following).where(found.c.name.is_not(None)))
    return select(found.c.name).where(found.c.name.is_not(None))


def _read(session: Session, numbers: Select[int], where: Sites, day: date, lang: Lang) -> tuple[ActionLine, ...]:
    """Some actions in order: what is sorted is numbers, then their rows are read."""
    ids = session.scalars(numbers).all()
    lines = _lines(session, ids, where, day, lang)
    return tuple(lines[one] for one in ids)


def _lines(session: Session, ids: Collection[int], where: Sites, day: date, lang: Lang) -> Mapping[int, ActionLine]:
    """The lines of some actions, three statements for all of them."""
    rows = session.execute(select(Action, finding_count(where.ids)).where(among(session, Action.id, ids)))
    sites = _sites(session, ids, where.ids)
    weighed = [Weighed(action, sites[action.id], findings) for action, findings in rows]
    return {line.id: line for line in lines_of(session, weighed, day, lang)}


@dataclass(frozen=True, slots=True)
class Weighed:
    """An action read with what a line needs: the sites the reader sees (one at least), how many findings they hold."""

    action: Action
    sites: Sequence[SiteLine]
    findings: int


def lines_of(session: Session, rows: Iterable[Weighed], day: date, lang: Lang) -> tuple[ActionLine, ...]:
    """Actions as a list shows them; one statement more when rules of other tools are among them."""
    rows = list(rows)
    asked = {(row.sites[0].establishment_id, row.action.rule) for row in rows if row.action.rule}
    titles = titles_of(session, asked, lang)
    return tuple(
        _line(row, titles[row.sites[0].establishment_id, row.action.rule] if row.action.rule else "", day, lang)
        for row in rows
    )


def _sites(session: Session, ids: Collection[int], inside: Select[int]) -> Mapping[int, list[SiteLine]]:
    found: dict[int, list[SiteLine]] = defaultdict(list)
    rows = session.execute(
        select(ActionSite, Establishment.name)
        .join(Establishment, Establishment.id == ActionSite.establishment_id)
        .where(among(session, ActionSite.action_id, ids), ActionSite.establishment_id.in_(inside))
        .order_by(Establishment.name, Establishment.id)
    )
    for site, name in rows:
        found[site.action_id].append(SiteLine(site.establishment_id, name, site.state, site.closed_at))
    return found


def _line(row: Weighed, rule_title: str, day: date, lang: Lang) -> ActionLine:
    action = row.action
    state = overall(site.state for site in row.sites)
    late_days = (day - action.due_on).days
    stakes = Stakes(action.severity, action.criticality, late_days, action.findings, action.sites, action.effort_days)
    return ActionLine(
        id=action.id,
        title=action.title,
        source=action.source,
        rule=action.rule or "",
        rule_title=rule_title,
        sheet=action.sheet or "",
        severity=action.severity,
        criticality=action.criticality,
        state=state,
        sites=tuple(row.sites),
        others=action.sites - len(row.sites),
        due_on=action.due_on,
        due_chosen=action.due_chosen,
        late_days=None if state.over else late_days,
        effort_days=action.effort_days,
        owner=action.owner,
        owner_account_id=action.owner_account_id,
        funding=action.funding,
        findings=row.findings,
        score=score(stakes),
        reason=reason(replace(stakes, findings=row.findings)).render(lang),
        created_at=action.created_at,
        changed_at=action.changed_at,
    )
