"""Dashboards of a place: every indicator of a month by family, and one indicator over the 18 regions.

Figures are read, never values: one query each, by the primary key. Nothing is ranked: indicators stand in the order of
their families, regions in that of their names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Level, Place, Scope
from care.domain.frameworks import Confidence
from care.domain.indicators import FAMILY_NAMES, Family, Goal, IndicatorDefinition, Trend, goal_reached
from care.domain.months import Month, is_month, last_day, month_of, moved
from care.domain.node_names import folded
from care.services.errors import NotFound
from care.services.indicators.definitions import definitions
from care.services.indicators.shown import Figure, FigureState, Shown, by_key, change, read_figures, shown
from care.services.indicators.territories import Territory, open_territory
from care.services.library import today
from care.services.platform import Platform
from care.store.registry import Region
from scanners.model import Lang

SPAN = 13
"""Months that a dashboard looks back on, this one included: a year ago is the same season."""


@dataclass(frozen=True, slots=True)
class GoalShown:
    """A goal as it is told: so many percent from a day on, who says so, and whether it is reached; None when nobody can
    tell. `hangs`: on the establishments that did not answer."""

    percent: int
    since: date
    source: str
    confidence: Confidence
    reached: bool | None
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator of a dashboard. `series`: its values of the months looked back on, oldest first, as parts of their
    largest (or of the whole, for shares); None where there is none. `breaks`: the places in it where the definition
    changed. `before` is its figure of a year ago, `change` points, or number, since; `new_version`: the definition
    changed since. `domain`: the framework of which it tells one requirement, empty for others."""

    code: str
    title: str
    unit: str
    confidence: Confidence
    now: Shown
    goal: GoalShown | None
    before: Shown
    trend: Trend
    domain: str
    change: int | None
    series: tuple[float | None, ...]
    breaks: frozenset[int]

    @property
    def answered(self) -> bool:
        """Whether somebody answered: the others are told apart, together."""
        return self.now.state not in (FigureState.SILENT, FigureState.MISSING)

    @property
    def new_version(self) -> bool:
        """Whether the definition changed within the months looked back on."""
        return bool(self.breaks)


@dataclass(frozen=True, slots=True)
class FamilyLines:
    """The indicators of one subject."""

    family: Family
    name: str
    lines: tuple[Line, ...]

    @property
    def told(self) -> tuple[Line, ...]:
        """Those that somebody answered, but for requirements."""
        return tuple(one for one in self.lines if one.answered and not one.domain)

    @property
    def requirements(self) -> Mapping[str, tuple[Line, ...]]:
        """The requirements of programmes that somebody answered, by framework: there are many."""
        found = [one for one in self.lines if one.answered and one.domain]
        return {
            name: tuple(one for one in found if one.domain == name)
            for name in dict.fromkeys(one.domain for one in found)
        }

    @property
    def untold(self) -> tuple[Line, ...]:
        """Those that nobody answered, or that were never computed."""
        return tuple(one for one in self.lines if not one.answered)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A place in a month. `establishments` are those asked at most; `computed_at` is the oldest of its figures;
    `empty`: no figure in the months looked back on."""

    territory: Territory
    month: Month
    families: tuple[FamilyLines, ...]
    establishments: int
    computed_at: datetime | None
    empty: bool


@dataclass(frozen=True, slots=True)
class RegionLine:
    """A region under one indicator."""

    place: Place
    code: str
    name: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class Nation:
    """One indicator over the regions, by name, and over all of them."""

    definition: IndicatorDefinition
    month: Month
    whole: Shown
    regions: tuple[RegionLine, ...]


def read_dashboard(platform: Platform, scope: Scope, place: Place, month: Month | None = None) -> Dashboard:
    """The indicators of a place in a month, the latest that has figures unless one is given. NotFound."""
    with platform.database.read() as session:
        territory = open_territory(session, scope, place)
        newest = asked_month(platform, month)
        known = definitions(platform, session, newest)
        figures = read_figures(session, [place.key], known, looked_back(newest))
    shown_month = newest if month else max((one.month for one in figures), default=newest)
    here = [one for one in figures if one.month == shown_month]
    lines = list(_lines(known, place.key, figures, shown_month, scope.lang))
    return Dashboard(
        territory=territory,
        month=shown_month,
        families=_families(lines, known, scope.lang),
        establishments=max((one.asked for one in here), default=0),
        computed_at=min((one.computed_at for one in here if one.computed_at), default=None),
        empty=not here,
    )


def asked_month(platform: Platform, month: Month | None) -> Month:
    """The month asked for, this one unless given; NotFound for what is no month or not yet."""
    newest = month_of(today(platform))
    if month is not None and (not is_month(month) or month > newest):
        raise NotFound
    return month or newest


def looked_back(month: Month, span: int = SPAN) -> list[Month]:
    """So many months up to this one, oldest first."""
    return [moved(month, -back) for back in range(span - 1, -1, -1)]


def _lines(
    known: Mapping[str, IndicatorDefinition], place: str, figures: Sequence[Figure], month: Month, lang: Lang
) -> Iterator[Line]:
    found = by_key(figures)
    months = looked_back(month)
    for code, definition in known.items():
        past = [shown(definition, found.get((place, code, one, "")), lang, entitled=True) for one in months]
        yield Line(
            code=code,
            title=definition.title.render(lang),
            unit=definition.unit.render(lang),
            confidence=definition.confidence,
            now=past[-1],
            goal=goal_shown(definition, definition.goal_on(last_day(month)), past[-1]),
            before=past[0],
            trend=definition.trend,
            domain=definition.domain if code.startswith(f"{definition.domain}:") else "",
            change=change(past[-1], past[0]),
            series=parts(past),
            breaks=version_breaks(past),
        )


def parts(past: Sequence[Shown]) -> tuple[float | None, ...]:
    """Values as parts of a whole: shares as they are, numbers out of the largest."""
    top = max((one.amount or 0 for one in past), default=0) or 1
    return tuple(
        one.share if one.share is not None else None if one.amount is None else one.amount / top for one in past
    )


def version_breaks(past: Sequence[Shown]) -> frozenset[int]:
    """The places in a series where the definition is no longer that of the figure before."""
    found, last = set[int](), ""
    for rank, one in enumerate(past):
        if one.version and last and one.version != last:
            found.add(rank)
        last = one.version or last
    return frozenset(found)


def goal_shown(definition: IndicatorDefinition, goal: Goal | None, now: Shown) -> GoalShown | None:
    """A goal beside the value it speaks of."""
    if goal is None:
        return None
    missing = now.silent + now.other_version
    reached = goal_reached(definition, goal, now.numerator, now.denominator, missing)
    hangs = now.told and reached is None
    return GoalShown(goal.percent, goal.since, goal.source, goal.confidence, reached, hangs)


def _families(lines: Sequence[Line], known: Mapping[str, IndicatorDefinition], lang: Lang) -> tuple[FamilyLines, ...]:
    groups = {family: tuple(one for one in lines if known[one.code].family is family) for family in Family}
    return tuple(FamilyLines(one, FAMILY_NAMES[one].render(lang), found) for one, found in groups.items() if found)


def read_nation(platform: Platform, scope: Scope, code: str, month: Month | None = None) -> Nation:
    """One indicator over every region, in a month: the latest that has figures unless one is given. NotFound."""
    with platform.database.read() as session:
        open_territory(session, scope, PLATFORM)
        newest = asked_month(platform, month)
        definition = one_definition(definitions(platform, session, newest), code)
        regions = session.execute(select(Region.id, Region.code, Region.name).order_by(Region.name)).all()
        places = [Place(Level.REGION, number) for number, _code, _name in regions]
        keys = [PLATFORM.key, *(one.key for one in places)]
        figures = read_figures(session, keys, [code], [month] if month else looked_back(newest))
    at = month or max((one.month for one in figures), default=newest)
    found = by_key(figures)

    def of(place: Place) -> Shown:
        return shown(definition, found.get((place.key, code, at, "")), scope.lang, entitled=True)

    lines = [RegionLine(place, row.code, row.name, of(place)) for place, row in zip(places, regions, strict=True)]
    return Nation(definition, at, of(PLATFORM), tuple(sorted(lines, key=lambda one: folded(one.name))))


def one_definition(known: Mapping[str, IndicatorDefinition], code: str) -> IndicatorDefinition:
    """The definition of a code; NotFound."""
    if code not in known:
        raise NotFound
    return known[code]


def indicator_choices(
    platform: Platform, scope: Scope, month: Month | None = None
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The indicators in force, by family: (name of the family, ((code, title), …))."""
    with platform.database.read() as session:
        known = definitions(platform, session, asked_month(platform, month))
    return tuple(
        (FAMILY_NAMES[family].render(scope.lang), _titles(known.values(), family, scope.lang))
        for family in Family
        if any(one.family is family for one in known.values())
    )


def _titles(known: Collection[IndicatorDefinition], family: Family, lang: Lang) -> tuple[tuple[str, str], ...]:
    return tuple((one.code, one.title.render(lang)) for one in known if one.family is family)


def latest_month(session: Session, place: str, code: str, newest: Month) -> Month | None:
    """The latest of the months looked back on in which an indicator has a figure for a place."""
    figures = read_figures(session, [place], [code], looked_back(newest))
    return max((one.month for one in figures), default=None)
