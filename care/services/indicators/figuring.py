"""Figures kept: those of marked months made again, each month written whole in one transaction.

A month is read, reckoned without holding anything, then written if its mark still stands: had the mark gone, another
worker wrote figures at least as fresh. The mark is taken off only if it is the one that was read; a value written
meanwhile has set another, and the month comes again. Two jobs at once thus end on the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import pandas as pd
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from care.domain.months import Month, last_day
from care.services.indicators.aggregating import Asked, month_figures
from care.services.indicators.audiences import read_audiences
from care.services.indicators.definitions import DefinitionLibrary
from care.services.indicators.hiding import hidden_rows, marked_spreads
from care.services.indicators.places_then import Registry
from care.services.platform import Platform
from care.store.bulk import Columns, Same, load
from care.store.indicator_columns import EPOCH
from care.store.indicators import IndicatorFigure, IndicatorMark

_AS_THEY_ARE = (
    *("place", "indicator", "category", "version", "asked", "answered", "measured", "other_version"),
    *("numerator", "denominator", "spread"),
)


class Maker:
    """Makes the figures of marked months, on the registry as it was when it began: what moves meanwhile sets marks."""

    def __init__(self, platform: Platform, session: Session, library: DefinitionLibrary) -> None:
        self._platform = platform
        self._library = library
        self._registry = Registry(session)

    def make(self, month: Month) -> bool:
        """Make one month; False when another worker did meanwhile."""
        with self._platform.database.read() as session:
            audiences = read_audiences(session, last_day(month))
        wanted = [Asked(one, audiences.concerned(one)) for one in self._library.of(month).values()]
        return make_month(self._platform, self._registry, month, wanted)


def make_month(platform: Platform, registry: Registry, month: Month, asked: Sequence[Asked]) -> bool:
    """Make the figures of a marked month; False when another worker made them meanwhile."""
    with platform.database.read() as session:
        since = session.scalar(_mark(month))
        if since is None:
            return False
        figures = month_figures(session, registry, month, asked)
    within = {one.definition.code: one.definition.within for one in asked if one.definition.within}
    columns = _columns(figures, within, month, platform.clock.now())
    with platform.database.write() as session:
        mark = session.get(IndicatorMark, month, with_for_update=True)
        if mark is None:
            return False
        write_month(session, month, len(figures), columns)
        if mark.due_since == since:
            session.delete(mark)
    return True


def write_month(session: Session, month: Month, count: int, columns: Columns) -> None:
    """Put the figures of a month in the place of those it had."""
    session.execute(delete(IndicatorFigure).where(IndicatorFigure.month == month))
    load(session, IndicatorFigure, count, columns)


def _columns(figures: pd.DataFrame, within: Mapping[str, str], month: Month, now: datetime) -> Columns:
    """Figures as the table keeps them."""
    told = figures.assign(hidden=hidden_rows(figures, within))
    ordered = told.assign(spread=marked_spreads(told)).sort_values(["place", "indicator", "category"])
    days = {day: EPOCH + timedelta(days=day) for day in ordered["oldest"].dropna().unique().tolist()}
    oldest: list[date | None] = [days.get(day) for day in ordered["oldest"].tolist()]
    kept = {name: ordered[name].tolist() for name in (*_AS_THEY_ARE, "hidden")}
    return kept | {"oldest_on": oldest, "month": Same(month), "computed_at": Same(now)}


def _mark(month: Month) -> Select[datetime]:
    return select(IndicatorMark.due_since).where(IndicatorMark.month == month)
