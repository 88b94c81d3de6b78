"""The investment plan of a place: what its actions cost, by year, establishment and funding. Only what the reader sees.

A cost shared by several establishments counts here for the part of those inside the place that the reader sees. An
action nobody has priced is named as such: it never counts as zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Reach, Right, Scope
from care.domain.actions import OPEN_STATES, ActionState, CostKind
from care.domain.funding import FUNDINGS, funding_name
from care.domain.investment import Cost, Part, parts
from care.services.action_query import establishments_in, today
from care.services.place_choices import read_place_name
from care.services.platform import Platform
from care.store.actions import Action, ActionCost, ActionSite
from care.store.registry import Establishment, LegalEntity, visible
from reports.charts import amount_chart
from scanners.model import Severity

MOST_YEARS = 8
"""Years side by side at most: a wider table is no table."""
_WIDE = frozenset({Level.PLATFORM, Level.REGION})


@dataclass(frozen=True, slots=True)
class Period:
    """The years asked for, both included; None for the first or the last one that has a cost."""

    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line of a table of the plan: `cents` holds one amount per year of the plan, in order."""

    key: str
    name: str
    cents: tuple[int, ...]

    @property
    def total(self) -> int:
        """All years together."""
        return sum(self.cents)


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action that has a cost. `shared` says that others than the reader's establishments bear a part of it."""

    id: int
    title: str
    sites: tuple[str, ...]
    fundings: tuple[str, ...]
    shared: bool
    row: PlanRow


@dataclass(frozen=True, slots=True)
class Unpriced:
    """An open action that nobody has priced."""

    id: int
    title: str
    severity: Severity
    due_on: date
    effort_days: float | None
    owner: str
    sites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What one establishment bears of one action in one year, from one funding: the finest grain of the plan."""

    action_id: int
    title: str
    establishment: str
    finess: str
    legal_entity: str
    year: int
    kind: CostKind
    funding: str
    cents: int


@dataclass(frozen=True, slots=True)
class PlanChart:
    """A picture of the spending by year (SVG), its title and the sentence that says the same."""

    svg: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class InvestmentPlan:
    """The plan of a place over `years`. Every table sums to `total`.

    `by_entity` speaks of establishments, of legal entities for a region or the platform. `outside_cents` is what the
    same actions cost before or after those years. `seen` of the `establishments` of the place are the reader's.
    """

    place: Place
    name: str
    day: date
    years: tuple[int, ...]
    by_year: PlanRow
    by_kind: tuple[PlanRow, ...]
    by_entity: tuple[PlanRow, ...]
    by_funding: tuple[PlanRow, ...]
    actions: tuple[PlannedAction, ...]
    lines: tuple[PlanLine, ...]
    unpriced: tuple[Unpriced, ...]
    outside_cents: int
    seen: int
    establishments: int
    chart: PlanChart

    @property
    def total(self) -> int:
        """Cents over all the years of the plan."""
        return self.by_year.total

    @property
    def partial(self) -> bool:
        """Whether the place has establishments that the reader does not see."""
        return self.seen < self.establishments


def investment_plan(
    platform: Platform, scope: Scope, place: Place, period: Period, right: Right = Right.SEE_ACTIONS
) -> InvestmentPlan:
    """The plan of a place, where `right` holds as well as seeing actions. NotFound, Forbidden as lists of actions."""
    with platform.database.read() as session:
        inside = establishments_in(session, scope, place, right)
        book = _Book.read(session, inside)
        years = _years(period, [part.year for part in book.parts], today(platform).year)
        kept = [part for part in book.parts if part.year in years]
        everyone = select(func.count()).select_from(Establishment).where(visible(Reach.of(place)))
        return InvestmentPlan(
            place=place,
            name=read_place_name(session, scope, place),
            day=today(platform),
            years=years,
            by_year=_row("", "", kept, years),
            by_kind=_rows(kept, years, lambda part: part.kind.value, lambda key: key),
            by_entity=_by_entity(kept, years, book, wide=place.level in _WIDE),
            by_funding=_by_funding(kept, years, scope.lang),
            actions=_actions(kept, years, book, scope.lang),
            lines=_lines(kept, book, scope.lang),
            unpriced=_unpriced(session, inside),
            outside_cents=sum(part.cents for part in book.parts if part.year not in years),
            seen=session.scalar(select(func.count()).select_from(inside.subquery())) or 0,
            establishments=session.scalar(everyone) or 0,
            chart=_chart(kept, years, scope.lang),
        )


def _chart(kept: Sequence[Part], years: Sequence[int], lang: str) -> PlanChart:
    cents = _row("", "", kept, years).cents
    fr = lang == "fr"
    title, first = ("Dépenses par année", "Année") if fr else ("Spending by year", "Year")
    bars = [(str(year), amount) for year, amount in zip(years, cents, strict=True)]
    drawn = amount_chart(title, first, bars, "fr" if fr else "en")
    return PlanChart(drawn.svg, drawn.title, drawn.description)


def site_costs(session: Session, inside: Select[int]) -> Mapping[int, Mapping[int, int]]:
    """Cents by action and visible establishment, all years; an action nobody priced is absent."""
    mine = select(ActionSite.action_id).where(ActionSite.establishment_id.in_(inside))
    priced = session.scalars(select(ActionCost.action_id).where(ActionCost.action_id.in_(mine)).distinct())
    found: dict[int, dict[int, int]] = {action_id: {} for action_id in priced}
    for part in _Book.read(session, inside).parts:
        borne = found[part.action_id]
        borne[part.establishment_id] = borne.get(part.establishment_id, 0) + part.cents
    return found


def _years(period: Period, found: Sequence[int], this_year: int) -> tuple[int, ...]:
    """From the first to the last year, `MOST_YEARS` at most from the first; three years when nothing is known."""
    first = period.first if period.first is not None else min([*found, this_year])
    last = period.last if period.last is not None else max([*found, this_year if found else this_year + 2])
    first, last = min(first, last), max(first, last)
    return tuple(range(first, min(last, first + MOST_YEARS - 1) + 1))


@dataclass(frozen=True, slots=True)
class _Site:
    """An establishment the reader sees."""

    name: str
    finess: str
    entity_id: int
    entity: str


@dataclass(frozen=True, slots=True)
class _Book:
    """What was read: the parts borne by visible establishments, the names of everything."""

    parts: list[Part]
    sites: Mapping[int, _Site]
    titles: Mapping[int, str]
    shared: frozenset[int]

    @classmethod
    def read(cls, session: Session, inside: Select[int]) -> _Book:
        """Four statements, whatever the number of actions."""
        sites = _sites_of(session, inside)
        mine = select(ActionSite.action_id).where(
            ActionSite.establishment_id.in_(inside), ActionSite.state != ActionState.ABANDONED
        )
        shares = _shares(session, mine)
        # Columns, not entities: a region has tens of thousands of lines.
        rows = session.execute(
            select(
                ActionCost.action_id,
                ActionCost.year,
                ActionCost.kind,
                ActionCost.cents,
                ActionCost.funding,
                Action.funding.label("usual"),
                Action.title,
            )
            .join(Action, Action.id == ActionCost.action_id)
            .where(ActionCost.action_id.in_(mine))
            .order_by(ActionCost.action_id, ActionCost.year, ActionCost.id)
        ).all()
        costs = [
            Cost(row.action_id, row.year, row.kind, row.funding or row.usual, row.cents, shares[row.action_id])
            for row in rows
        ]
        return cls(
            parts=[part for part in parts(costs) if part.establishment_id in sites],
            sites=sites,
            titles={row.action_id: row.title for row in rows},
            shared=frozenset(action for action, among in shares.items() if not among.keys() <= sites.keys()),
        )


def _sites_of(session: Session, inside: Select[int]) -> dict[int, _Site]:
    rows = session.execute(
        select(Establishment.id, Establishment.name, Establishment.finess, LegalEntity.id, LegalEntity.name)
        .join(LegalEntity, LegalEntity.id == Establishment.legal_entity_id)
        .where(Establishment.id.in_(inside), Establishment.id.in_(select(ActionSite.establishment_id)))
    )
    return {number: _Site(name, finess, entity_id, entity) for number, name, finess, entity_id, entity in rows}


def _shares(session: Session, actions: Select[int]) -> dict[int, dict[int, int]]:
    """The weights of every site of these actions, those of others included: an abandoned site bears nothing."""
    rows = session.execute(
        select(ActionSite.action_id, ActionSite.establishment_id, ActionSite.share).where(
            ActionSite.action_id.in_(actions), ActionSite.state != ActionState.ABANDONED
        )
    )
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for action_id, establishment_id, share in rows:
        found[action_id][establishment_id] = share
    return found


def _row(key: str, name: str, kept: Iterable[Part], years: Sequence[int]) -> PlanRow:
    by_year = dict.fromkeys(years, 0)
    for part in kept:
        by_year[part.year] += part.cents
    return PlanRow(key, name, tuple(by_year.values()))


def _rows(
    kept: Iterable[Part], years: Sequence[int], key: Callable[[Part], str], name: Callable[[str], str]
) -> tuple[PlanRow, ...]:
    """One row per key, in the order of names."""
    groups: dict[str, list[Part]] = defaultdict(list)
    for part in kept:
        groups[key(part)].append(part)
    rows = [_row(one, name(one), among, years) for one, among in groups.items()]
    return tuple(sorted(rows, key=lambda row: (row.name.casefold(), row.key)))


def _by_entity(kept: Sequence[Part], years: Sequence[int], book: _Book, *, wide: bool) -> tuple[PlanRow, ...]:
    if not wide:
        return _rows(kept, years, lambda part: str(part.establishment_id), lambda key: book.sites[int(key)].name)
    names = {str(site.entity_id): site.entity for site in book.sites.values()}
    return _rows(kept, years, lambda part: str(book.sites[part.establishment_id].entity_id), names.__getitem__)


def _by_funding(kept: Sequence[Part], years: Sequence[int], lang: str) -> tuple[PlanRow, ...]:
    """In the order fundings are offered, then free words, then what was not said."""
    order = {value: rank for rank, value in enumerate(FUNDINGS)}
    rows = _rows(kept, years, lambda part: part.funding, lambda key: funding_name(key, lang))
    return tuple(sorted(rows, key=lambda row: (not row.key, order.get(row.key, len(order)))))


def _actions(kept: Sequence[Part], years: Sequence[int], book: _Book, lang: str) -> tuple[PlannedAction, ...]:
    """The most expensive first."""
    groups: dict[int, list[Part]] = defaultdict(list)
    for part in kept:
        groups[part.action_id].append(part)
    found = [
        PlannedAction(
            id=action_id,
            title=book.titles[action_id],
            sites=tuple(sorted({book.sites[part.establishment_id].name for part in among})),
            fundings=tuple(dict.fromkeys(funding_name(part.funding, lang) for part in among)),
            shared=action_id in book.shared,
            row=_row(str(action_id), book.titles[action_id], among, years),
        )
        for action_id, among in groups.items()
    ]
    return tuple(sorted(found, key=lambda action: (-action.row.total, action.title.casefold(), action.id)))


def _lines(kept: Sequence[Part], book: _Book, lang: str) -> tuple[PlanLine, ...]:
    found = []
    for part in kept:
        site = book.sites[part.establishment_id]
        line = PlanLine(
            action_id=part.action_id,
            title=book.titles[part.action_id],
            establishment=site.name,
            finess=site.finess,
            legal_entity=site.entity,
            year=part.year,
            kind=part.kind,
            funding=funding_name(part.funding, lang),
            cents=part.cents,
        )
        found.append(line)
    return tuple(sorted(found, key=lambda one: (one.year, one.establishment.casefold(), one.title, one.action_id)))


def _unpriced(session: Session, inside: Select[int]) -> tuple[Unpriced, ...]:
    """Open actions without a cost line, the gravest and soonest due first."""
    rows = session.execute(
        select(
            Action.id,
            Action.title,
            Action.severity,
            Action.due_on,
            Action.effort_days,
            Action.owner,
            Establishment.name,
        )
        .join(ActionSite, ActionSite.action_id == Action.id)
        .join(Establishment, Establishment.id == ActionSite.establishment_id)
        .where(
            ActionSite.establishment_id.in_(inside),
            ActionSite.state.in_(OPEN_STATES),
            Action.id.not_in(select(ActionCost.action_id)),
        )
        .order_by(Action.severity, Action.due_on, Action.id, Establishment.name)
    )
    known: dict[int, Unpriced] = {}
    sites: dict[int, list[str]] = defaultdict(list)
    for number, title, severity, due_on, effort_days, owner, name in rows:
        known.setdefault(number, Unpriced(number, title, severity, due_on, effort_days, owner, ()))
        sites[number].append(name)
    return tuple(replace(one, sites=tuple(sites[one.id])) for one in known.values())
