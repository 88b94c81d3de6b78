"""Actions to read: lists at any size, how many are open and late, the next five and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope
from care.domain.actions import OPEN_STATES, ActionSource, ActionState, CareCriticality, overall
from care.domain.priority import Stakes, reason, score
from care.services.action_query import (
    ActionFilter,
    ActionSort,
    conditions,
    establishments_in,
    finding_count,
    order,
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
class ActionList:
    """A page of actions; how many sites stand in each state among those of the same filter, states apart; and the
    fundings in use, to choose from."""

    page: Page[ActionLine]
    by_state: Mapping[ActionState, int]
    fundings: tuple[str, ...]


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


def list_actions(platform: Platform, scope: Scope, place: Place, wanted: ActionFilter) -> ActionList:
    """A page of the actions of a place, in the order asked for. NotFound, Forbidden as `establishments_in`."""
    number, per_page = bounds(wanted.number, wanted.per_page)
    day = today(platform)
    with platform.database.read() as session:
        inside = establishments_in(session, scope, place)
        kept = conditions(wanted, scope, inside, day)
        total = session.scalar(select(func.count()).select_from(Action).where(*kept)) or 0
        query = select(Action).where(*kept).order_by(*order(wanted.sort, day))
        lines = _read(session, query.limit(per_page).offset((number - 1) * per_page), inside, day, scope.lang)
        return ActionList(
            Page(lines, number, per_page, total),
            _by_state(session, scope, wanted, inside, day),
            _fundings(session, inside),
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
        inside = establishments_in(session, scope, place, right)
        query = select(Action).where(*conditions(wanted, scope, inside, day))
        return _read(session, query.order_by(*order(wanted.sort, day)).limit(most), inside, day, scope.lang)


def next_five(
    platform: Platform, scope: Scope, place: Place, right: Right = Right.SEE_ACTIONS
) -> tuple[ActionLine, ...]:
    """The five open actions to do first in a place, each with its reason."""
    with platform.database.read() as session:
        inside = establishments_in(session, scope, place, right)
        return _five(session, scope, inside, today(platform))


def count_actions(platform: Platform, scope: Scope, place: Place) -> ActionCounts:
    """How many actions of a place are open, late, to verify, the reader's."""
    with platform.database.read() as session:
        return _counts(session, scope, establishments_in(session, scope, place), today(platform))


def summarise(platform: Platform, scope: Scope, place: Place) -> Summary:
    """Both, for a page that begins with them."""
    day = today(platform)
    with platform.database.read() as session:
        inside = establishments_in(session, scope, place)
        return Summary(_counts(session, scope, inside, day), _five(session, scope, inside, day))


def _five(session: Session, scope: Scope, inside: Select[int], day: date) -> tuple[ActionLine, ...]:
    """What waits for its verification asks for nothing."""
    states = tuple(state for state in OPEN_STATES if state is not ActionState.TO_VERIFY)
    query = select(Action).where(*conditions(ActionFilter(states=states), scope, inside, day))
    first = query.order_by(*order(ActionSort.PRIORITY, day)).limit(NEXT)
    return _read(session, first, inside, day, scope.lang)


def _counts(session: Session, scope: Scope, inside: Select[int], day: date) -> ActionCounts:
    waiting = select(ActionSite.action_id).where(
        ActionSite.establishment_id.in_(inside), ActionSite.state == ActionState.TO_VERIFY
    )
    kinds = (Action.due_on < day, Action.id.in_(waiting), Action.owner_account_id == scope.account_id)
    overdue, to_verify, mine = (func.count(case((kind, 1))) for kind in kinds)
    counts = session.execute(
        select(func.count(), overdue, to_verify, mine)
        .select_from(Action)
        .where(*conditions(ActionFilter(), scope, inside, day))
    ).one()
    return ActionCounts(*counts)


def _by_state(
    session: Session, scope: Scope, wanted: ActionFilter, inside: Select[int], day: date
) -> Mapping[ActionState, int]:
    """How many actions stand in each state, the states asked for apart."""
    kept = [ActionSite.establishment_id.in_(inside)]
    if wanted.narrows:
        anyhow = conditions(replace(wanted, states=()), scope, inside, day)
        kept.append(ActionSite.action_id.in_(select(Action.id).where(*anyhow)))
    rows = session.execute(
        select(ActionSite.state, func.count(func.distinct(ActionSite.action_id)))
        .where(*kept)
        .group_by(ActionSite.state)
    )
    found = dict(rows.all())
    return {state: found.get(state, 0) for state in ActionState}


def _fundings(session: Session, inside: Select[int]) -> tuple[str, ...]:
    mine = select(ActionSite.action_id).where(ActionSite.establishment_id.in_(inside))
    rows = session.scalars(
        select(Action.funding).where(Action.funding != "", Action.id.in_(mine)).distinct().order_by(Action.funding)
    )
    return tuple(rows)


def _read(
    session: Session, query: Select[Action], inside: Select[int], day: date, lang: Lang
) -> tuple[ActionLine, ...]:
    """The lines of a query, four statements for all of them: what is sorted is numbers, then those rows are read."""
    ids = session.scalars(query.with_only_columns(Action.id)).all()
    counted = session.execute(select(Action, finding_count(inside)).where(among(session, Action.id, ids)))
    rows = {action.id: (action, findings) for action, findings in counted}
    sites = _sites(session, ids, inside)
    return lines_of(session, [Weighed(rows[one][0], sites[one], rows[one][1]) for one in ids], day, lang)


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


def _sites(session: Session, ids: Sequence[int], inside: Select[int]) -> Mapping[int, list[SiteLine]]:
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
