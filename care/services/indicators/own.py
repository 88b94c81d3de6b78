"""An establishment's own indicators, beside the anonymous figures of its region.

Its own line is its own: it sees it whole. Of the region it sees what may be published, unless it is also read by
somebody who sees the region there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.frameworks import Confidence
from care.domain.indicators import FAMILY_NAMES, NO_CATEGORY, Family, IndicatorDefinition, Measure
from care.domain.months import Month, last_day
from care.services.former_places import places_then
from care.services.indicators.audiences import Audiences, read_audiences
from care.services.indicators.dashboards import asked_month, looked_back, one_definition
from care.services.indicators.definitions import definitions, read_definitions
from care.services.indicators.one_indicator import category_name, spread_of, trend_of
from care.services.indicators.shown import Figure, Shown, by_key, lang_of, read_figures, shown
from care.services.indicators.sites import Standing, answer, standing_of
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.indicators import IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Region
from reports.charts import Chart
from reports.trends import standing_chart
from reports.words import COLON

SPAN = 13
RIGHT = Right.SEE_FINDINGS
"""Indicators are made of findings, among others: whoever sees the former sees the latter."""


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One indicator: what the establishment answered, and its region."""

    code: str
    title: str
    standing: Standing
    value: str
    as_of: date | None
    confidence: Confidence
    region: Shown

    @property
    def says_something(self) -> bool:
        """Whether there is anything to read but silence."""
        return self.region.told or self.standing not in (Standing.SILENT, Standing.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class OwnFamily:
    """The indicators of one subject."""

    name: str
    lines: tuple[OwnLine, ...]

    @property
    def told(self) -> tuple[OwnLine, ...]:
        """Those that the establishment answered, or that its region tells."""
        return tuple(one for one in self.lines if one.says_something)

    @property
    def untold(self) -> tuple[OwnLine, ...]:
        """The others."""
        return tuple(one for one in self.lines if not one.says_something)


@dataclass(frozen=True, slots=True)
class OwnIndicators:
    """The indicators of an establishment in a month: those it answered or that its region is asked for."""

    month: Month
    region: str
    answered: int
    families: tuple[OwnFamily, ...]


@dataclass(frozen=True, slots=True)
class OwnIndicator:
    """One indicator of an establishment: its own months, and where it stands in its region and its category."""

    definition: IndicatorDefinition
    family: str
    month: Month
    standing: Standing
    value: str
    as_of: date | None
    chart: Chart
    region: str
    of_region: Shown
    category: str
    of_category: Shown
    spread: Chart | None
    within: Chart | None


def read_own(platform: Platform, scope: Scope, establishment_id: int, month: Month | None = None) -> OwnIndicators:
    """The indicators of an establishment: the latest month it answered, unless one is given. NotFound, Forbidden."""
    with platform.database.read() as session:
        site = visible_establishment(session, scope, establishment_id, RIGHT)
        newest = asked_month(platform, month)
        at = month or _last_answer(session, site.id, newest) or newest
        known = definitions(platform, session, at)
        values = {one.code: one for one in _values(session, site.id, [at], tuple(known))}
        home = home_then(session, site, at)
        place, region = Place(Level.REGION, home.region.id), home.region.name
        figures = by_key(read_figures(session, [place.key], known, [at]))
        entitled = scope.allows(Right.SEE_REGION, home.region.lineage)
        audiences = read_audiences(session, last_day(at))

    def line(definition: IndicatorDefinition) -> OwnLine:
        figure = figures.get((place.key, definition.code, at, ""))
        of_region = shown(definition, figure, scope.lang, entitled=entitled)
        standing = _standing(definition, values.get(definition.code), audiences, establishment_id)
        return _line(definition, values.get(definition.code), standing, of_region, scope.lang)

    lines = {code: line(definition) for code, definition in known.items()}
    families = [(family, [lines[code] for code, one in known.items() if one.family is family]) for family in Family]
    told = tuple(OwnFamily(FAMILY_NAMES[one].render(scope.lang), tuple(found)) for one, found in families if found)
    return OwnIndicators(at, region, len(values), told)


class Home(NamedTuple):
    """Where figures of a month count an establishment: its region, and its category as figures write it."""

    region: Region
    category: str


def home_then(session: Session, site: Establishment, month: Month) -> Home:
    """Where it was on the last day of a month: beside the figures of another region, its line would say nothing."""
    then = places_then(session, last_day(month)).get(site.id)
    region = session.get_one(Region, then.region_id) if then else site.region
    return Home(region, (then.category if then else site.category).strip() or NO_CATEGORY)


@dataclass(frozen=True, slots=True)
class _Value:
    code: str
    month: Month
    version: str
    numerator: int
    denominator: int
    as_of: date


def _values(
    session: Session, establishment_id: int, months: list[Month], codes: tuple[str, ...] | None = None
) -> list[_Value]:
    value, holder = IndicatorValue, IndicatorHolder
    query = (
        select(value.indicator, value.month, value.version, value.numerator, value.denominator, value.as_of)
        .join(holder, holder.id == value.holder_id)
        .where(holder.establishment_id == establishment_id, value.month.in_(months))
    )
    if codes is not None:
        query = query.where(value.indicator.in_(codes))
    return [_Value(*row) for row in session.execute(query)]


def _last_answer(session: Session, establishment_id: int, newest: Month) -> Month | None:
    query = (
        select(IndicatorValue.month)
        .join(IndicatorHolder, IndicatorHolder.id == IndicatorValue.holder_id)
        .where(IndicatorHolder.establishment_id == establishment_id, IndicatorValue.month <= newest)
        .order_by(IndicatorValue.month.desc())
        .limit(1)
    )
    return session.scalar(query)


def _line(
    definition: IndicatorDefinition, value: _Value | None, standing: Standing, region: Shown, lang: str
) -> OwnLine:
    return OwnLine(
        code=definition.code,
        title=definition.title.render(lang),
        standing=standing,
        value=answer(definition, standing, value.numerator, value.denominator, lang) if value else "",
        as_of=value.as_of if value else None,
        confidence=definition.confidence,
        region=region,
    )


def _standing(definition: IndicatorDefinition, value: _Value | None, audiences: Audiences, site: int) -> Standing:
    if value is not None:
        return standing_of(definition, value.version, value.numerator, value.denominator)
    concerned = audiences.concerned(definition)
    return Standing.SILENT if concerned is None or site in concerned else Standing.NOT_ASKED


def read_own_indicator(
    platform: Platform, scope: Scope, establishment_id: int, code: str, month: Month | None = None
) -> OwnIndicator:
    """One indicator of an establishment. NotFound, Forbidden."""
    with platform.database.read() as session:
        site = visible_establishment(session, scope, establishment_id, RIGHT)
        newest = asked_month(platform, month)
        at = month or _last_answer(session, site.id, newest) or newest
        library = read_definitions(platform, session)
        definition = one_definition(library.of(at), code)
        months = looked_back(at, SPAN)
        values = {one.month: one for one in _values(session, site.id, months, (code,))}
        home = home_then(session, site, at)
        key, category, region = Place(Level.REGION, home.region.id).key, home.category, home.region.name
        figures = by_key(read_figures(session, [key], [code], [at], ("", category)))
        entitled = scope.allows(Right.SEE_REGION, home.region.lineage)
        audiences = read_audiences(session, last_day(at))
    past = [_own_shown(library.of(one).get(code, definition), values.get(one), scope.lang) for one in months]
    own, lang = values.get(at), scope.lang
    standing = _standing(definition, own, audiences, establishment_id)
    of_region = shown(definition, figures.get((key, code, at, "")), lang, entitled=entitled)
    return OwnIndicator(
        definition=definition,
        family=FAMILY_NAMES[definition.family].render(lang),
        month=at,
        standing=standing,
        value=answer(definition, standing, own.numerator, own.denominator, lang) if own else "",
        as_of=own.as_of if own else None,
        chart=trend_of(definition, months, past, lang),
        region=region,
        of_region=of_region,
        category=category_name(category, lang),
        of_category=shown(definition, figures.get((key, code, at, category)), lang, entitled=entitled),
        spread=spread_of(definition, of_region, lang),
        within=_within(definition, own, of_region, lang),
    )


def _own_shown(definition: IndicatorDefinition, value: _Value | None, lang: str) -> Shown:
    """A value of the establishment in the form of a figure: that of a group of one, told to itself."""
    if value is None:
        return shown(definition, None, lang, entitled=True)
    same = value.version == definition.version
    has = same and value.denominator > 0
    spread: Mapping[str, Any] = {"levels": {str(value.numerator): 1}} if definition.measure is Measure.LEVEL else {}
    figure = Figure(
        *("", value.code, value.month, "", value.version, 1, int(same), int(has), int(not same)),
        *(value.numerator, value.denominator, spread, value.as_of, False, None),
    )
    return shown(definition, figure, lang, entitled=True)


def _within(definition: IndicatorDefinition, own: _Value | None, region: Shown, lang: str) -> Chart | None:
    """Where the establishment stands among the quartiles of its region; None when they are not told."""
    if not region.quartiles or own is None or not own.denominator or own.version != definition.version:
        return None
    title = "Votre établissement dans sa région" if lang == "fr" else "Your establishment in its region"
    percent = definition.measure is Measure.SHARE
    mine = own.numerator / own.denominator
    name = f"{title}{COLON[lang_of(lang)]}{definition.title.render(lang)}"
    return standing_chart(name, region.quartiles, mine, lang_of(lang), percent=percent)
