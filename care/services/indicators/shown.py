"""Figures as a reader may see them: one small frozen object for pages and documents, with its texts.

A figure that may not be published (`hidden`) is told to who sees the region there, and marked; the others learn only
that it is hidden. What nobody answered is never a zero.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.indicators import IndicatorDefinition, Measure
from care.domain.months import Month
from care.domain.regional import FEWEST
from care.store.indicators import IndicatorFigure
from reports.words import Lang, number, percent, whole_percent

ALL = ""
"""The category of a figure over every establishment of its place."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of `IndicatorFigure`, or the same made of a few establishments."""

    place: str
    indicator: str
    month: Month
    category: str
    version: str
    asked: int
    answered: int
    measured: int
    other_version: int
    numerator: int
    denominator: int
    spread: Mapping[str, Any]
    oldest_on: date | None
    hidden: bool
    computed_at: datetime | None


class FigureState(StrEnum):
    """Whether there is a value to show. `missing`: never computed; `silent`: nobody answered; `empty`: whoever answered
    has nothing to measure; `hidden`: too few establishments to be told to this reader."""

    TOLD = "told"
    HIDDEN = "hidden"
    SILENT = "silent"
    EMPTY = "empty"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as this reader may see it.

    `value` is empty unless it is told; `share` is between 0 and 1 for shares and for what is reached or not, of which
    `numerator` and `denominator` are the numbers; `amount` is the number that `value` writes otherwise. `levels` are
    (name, establishments), `quartiles` shares or numbers. `silent` establishments did not answer; `unmeasured` ones
    have nothing to measure. `public`: it may be published.
    """

    state: FigureState
    value: str = ""
    counts: str = ""
    share: float | None = None
    amount: int | None = None
    numerator: int = 0
    denominator: int = 0
    asked: int = 0
    answered: int = 0
    silent: int = 0
    unmeasured: int = 0
    other_version: int = 0
    levels: tuple[tuple[str, int], ...] = ()
    quartiles: tuple[float, ...] = ()
    oldest_on: date | None = None
    version: str = ""
    public: bool = True

    @property
    def told(self) -> bool:
        """Whether there is a value."""
        return self.state is FigureState.TOLD


def lang_of(lang: str) -> Lang:
    """The language of documents and charts for that of a reader."""
    return "en" if lang == "en" else "fr"


_MISSING = Shown(FigureState.MISSING)
_COLUMNS = [getattr(IndicatorFigure, name) for name in Figure.__dataclass_fields__]


def read_figures(
    session: Session,
    places: Collection[str],
    codes: Collection[str],
    months: Collection[Month],
    categories: Collection[str] = (ALL,),
) -> list[Figure]:
    """The figures of these places, indicators and months: one query, each row found by the primary key.

    `categories` empty asks for every category, and not for the whole.
    """
    table = IndicatorFigure
    query = select(*_COLUMNS).where(
        table.place.in_(places),
        table.indicator.in_(codes),
        table.month.in_(months),
        table.category.in_(categories) if categories else table.category != ALL,
    )
    return [Figure(*row) for row in session.execute(query)]


def shown(definition: IndicatorDefinition, figure: Figure | None, lang: str, *, entitled: bool) -> Shown:
    """What a reader sees of a figure; `entitled`: sees the region there, hence also what may not be published."""
    if figure is None:
        return _MISSING
    if figure.hidden and not entitled:
        return Shown(FigureState.HIDDEN, public=False, version=figure.version)
    kept: dict[str, Any] = {
        "asked": figure.asked,
        "answered": figure.answered,
        "silent": figure.asked - figure.answered - figure.other_version,
        "unmeasured": figure.answered - figure.measured,
        "other_version": figure.other_version,
        "oldest_on": figure.oldest_on if entitled else month_day(figure.oldest_on),
        "version": figure.version,
        "public": not figure.hidden,
    }
    if not figure.answered:
        return Shown(FigureState.SILENT, **kept)
    if not figure.measured or not figure.denominator:
        return Shown(FigureState.EMPTY, **kept)
    told = Shown(FigureState.TOLD, **kept, **_value(definition, figure, lang_of(lang)))
    return told if entitled else _discreet(told, figure)


QUARTERS = 4
"""Quartiles are told in public when each quarter holds FEWEST establishments."""


def _discreet(one: Shown, figure: Figure) -> Shown:
    """The same for who sees no establishment: no quartile of quarters too small, no level of too few or that would give
    one away."""
    few = figure.spread.get("hidden") or any(0 < many < FEWEST for _name, many in one.levels)
    quartiles = one.quartiles if figure.measured >= QUARTERS * FEWEST else ()
    return replace(one, quartiles=quartiles, levels=() if few else one.levels)


def month_day(oldest: date | None) -> date | None:
    """The first day of the month of the oldest value: the day itself is that of one establishment, and a total tells
    that of a group that is hidden."""
    return oldest.replace(day=1) if oldest else None


def _value(definition: IndicatorDefinition, figure: Figure, lang: Lang) -> dict[str, Any]:
    quartiles = tuple(float(one) for one in figure.spread.get("quartiles", ()))
    if definition.measure is Measure.COUNT:
        amount = figure.numerator
        return {"value": number(amount, lang), "amount": amount, "quartiles": quartiles}
    if definition.measure is Measure.LEVEL:
        return _level_value(definition, figure, lang)
    whole = f"{number(figure.numerator, lang)} / {number(figure.denominator, lang)}"
    return {
        "value": percent(figure.numerator * 100 // figure.denominator, lang),
        "counts": whole,
        "share": figure.numerator / figure.denominator,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "quartiles": quartiles,
    }


def _level_value(definition: IndicatorDefinition, figure: Figure, lang: Lang) -> dict[str, Any]:
    """The median level: the lowest that half of the establishments at least do not exceed."""
    found = {int(level): many for level, many in figure.spread.get("levels", {}).items()}
    names = {level: name.render(lang) for level, name in definition.levels}
    levels = tuple((names.get(level, str(level)), found.get(level, 0)) for level in sorted({*names, *found}))
    median = median_level(found)
    value = "" if median is None else names.get(median, str(median))
    return {"value": value, "amount": median, "levels": levels}


def median_level(counts: Mapping[int, int]) -> int | None:
    """The lowest level that at least half of the establishments do not exceed; None without any."""
    half, seen = sum(counts.values()) / 2, 0
    for level in sorted(counts):
        seen += counts[level]
        if seen >= half and seen:
            return level
    return None


def part_written(part: float, measure: Measure, lang: str) -> str:
    """A quartile in words: a share cut to a whole percent, or a number."""
    words = lang_of(lang)
    return percent(whole_percent(part), words) if measure is Measure.SHARE else number(round(part), words)


def change(now: Shown, before: Shown) -> int | None:
    """How a value moved between two months, in points or in number; None when its definition changed meanwhile, or
    when either is not told."""
    if not (now.told and before.told) or now.version != before.version:
        return None
    if now.denominator and before.denominator:
        return now.numerator * 100 // now.denominator - before.numerator * 100 // before.denominator
    if now.amount is not None and before.amount is not None and not now.levels:
        return now.amount - before.amount
    return None


def by_key(figures: Sequence[Figure]) -> dict[tuple[str, str, Month, str], Figure]:
    """Figures by place, indicator, month and category."""
    return {(one.place, one.indicator, one.month, one.category): one for one in figures}
