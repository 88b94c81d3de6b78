"""From stored figures to the read-model of a report. Figures that may not be published never enter its public form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from care.domain.access import PLATFORM, Level, Place
from care.domain.frameworks import Confidence
from care.domain.indicators import FAMILY_NAMES, TREND_NAMES, Audience, Family, Goal, IndicatorDefinition, goal_reached
from care.domain.months import LAST_MONTH, Month, last_day, moved
from care.domain.regional import FEWEST
from care.domain.regional_reports import MONTHS_TOLD
from care.services.errors import NotFound
from care.services.indicators.definitions import DefinitionLibrary, read_definitions
from care.services.indicators.own import home_then
from care.services.indicators.shown import QUARTERS, month_day
from care.services.places import node, place_name
from care.services.platform import Platform
from care.services.regional_reports.named import count_open, named_values, sites_of
from care.store.indicators import IndicatorFigure, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Ght, Region
from reports.region_model import (
    Counts,
    Extent,
    NamedValue,
    OwnValue,
    Reckoning,
    RegionFamily,
    RegionFigure,
    RegionGoal,
    RegionIndicator,
    RegionPart,
    RegionReport,
)
from reports.words import Lang as ReportLang
from scanners.model import Lang, Text

_AUDIENCES: Mapping[Audience, Text] = {
    Audience.ALL: Text("Tous les établissements", "All establishments"),
    Audience.OSE: Text("Opérateurs de services essentiels", "Operators of essential services"),
    Audience.CANDIDATES: Text("Candidats au programme CaRE", "Candidates of the CaRE programme"),
}
_DOUBTS: Mapping[Confidence, Text] = {
    Confidence.OFFICIAL: Text("", ""),
    Confidence.COPY: Text("", ""),
    Confidence.SECOND_HAND: Text("de seconde main, à vérifier", "second-hand, to be checked"),
    Confidence.OURS: Text("choix de CaRE, à vérifier", "a choice of CaRE, to be checked"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report: of what, for which month, in which form and language."""

    place: Place
    month: Month
    public: bool
    lang: Lang

    @property
    def first(self) -> Month:
        """The first month of its series."""
        return moved(self.month, 1 - MONTHS_TOLD)


def months_with_figures(session: Session, place: Place) -> tuple[Month, ...]:
    """The months of which figures of a place are kept, the latest first; an establishment has those of its region."""
    key = _figured(session, place, LAST_MONTH).key
    query = select(IndicatorFigure.month).where(IndicatorFigure.place == key).distinct()
    return tuple(session.scalars(query.order_by(IndicatorFigure.month.desc())))


def read_report(platform: Platform, session: Session, wanted: Wanted) -> RegionReport:
    """The report as every maker takes it. Rights were checked by the caller. NotFound when the place does not exist."""
    place, about = _figured(session, wanted.place, wanted.month), wanted.place
    own = about.level is Level.ESTABLISHMENT
    figures = _figures(session, place, wanted)
    library = read_definitions(platform, session)
    known = library.of(wanted.month)
    extra = _Extra(
        named={} if wanted.public or own else named_values(session, place, wanted.month, wanted.lang, known),
        own=_own_values(session, about.id, wanted, library) if own else {},
        parts=_parts(session, wanted) if place == PLATFORM else {},
    )
    site = cast("Establishment", node(session, about)) if own else None
    return RegionReport(
        lang=cast("ReportLang", wanted.lang),
        issued_at=_computed_at(session, place, wanted).astimezone(ZoneInfo(platform.settings.timezone)),
        month=wanted.month,
        first=wanted.first,
        extent=Extent(about.level.value),
        place=place_name(session, place, wanted.lang) if place != PLATFORM else _NATION.render(wanted.lang),
        place_code=_code(session, place),
        public=wanted.public,
        establishments=count_open(session, place, wanted.month),
        families=_families(known, figures, extra, wanted),
        establishment=site.name if site else "",
        finess=site.finess if site else "",
        sites=sites_of(session, extra.named),
        notice=platform.settings.notice,
    )


_NATION = Text("France entière", "The whole of France")


@dataclass(frozen=True, slots=True)
class _Extra:
    """Beside the figures of the place, by code of indicator: establishments, the own line, the regions."""

    named: Mapping[str, tuple[NamedValue, ...]]
    own: Mapping[str, tuple[OwnValue, ...]]
    parts: Mapping[str, tuple[RegionPart, ...]]


def _figured(session: Session, place: Place, month: Month) -> Place:
    """The place whose figures a report shows: the region where an establishment was in a month, else the place
    itself."""
    if place.level is Level.ESTABLISHMENT:
        return Place(Level.REGION, home_then(session, cast("Establishment", node(session, place)), month).region.id)
    if place.level is Level.LEGAL_ENTITY:
        raise NotFound
    return place


def _code(session: Session, place: Place) -> str:
    """The INSEE number of a region, or of that of a GHT."""
    found = node(session, place) if place != PLATFORM else None
    region = found.region if isinstance(found, Ght) else found
    return region.code if isinstance(region, Region) else ""


def _figures(session: Session, place: Place, wanted: Wanted) -> Mapping[str, list[IndicatorFigure]]:
    """The rows of a place by code: each month as a whole, and the last one by category."""
    rows = session.scalars(
        select(IndicatorFigure)
        .where(
            IndicatorFigure.place == place.key,
            IndicatorFigure.month.between(wanted.first, wanted.month),
            or_(IndicatorFigure.category == "", IndicatorFigure.month == wanted.month),
        )
        .order_by(IndicatorFigure.month, IndicatorFigure.category)
    )
    found: dict[str, list[IndicatorFigure]] = defaultdict(list)
    for row in rows:
        found[row.indicator].append(row)
    return found


def _computed_at(session: Session, place: Place, wanted: Wanted) -> datetime:
    """When the latest of these figures was computed; the end of the month when there is none."""
    latest = session.scalar(
        select(func.max(IndicatorFigure.computed_at)).where(
            IndicatorFigure.place == place.key, IndicatorFigure.month.between(wanted.first, wanted.month)
        )
    )
    return latest or datetime.combine(last_day(wanted.month), datetime.min.time(), UTC)


def _families(
    known: Mapping[str, IndicatorDefinition],
    figures: Mapping[str, Sequence[IndicatorFigure]],
    extra: _Extra,
    wanted: Wanted,
) -> tuple[RegionFamily, ...]:
    """The subjects that have an indicator with a figure or a value, in the order of the dashboards."""
    by_family: dict[Family, list[RegionIndicator]] = defaultdict(list)
    for code in sorted(known):
        if figures.get(code) or extra.own.get(code):
            by_family[known[code].family].append(_indicator(known[code], figures.get(code, ()), extra, wanted))
    names = ((family, FAMILY_NAMES[family].render(wanted.lang)) for family in Family if family in by_family)
    return tuple(RegionFamily(family.value, name, tuple(by_family[family])) for family, name in names)


def _indicator(
    known: IndicatorDefinition, rows: Sequence[IndicatorFigure], extra: _Extra, wanted: Wanted
) -> RegionIndicator:
    lang, told = wanted.lang, [_figure(row, wanted) for row in rows]
    series = tuple(one for one in told if not one.category)
    figure = next((one for one in series if one.month == wanted.month), None)
    goal = known.goal_on(last_day(wanted.month))
    return RegionIndicator(
        code=known.code,
        version=known.version,
        title=known.title.render(lang),
        formula=known.formula.render(lang),
        unit=known.unit.render(lang),
        threshold=known.threshold.render(lang) if known.threshold else "",
        note=known.note.render(lang) if known.note else "",
        source=known.source.render(lang),
        doubt=_DOUBTS[known.confidence].render(lang),
        audience=_AUDIENCES[known.audience].render(lang),
        reckoning=Reckoning(known.measure.value),
        better=TREND_NAMES[known.trend].render(lang),
        direction=known.trend.value,
        level_names=tuple((value, name.render(lang)) for value, name in known.levels),
        goals=tuple(_goal(one, lang) for one in known.goals),
        goal=replace(_goal(goal, lang), reached=_reached(known, goal, figure)) if goal else None,
        figure=figure,
        series=series,
        categories=tuple(one for one in told if one.category),
        parts=extra.parts.get(known.code, ()),
        named=extra.named.get(known.code, ()),
        own=extra.own.get(known.code, ()),
    )


def _goal(goal: Goal, lang: Lang) -> RegionGoal:
    return RegionGoal(goal.percent, goal.since, goal.source, _DOUBTS[goal.confidence].render(lang))


def _reached(known: IndicatorDefinition, goal: Goal, figure: RegionFigure | None) -> bool | None:
    counts = figure.counts if figure else None
    return goal_reached(known, goal, counts.numerator, counts.denominator, counts.missing) if counts else None


def _figure(row: IndicatorFigure, wanted: Wanted) -> RegionFigure:
    """A figure; without its counts when this form of the report may not tell them."""
    guarded = wanted.public or wanted.place.level is Level.ESTABLISHMENT
    withheld = guarded and (row.hidden or 0 < row.measured < FEWEST)
    counts = None if withheld else _counts(row, guarded=guarded)
    return RegionFigure(row.month, row.version, counts, row.hidden, row.category)


def _counts(row: IndicatorFigure, *, guarded: bool) -> Counts:
    levels = tuple(sorted((int(level), int(count)) for level, count in row.spread.get("levels", {}).items()))
    quartiles = row.spread.get("quartiles")
    if guarded and (row.spread.get("hidden") or any(0 < count < FEWEST for _level, count in levels)):
        levels = ()
    if guarded and row.measured < QUARTERS * FEWEST:
        quartiles = None
    oldest_on = month_day(row.oldest_on) if guarded else row.oldest_on
    return Counts(
        asked=row.asked,
        answered=row.answered,
        measured=row.measured,
        other_version=row.other_version,
        numerator=row.numerator,
        denominator=row.denominator,
        oldest_on=oldest_on,
        levels=levels,
        quartiles=(float(quartiles[0]), float(quartiles[1]), float(quartiles[2])) if quartiles else None,
    )


def _parts(session: Session, wanted: Wanted) -> Mapping[str, tuple[RegionPart, ...]]:
    """The figures of the regions for the month, by code, in the order of INSEE numbers."""
    regions = {f"{Level.REGION.value}:{row.id}": row for row in session.scalars(select(Region))}
    rows = session.scalars(
        select(IndicatorFigure).where(
            IndicatorFigure.place.in_(regions), IndicatorFigure.month == wanted.month, IndicatorFigure.category == ""
        )
    )
    found: dict[str, list[RegionPart]] = defaultdict(list)
    for row in rows:
        region = regions[row.place]
        found[row.indicator].append(RegionPart(region.code, region.name, _figure(row, wanted)))
    return {code: tuple(sorted(parts, key=lambda one: one.code)) for code, parts in found.items()}


def _own_values(
    session: Session, establishment_id: int, wanted: Wanted, library: DefinitionLibrary
) -> Mapping[str, tuple[OwnValue, ...]]:
    rows = session.execute(
        select(
            IndicatorValue.indicator,
            IndicatorValue.month,
            IndicatorValue.numerator,
            IndicatorValue.denominator,
            IndicatorValue.as_of,
            IndicatorValue.version,
        )
        .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
        .where(
            IndicatorHolder.establishment_id == establishment_id,
            IndicatorValue.month.between(wanted.first, wanted.month),
        )
        .order_by(IndicatorValue.month)
    )
    found: dict[str, list[OwnValue]] = defaultdict(list)
    for code, month, numerator, denominator, as_of, version in rows:
        known = library.of(month).get(code)
        other = known is None or version != known.version
        found[code].append(OwnValue(month, numerator, denominator, as_of, version, other))
    return {code: tuple(values) for code, values in found.items()}
