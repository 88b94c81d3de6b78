"""Months whose figures must be made again: told by whoever writes a value, or moves an establishment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.months import FIRST_MONTH, Month
from care.store.indicators import IndicatorFigure, IndicatorMark, IndicatorValue
from care.store.upsert import conflict_insert

T = TypeVar("T", int, str)


def mark_months(session: Session, months: Iterable[Month], now: datetime) -> None:
    """Have the figures of these months made again soon; in the write transaction of what changes them.

    Months are taken in their order, so that two writers never wait for each other.
    """
    wanted = [{"month": month, "due_since": now} for month in sorted(set(months))]
    if not wanted:
        return
    insert = conflict_insert(session.get_bind().dialect.name, IndicatorMark).values(wanted)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[IndicatorMark.month], set_={"due_since": insert.excluded.due_since}
        )
    )


def mark_since(session: Session, first: Month, now: datetime) -> None:
    """The same for every month from `first` on that has figures. One that has values only is marked already."""
    mark_months(session, figured_months(session, first), now)


def figured_months(session: Session, first: Month = FIRST_MONTH) -> tuple[Month, ...]:
    """The months from `first` on that have figures, in order."""
    return _steps(session, IndicatorFigure.month, first)


def valued_indicators(session: Session) -> tuple[str, ...]:
    """The codes that have values, whatever their month."""
    return _steps(session, IndicatorValue.indicator, "")


def known_months(session: Session) -> tuple[Month, ...]:
    """The months that have a value or a figure, in order."""
    found = set(figured_months(session))
    for code in valued_indicators(session):
        found.update(_steps(session, IndicatorValue.month, FIRST_MONTH, IndicatorValue.indicator == code))
    return tuple(sorted(found))


def _steps(
    session: Session, column: InstrumentedAttribute[T], first: T, *conditions: ColumnElement[bool]
) -> tuple[T, ...]:
    """The different values of a column from `first` on, each found by a step in its index: millions of rows have few,
    and neither database skips along an index by itself."""
    start = select(func.min(column).label("at")).where(column >= first, *conditions).cte("step", recursive=True)
    follows = select(func.min(column)).where(column > start.c.at, *conditions).scalar_subquery()
    steps = start.union_all(select(follows).where(start.c.at.is_not(None)))
    return tuple(session.scalars(select(steps.c.at).where(steps.c.at.is_not(None))))
