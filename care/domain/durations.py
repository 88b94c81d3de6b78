"""Durations as people say them: `30 min`, `4 h`, `2 j`, and back to whole minutes. Pure."""

from __future__ import annotations

import re

from scanners.model import written

__all__ = ["DAY", "HOUR", "LONGEST", "WEEK", "YEAR", "minutes_of", "written"]

HOUR = 60
DAY = 24 * HOUR
WEEK = 7 * DAY
YEAR = 365 * DAY
LONGEST = YEAR
"""A longer interruption is no longer an interruption but a closure: refused at entry."""

_UNITS = {
    "": HOUR, "min": 1, "mn": 1, "m": 1, "minute": 1, "minutes": 1,
    "h": HOUR, "heure": HOUR, "heures": HOUR, "hour": HOUR, "hours": HOUR,
    "j": DAY, "jour": DAY, "jours": DAY, "d": DAY, "day": DAY, "days": DAY,
    "sem": WEEK, "semaine": WEEK, "semaines": WEEK, "w": WEEK, "wk": WEEK, "week": WEEK, "weeks": WEEK,
    "mois": 30 * DAY, "month": 30 * DAY, "months": 30 * DAY, "an": YEAR, "ans": YEAR, "year": YEAR, "years": YEAR,
}  # fmt: skip
_PART = re.compile(r"\s*(\d{1,7}(?:[.,]\d{1,3})?)\s*([a-zA-Z]*)(?:(?<=[a-zA-Z])\.)?\s*")
_HALF = re.compile(r"(?<![\d.,])(\d+)(\s*[a-z]+)\s+(?:et demie?|and a half)\b")
_MOST_CHARACTERS = 40


def minutes_of(words: str) -> int:
    """Whole minutes of `4 h`, `1,5 j`, `1 jour et demi`, `2h30`; a number alone is hours. ValueError for no duration.

    Units go down (`2 j 3 h`), each once: `3 4` and `4 h 4 h` are slips. Something that rounds to nothing is one too.
    """
    text = _HALF.sub(r"\1.5\2", words.strip().lower())
    if not text or len(text) > _MOST_CHARACTERS:
        raise ValueError(words)
    total, position, last = 0.0, 0, 0
    while position < len(text):
        found = _PART.match(text, position)
        if found is None:
            raise ValueError(words)
        number, unit = float(found[1].replace(",", ".")), found[2]
        alone = position == 0 and found.end() == len(text)
        if not unit and last == HOUR and number < HOUR:
            unit = "min"
        elif unit not in _UNITS or not (unit or alone):
            raise ValueError(words)
        if last and _UNITS[unit] >= last:
            raise ValueError(words)
        total, position, last = total + number * _UNITS[unit], found.end(), _UNITS[unit]
    if 0 < total < 1:
        raise ValueError(words)
    return round(total)
