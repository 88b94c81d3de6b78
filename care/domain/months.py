"""Months as regional figures keep them: a whole number, 202611 for November 2026. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

Month = int
"""Year times 100 plus the number of the month: sorts as time does, and reads as people write it."""

FIRST_MONTH = 200001
LAST_MONTH = 209912


def month_of(day: date) -> Month:
    """The month of a day."""
    return day.year * 100 + day.month


def is_month(number: int) -> bool:
    """Whether a whole number is a month of this century."""
    return FIRST_MONTH <= number <= LAST_MONTH and 1 <= number % 100 <= 12


def first_day(month: Month) -> date:
    """The first day of a month."""
    return date(month // 100, month % 100, 1)


def last_day(month: Month) -> date:
    """The last day of a month."""
    year, number = divmod(month, 100)
    return date(year, number, monthrange(year, number)[1])


def moved(month: Month, by: int) -> Month:
    """The month so many months later, or earlier with a negative number."""
    year, number = divmod(month // 100 * 12 + month % 100 - 1 + by, 12)
    return year * 100 + number + 1


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Every month from the first to the last, both included."""
    while first <= last:
        yield first
        first = moved(first, 1)
