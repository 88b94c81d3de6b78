"""One indicator of a place: month after month, by category, its goals, and how establishments spread; then cohorts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Level, Place, Scope
from care.domain.indicators import FAMILY_NAMES, NO_CATEGORY, IndicatorDefinition, Measure
from care.domain.months import Month, last_day
from care.services.indicators.dashboards import (
    GoalShown,
    asked_month,
    goal_shown,
    latest_month,
    looked_back,
    one_definition,
    version_breaks,
)
from care.services.indicators.definitions import definitions, read_definitions
from care.services.indicators.shown import Figure, FigureState, Shown, by_key, lang_of, read_figures, shown
from care.services.indicators.sites import Cohort, cohort_figures
from care.services.indicators.territories import Territory, open_territory
from care.services.platform import Platform
from care.store.registry import Ght, LegalEntity
from reports.charts import Chart
from reports.trends import Point, distribution_chart, month_chart
from reports.words import COLON
from scanners.model import Text

SPANS = (13, 36, 60)
"""Months of a trend that may be asked for."""
UNKNOWN = Text("Catégorie inconnue", "Unknown category")


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of a trend; `new_version`: the definition changed since the figure before."""

    month: Month
    shown: Shown
    new_version: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A category, a GHT, or another cohort. `place`: where its own figures are, when it is a place."""

    name: str
    shown: Shown
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """An indicator of a place in a month. `family` is named, `chart` is its trend, `spread` how establishments spread
    (None when nothing tells), `history` its months, the latest first."""

    territory: Territory
    definition: IndicatorDefinition
    family: str
    month: Month
    now: Shown
    goals: tuple[GoalShown, ...]
    chart: Chart
    spread: Chart | None
    history: tuple[MonthLine, ...]
    categories: tuple[Group, ...]
    span: int


def read_indicator(
    platform: Platform, scope: Scope, place: Place, code: str, month: Month | None = None, span: int = SPANS[0]
) -> IndicatorPage:
    """One indicator of a place, the latest month that has a figure unless one is given. NotFound."""
    span = span if span in SPANS else SPANS[0]
    with platform.database.read() as session:
        territory = open_territory(session, scope, place)
        newest = asked_month(platform, month)
        key = place.key
        at = month or latest_month(session, key, code, newest) or newest
        library = read_definitions(platform, session)
        definition = one_definition(library.of(at), code)
        months = looked_back(at, span)
        figures = read_figures(session, [key], [code], months)
        categories = read_figures(session, [key], [code], [at], ())
    found = by_key(figures)
    # each month is told as its own definition tells it: levels may have been named otherwise

    def told(at_: Month) -> Shown:
        known = library.of(at_).get(code, definition)
        return shown(known, found.get((key, code, at_, "")), scope.lang, entitled=True)

    past = list(map(told, months))
    return IndicatorPage(
        territory=territory,
        definition=definition,
        family=FAMILY_NAMES[definition.family].render(scope.lang),
        month=at,
        now=past[-1],
        goals=_goals(definition, past[-1], last_day(at)),
        chart=trend_of(definition, months, past, scope.lang),
        spread=spread_of(definition, past[-1], scope.lang),
        history=history_of(months, past),
        categories=_categories(definition, categories, scope.lang),
        span=span,
    )


def history_of(months: Sequence[Month], past: Sequence[Shown]) -> tuple[MonthLine, ...]:
    """The months of a series, the latest first."""
    breaks = version_breaks(past)
    lines = [MonthLine(month, one, rank in breaks) for rank, (month, one) in enumerate(zip(months, past, strict=True))]
    return tuple(reversed(lines))


def _goals(definition: IndicatorDefinition, now: Shown, day: date) -> tuple[GoalShown, ...]:
    """Every goal by its day; only those that began by `day` can be reached or missed."""
    told = (goal_shown(definition, one, now if one.since <= day else Shown(now.state)) for one in definition.goals)
    return tuple(sorted((one for one in told if one is not None), key=lambda one: one.since))


def trend_of(definition: IndicatorDefinition, months: Sequence[Month], past: Sequence[Shown], lang: str) -> Chart:
    """The months of a series as a chart: one line for each version of the definition."""
    points = [
        Point(month, one.version, one.share if one.share is not None else one.amount, _said(one, lang))
        for month, one in zip(months, past, strict=True)
    ]
    goals = [(one.since, one.percent) for one in definition.goals]
    return month_chart(definition.title.render(lang), points, goals, lang_of(lang))


def _said(one: Shown, lang: str) -> str:
    """A value as the table of its chart writes it."""
    if one.told:
        return f"{one.value} ({one.counts})" if one.counts else one.value
    return FIGURE_STATES[one.state].render(lang)


FIGURE_STATES = {
    FigureState.TOLD: Text("Chiffre", "Figure"),
    FigureState.HIDDEN: Text("Masqué", "Hidden"),
    FigureState.SILENT: Text("Aucune réponse", "No answer"),
    FigureState.EMPTY: Text("Rien à mesurer", "Nothing to measure"),
    FigureState.MISSING: Text("Pas calculé", "Not computed"),
}


def spread_of(definition: IndicatorDefinition, now: Shown, lang: str) -> Chart | None:
    """How establishments spread: by level, or reached or not, with those that did not answer."""
    if now.state in (FigureState.HIDDEN, FigureState.MISSING):
        return None
    title = SPREAD.render(lang) + COLON[lang_of(lang)] + definition.title.render(lang)
    parts = [*_valued(definition, now, lang), *((name.render(lang), many) for name, many in _unvalued(now))]
    return distribution_chart(title, parts, lang_of(lang))


SPREAD = Text("Répartition des établissements", "How establishments spread")


def _valued(definition: IndicatorDefinition, now: Shown, lang: str) -> Sequence[tuple[str, int]]:
    measured = now.answered - now.unmeasured
    if now.levels:
        return now.levels
    if definition.measure is not Measure.REACHED:
        return [(_WITH_VALUE.render(lang), measured)]
    return [(_REACHED.render(lang), now.numerator), (_NOT_REACHED.render(lang), measured - now.numerator)]


_WITH_VALUE = Text("Avec une valeur", "With a value")
_REACHED = Text("Atteint", "Reached")
_NOT_REACHED = Text("Non atteint", "Not reached")


def _unvalued(now: Shown) -> Sequence[tuple[Text, int]]:
    rest = (
        (Text("Rien à mesurer", "Nothing to measure"), now.unmeasured),
        (Text("Autre version de la définition", "Other version of the definition"), now.other_version),
    )
    return [*((name, many) for name, many in rest if many), (Text("Sans réponse", "No answer"), now.silent)]


def _categories(definition: IndicatorDefinition, figures: Iterable[Figure], lang: str) -> tuple[Group, ...]:
    groups = (Group(category_name(one.category, lang), shown(definition, one, lang, entitled=True)) for one in figures)
    return tuple(sorted(groups, key=lambda one: one.name))


def category_name(category: str, lang: str) -> str:
    """A category as people read it."""
    return UNKNOWN.render(lang) if category in ("", NO_CATEGORY) else category


class Split(StrEnum):
    """What cohorts are made by."""

    CATEGORY = "category"
    GHT = "ght"
    OSE = "ose"
    STATUS = "status"


SPLIT_NAMES: Mapping[Split, Text] = {
    Split.CATEGORY: Text("Catégorie", "Category"),
    Split.GHT: Text("GHT", "GHT"),
    Split.OSE: Text("OSE ou non", "OSE or not"),
    Split.STATUS: Text("Statut", "Status"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One indicator for each cohort of a place, in the order of their names, beside the whole."""

    territory: Territory
    definition: IndicatorDefinition
    month: Month
    split: Split
    whole: Shown
    groups: tuple[Group, ...]


def compare(
    platform: Platform, scope: Scope, place: Place, code: str, split: Split, month: Month | None = None
) -> Comparison:
    """An indicator by cohort. Categories and GHT are figures; the others are made of values. NotFound."""
    with platform.database.read() as session:
        territory = open_territory(session, scope, place)
        newest = asked_month(platform, month)
        at = month or latest_month(session, place.key, code, newest) or newest
        definition = one_definition(definitions(platform, session, at), code)
        whole = by_key(read_figures(session, [place.key], [code], [at])).get((place.key, code, at, ""))
        groups = _groups(session, scope, place, definition, split, at)
    return Comparison(
        territory, definition, at, split, shown(definition, whole, scope.lang, entitled=True), tuple(groups)
    )


def _groups(
    session: Session, scope: Scope, place: Place, definition: IndicatorDefinition, split: Split, month: Month
) -> Sequence[Group]:
    if split is Split.CATEGORY:
        return _categories(definition, read_figures(session, [place.key], [definition.code], [month], ()), scope.lang)
    if split is Split.GHT:
        return _by_ght(session, scope, place, definition, month)
    cohort = Cohort.OSE if split is Split.OSE else Cohort.STATUS
    made = cohort_figures(session, scope, place, definition, month, cohort)
    return [Group(name, shown(definition, figure, scope.lang, entitled=True)) for name, figure in made]


def _by_ght(
    session: Session, scope: Scope, place: Place, definition: IndicatorDefinition, month: Month
) -> Sequence[Group]:
    query = select(Ght.id, Ght.name).order_by(Ght.name)
    if place.level is Level.REGION:
        # a GHT may hold establishments of a region that is not its own
        inside = select(LegalEntity.ght_id).where(LegalEntity.region_id == place.id, LegalEntity.ght_id.is_not(None))
        query = query.where(Ght.id.in_(inside) | (Ght.region_id == place.id))
    elif place != PLATFORM:
        query = query.where(Ght.id == place.id)
    names = {Place(Level.GHT, number): name for number, name in session.execute(query)}
    figures = by_key(read_figures(session, [one.key for one in names], [definition.code], [month]))

    def of(one: Place) -> Shown:
        return shown(definition, figures.get((one.key, definition.code, month, "")), scope.lang, entitled=True)

    return [Group(name, of(one), one) for one, name in names.items()]
