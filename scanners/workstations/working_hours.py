"""Working hours between two moments. Pure.

ReCyF 20.1 counts 24 working hours and does not say what they are. Our reading: the hours of working days, around the
clock, from Monday to Friday, French public holidays left out. An alert of Friday evening may then wait until Monday
evening, never longer.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

_FIXED: Final = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
_AFTER_EASTER: Final = (1, 39, 50)
"""Easter Monday, Ascension, Whit Monday."""
_SATURDAY: Final = 5
_HOUR: Final = 3600


def working_hours(begin: datetime, end: datetime) -> float:
    """Hours of working days from `begin` to `end`, both local and of one zone; 0 when the end comes first."""
    total, moment = 0.0, begin
    while moment < end:
        midnight = datetime.combine(moment.date() + timedelta(days=1), time(), moment.tzinfo)
        if is_working(moment.date()):
            total += (min(midnight, end) - moment).total_seconds() / _HOUR
        moment = midnight
    return total


def is_working(day: date) -> bool:
    """Whether it is neither a week-end nor a public holiday."""
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    easter = _easter(year)
    fixed = (date(year, month, day) for month, day in _FIXED)
    return frozenset((*fixed, *(easter + timedelta(days=days) for days in _AFTER_EASTER)))


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
