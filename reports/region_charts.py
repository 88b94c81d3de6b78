"""Charts of regional figures: the trend of an indicator with its goals, establishments by level.

A month that was not computed, or that may not be told, leaves a hole in its line; the table says which of both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from reports.charts import Bar, Chart, bar_chart, numbers_chart, shares_chart
from reports.plain import name_line
from reports.region_model import OwnValue, Reckoning, RegionFigure, RegionGoal, RegionIndicator, RegionReport
from reports.region_words import WORDS, month_code, months_of
from reports.words import SEVERITY_COLOURS, Lang, number

NARROW = 500
"""Width of a chart that stands beside its table, in the units of its letters (13)."""


_COLOUR = re.compile(r"#[0-9a-f]{6}")
_CALM = ("#0b4f8a", "#8a5a00", "#0b6e6e", "#574588", "#51606f")
"""The place (a line for each version of the definition), the establishment, the goal: each has a contrast of 4.5 on
white."""


def trend_chart(one: RegionIndicator, report: RegionReport, width: int = NARROW) -> Chart | None:
    """The figures of the months; None for levels, and when fewer than two months have something to tell."""
    if one.reckoning is Reckoning.LEVEL or sum(is_told(figure) for figure in one.series) < 2:
        return None
    drawn = _numbers(one, report, width) if one.reckoning is Reckoning.COUNT else _shares(one, report, width)
    return _calm(drawn)


def is_told(figure: RegionFigure | None) -> bool:
    """Whether a figure says something: it may be told, and somebody had something to measure."""
    return figure is not None and figure.counts is not None and figure.counts.measured > 0


def _calm(drawn: Chart) -> Chart:
    """The chart in colours that say nothing of gravity: those of lines are the colours of severities, in order."""
    calm = dict(zip(SEVERITY_COLOURS.values(), _CALM, strict=False))
    return replace(drawn, svg=_COLOUR.sub(lambda found: calm.get(found[0], found[0]), drawn.svg))


def level_chart(one: RegionIndicator, lang: Lang) -> Chart | None:
    """Establishments by level in the month, lowest first; None when they are not told."""
    counts = one.figure.counts if one.figure else None
    if one.reckoning is not Reckoning.LEVEL or counts is None or not counts.levels:
        return None
    found, words = dict(counts.levels), _WORDS[lang]
    names = {level: name_line(name, lang) for level, name in one.level_names} | {
        level: str(level) for level in found if level not in dict(one.level_names)
    }
    bars = [Bar(names[level], found.get(level, 0), number(found.get(level, 0), lang)) for level in sorted(names)]
    return bar_chart(name_line(one.title, lang), (words["level"], words["establishments"]), bars, lang)


def _shares(one: RegionIndicator, report: RegionReport, width: int) -> Chart:
    words, months = _WORDS[report.lang], months_of(report)
    versions = list(dict.fromkeys(figure.version for figure in one.series if is_told(figure)))
    lines = [
        (
            _line_name(report, version if len(versions) > 1 else ""),
            [_share(one.series, month, version) for month in months],
        )
        for version in versions
    ]
    if report.establishment and one.reckoning is Reckoning.SHARE and one.own:
        lines.append((words["own"], [_own(one.own, month) for month in months]))
    if one.goals:
        lines.append((words["goal"], [_goal(one.goals, month) for month in months]))
    labels = [month_code(month) for month in months]
    return shares_chart(name_line(one.title, report.lang), words["month"], labels, lines, report.lang, width)


def _line_name(report: RegionReport, version: str) -> str:
    """The place, and the version of the definition when the series has several: each is a line, never joined."""
    place = name_line(report.place, report.lang)
    return f"{place} (version {version})" if version else place


def _numbers(one: RegionIndicator, report: RegionReport, width: int) -> Chart:
    lang = report.lang
    points = []
    for month in months_of(report):
        figure = figure_of(one.series, month)
        counts = figure.counts if figure else None
        value = counts.numerator if counts is not None and counts.measured > 0 else None
        said = _said(value, figure, lang)
        if figure and figure.version != one.version:  # told apart, and no line leads to it
            value, said = None, f"{said} (version {figure.version})"
        points.append((month_code(month), value, said))
    title = name_line(one.title, lang)
    return numbers_chart(title, _WORDS[lang]["month"], name_line(one.unit or one.title, lang), points, lang, width)


def _said(value: int | None, figure: RegionFigure | None, lang: Lang) -> str:
    if value is not None:
        return number(value, lang)
    return WORDS[lang]["withheld_short"] if figure and figure.counts is None else _WORDS[lang]["unknown"]


def figure_of(series: Sequence[RegionFigure], month: int) -> RegionFigure | None:
    """The figure of a month, None when it was not computed."""
    return next((one for one in series if one.month == month), None)


def _share(series: Sequence[RegionFigure], month: int, version: str) -> Fraction | None:
    figure = figure_of(series, month)
    return figure.counts.share if figure and figure.counts and figure.version == version else None


def _own(values: Sequence[OwnValue], month: int) -> Fraction | None:
    found = next((one for one in values if one.month == month and one.denominator and not one.other_version), None)
    return Fraction(found.numerator, found.denominator) if found else None


def _goal(goals: Sequence[RegionGoal], month: int) -> Fraction | None:
    """The goal in force in a month: the latest that began."""
    begun = [one for one in goals if one.since.year * 100 + one.since.month <= month]
    return Fraction(max(begun, key=lambda one: one.since).percent, 100) if begun else None


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "level": "Niveau",
        "establishments": "Établissements",
        "own": "Votre établissement",
        "goal": "Objectif",
        "month": "Mois",
        "unknown": "non calculé",
    },
    "en": {
        "level": "Level",
        "establishments": "Establishments",
        "own": "Your establishment",
        "goal": "Goal",
        "month": "Month",
        "unknown": "not computed",
    },
}
