"""The library of definitions, in the reader's language: what is followed, how it is counted, what is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from care.domain.access import Right, Scope
from care.domain.frameworks import CONFIDENCE_NAMES, Confidence, Framework
from care.domain.funded_domains import DOMAINS
from care.domain.governance import written_month
from care.domain.indicators import (
    AUDIENCE_NAMES,
    FAMILY_NAMES,
    MEASURE_NAMES,
    TREND_NAMES,
    Family,
    Goal,
    IndicatorDefinition,
    Trend,
)
from care.domain.months import Month, first_day, month_of
from care.services.errors import NotFound
from care.services.indicators.definitions import DefinitionLibrary, read_definitions
from care.services.library import today
from care.services.platform import Platform
from scanners.model import Lang


@dataclass(frozen=True, slots=True)
class DefinitionLine:
    """An indicator in a list. `goal` is what is expected today, in percent, None when nothing is."""

    code: str
    title: str
    unit: str
    measure: str
    trend: Trend
    trend_name: str
    audience: str
    goal: int | None
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class DefinitionGroup:
    """Indicators of one subject. `framework` is that of requirements, empty for the packaged indicators."""

    id: str
    name: str
    framework: str
    lines: tuple[DefinitionLine, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every indicator in force on a day. `asks`: this reader may have everything measured now."""

    day: date
    groups: tuple[DefinitionGroup, ...]
    may_measure: bool

    @property
    def count(self) -> int:
        """How many indicators there are."""
        return sum(len(one.lines) for one in self.groups)


@dataclass(frozen=True, slots=True)
class GoalView:
    """What is expected from a day on. `now`: it is the one in force."""

    percent: int
    since: date
    source: str
    confidence: Confidence
    now: bool


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a definition, from a month on. `now`: the one in force; `coming`: it has not begun."""

    version: str
    since: str
    now: bool
    coming: bool


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """One indicator in full, the version in force or the one asked for. `requirement` names the item of `framework`
    that a requirement of the programme measures."""

    line: DefinitionLine
    family: str
    version: str
    since: str
    formula: str
    threshold: str
    source: str
    confidence_name: str
    note: str
    domain: str
    levels: tuple[tuple[int, str], ...]
    goals: tuple[GoalView, ...]
    versions: tuple[VersionView, ...]
    in_force: bool
    framework: str
    requirement: str


def list_definitions(platform: Platform, scope: Scope) -> Shelf:
    """The indicators in force today, by subject; requirements of the programme by framework."""
    day = today(platform)
    with platform.database.read() as session:
        library = read_definitions(platform, session)
    known = library.of(month_of(day))
    packaged = {one.code for one in library.packaged}
    groups = (*_families(known, packaged, day, scope.lang), *_requirements(library, known, day, scope.lang))
    return Shelf(day, tuple(groups), scope.allows_somewhere(Right.MANAGE_REGION))


def read_definition(platform: Platform, scope: Scope, code: str, version: str = "") -> DefinitionView:
    """One indicator: the version in force, else the last known, unless one is asked for. NotFound."""
    day = today(platform)
    with platform.database.read() as session:
        library = read_definitions(platform, session)
    versions = library.versions(code)
    now = library.of(month_of(day)).get(code)
    asked = [one for one in versions if one.version == version] if version else [now, *versions]
    found = next((one for one in asked if one is not None), None)
    if found is None:
        raise NotFound
    return _view(library, found, now, day, scope.lang)


def _families(
    known: Mapping[str, IndicatorDefinition], packaged: set[str], day: date, lang: Lang
) -> Iterator[DefinitionGroup]:
    for family in Family:
        lines = [one for code, one in known.items() if code in packaged and one.family is family]
        if lines:
            name = FAMILY_NAMES[family].render(lang)
            yield DefinitionGroup(family, name, "", tuple(_line(one, day, lang) for one in lines))


def _requirements(
    library: DefinitionLibrary, known: Mapping[str, IndicatorDefinition], day: date, lang: Lang
) -> Iterator[DefinitionGroup]:
    for framework, versions in library.frameworks.items():
        lines = [one for code, one in known.items() if code.startswith(f"{framework}:")]
        if lines:
            name = _framework_name(versions[-1], lang)
            yield DefinitionGroup(framework, name, framework, tuple(_line(one, day, lang) for one in lines))


def _framework_name(framework: Framework, lang: Lang) -> str:
    domain = DOMAINS.get(framework.id)
    return (domain.name if domain else framework.title).render(lang)


def _line(one: IndicatorDefinition, day: date, lang: Lang) -> DefinitionLine:
    goal = one.goal_on(day)
    return DefinitionLine(
        code=one.code,
        title=one.title.render(lang),
        unit=one.unit.render(lang),
        measure=MEASURE_NAMES[one.measure].render(lang),
        trend=one.trend,
        trend_name=TREND_NAMES[one.trend].render(lang),
        audience=AUDIENCE_NAMES[one.audience].render(lang),
        goal=goal.percent if goal else None,
        confidence=one.confidence,
    )


def _view(
    library: DefinitionLibrary, one: IndicatorDefinition, now: IndicatorDefinition | None, day: date, lang: Lang
) -> DefinitionView:
    framework, _, item = one.code.partition(":")
    required = framework in library.frameworks
    domain = library.frameworks.get(one.domain)
    return DefinitionView(
        line=_line(one, day, lang),
        family=FAMILY_NAMES[one.family].render(lang),
        version=one.version,
        since=_month(one.since, lang),
        formula=one.formula.render(lang),
        threshold=one.threshold.render(lang) if one.threshold else "",
        source=one.source.render(lang),
        confidence_name=CONFIDENCE_NAMES[one.confidence].render(lang),
        note=one.note.render(lang) if one.note else "",
        domain=_framework_name(domain[-1], lang) if domain else "",
        levels=tuple((number, name.render(lang)) for number, name in one.levels),
        goals=_goals(one, day),
        versions=tuple(_version(each, now, day, lang) for each in library.versions(one.code)),
        in_force=one == now,
        framework=framework if required else "",
        requirement=item if required else "",
    )


def _goals(one: IndicatorDefinition, day: date) -> tuple[GoalView, ...]:
    now: Goal | None = one.goal_on(day)
    ordered = sorted(one.goals, key=lambda goal: goal.since)
    return tuple(GoalView(goal.percent, goal.since, goal.source, goal.confidence, goal == now) for goal in ordered)


def _version(one: IndicatorDefinition, now: IndicatorDefinition | None, day: date, lang: Lang) -> VersionView:
    return VersionView(one.version, _month(one.since, lang), one == now, one.since > month_of(day))


def _month(month: Month, lang: Lang) -> str:
    return written_month(first_day(month), lang)
