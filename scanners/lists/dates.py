"""Days and moments as exports write them: year first, day first, month first, Excel, Unix, Windows. Pure.

Whether 05/03/2026 is a day of March or of May is decided for a whole column, by the values that can be read in one way
only, else by the other columns of the list. A French list is day first; month first must be proved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scanners.lists.words import NEVER, NOTHING, plain

UNREAD = -2
"""A value that says something we did not understand."""
DAY_FIRST, MONTH_FIRST = 1, -1

DAY_SECONDS = 86_400
_FIRST_YEAR, _LAST_YEAR = 1971, 2200
_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_EXCEL_DAYS = (20_000, 80_000)
"""From 1954 to 2119: outside, five digits are no day of ours."""
_WINDOWS_EPOCH = 11_644_473_600
_NEVER_WORDS = NOTHING | {"never", "jamais", "0", "illimité", "unlimited", "never expires", "9223372036854775807"}
_SENTINELS = {(1, 1, 1), (1601, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1970, 1, 1), (9999, 12, 31)}
"""Days that products write for “never”."""

_TIME = (
    r"(?:(?:[ T,]+|\s+[àa]\s+)(?P<hour>\d{1,2})\s?[:hH]\s?(?P<minute>\d{2})(?:\s?:\s?(?P<second>\d{2}))?"
    r"(?:[.,]\d{1,9})?\s*(?P<half>[aApP]\.?[mM]\.?)?\s*\(?(?P<zone>[zZ]|UTC|GMT|CET|CEST|[+-]\d{2}:?\d{2})?\)?)?\Z"
)
_YEAR = re.compile(r"(?P<a>\d{4})[/.-](?P<b>\d{1,2})[/.-](?P<c>\d{1,2})" + _TIME)
_THREE = re.compile(r"(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<c>\d{4})" + _TIME)
_COMPACT = re.compile(
    r"(?P<a>(?:19|20|21)\d\d)(?P<b>\d\d)(?P<c>\d\d)"
    r"(?:(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?:\.\d+)?(?P<zone>Z)?)?\Z"
)
_WEEKDAY = r"(?:[^\W\d]{2,9}\.?,?\s+)?"
_DAY_WORD = re.compile(
    _WEEKDAY + r"(?P<c>\d{1,2})(?:er|st|nd|rd|th)?[ -](?P<b>[^\W\d]{3,9})\.?[ -](?P<a>\d{4})" + _TIME
)
_WORD_DAY = re.compile(_WEEKDAY + r"(?P<b>[^\W\d]{3,9})\.?\s+(?P<c>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<a>\d{4})" + _TIME)
_CTIME = re.compile(
    _WEEKDAY + r"(?P<b>[^\W\d]{3,9})\s+(?P<c>\d{1,2})\s+(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})"
    r"(?:\s+(?P<zone>UTC|GMT|CET|CEST))?\s+(?P<a>\d{4})\Z"
)
_EXCEL = re.compile(r"\d{5}(?:[.,]\d{1,12})?\Z")
_DIGITS = re.compile(r"\d{10}(?:\.\d{1,9})?\Z|\d{13}\Z|\d{16}\Z|\d{17,18}\Z|\d{19}\Z")
_WRITTEN = (_YEAR, _COMPACT, _DAY_WORD, _WORD_DAY, _CTIME)

_MONTHS: Mapping[str, int] = {
    word: month
    for month, words in enumerate(
        (
            "jan janv janvier january",
            "feb fev fevr fevrier february",
            "mar mars march",
            "apr avr avril april",
            "may mai",
            "jun juin june",
            "jul juil juillet july",
            "aug aout august",
            "sep sept septembre september",
            "oct octobre october",
            "nov novembre november",
            "dec decembre december",
        ),
        start=1,
    )
    for word in words.split()
}
_ZONES: Mapping[str, timedelta] = {
    "Z": timedelta(0),
    "UTC": timedelta(0),
    "GMT": timedelta(0),
    "CET": timedelta(hours=1),
    "CEST": timedelta(hours=2),
}


class Written(NamedTuple):
    """A moment as it is written, in seconds since 1970 (UTC): read day first, read month first, and what proves one.

    `NEVER` when it says that there is none, `UNREAD` when it cannot be so read.
    """

    day_first: int
    month_first: int
    proof: int = 0


_NONE = Written(NEVER, NEVER)
_UNREAD = Written(UNREAD, UNREAD)


def read_moment(raw: str, zone: tzinfo) -> Written:
    """A cell as a moment; one that names no time zone is of `zone`."""
    text = raw.strip()
    if text.casefold() in _NEVER_WORDS:
        return _NONE
    if match := _THREE.match(text):
        return _either(match, zone)
    for pattern in _WRITTEN:
        if match := pattern.match(text):
            return _both(_seconds(int(match["a"]), _month(match["b"]), int(match["c"]), match, zone))
    if _EXCEL.match(text):
        return _both(_of_excel(float(text.replace(",", ".")), zone))
    if _DIGITS.match(text):
        return _both(_of_digits(text))
    return _UNREAD


def _both(seconds: int) -> Written:
    return Written(seconds, seconds)


def _either(match: re.Match[str], zone: tzinfo) -> Written:
    """Two numbers before a year: one above 12 is a day, which proves the order of the column."""
    one, two, year = int(match["a"]), int(match["b"]), int(match["c"])
    proof = DAY_FIRST if one > 12 >= two else MONTH_FIRST if two > 12 >= one else 0
    first = _seconds(year, two, one, match, zone)
    return Written(first, first if one == two else _seconds(year, one, two, match, zone), proof)


def _month(text: str) -> int:
    return int(text) if text.isdecimal() else _MONTHS.get(plain(text), 0)


def _seconds(year: int, month: int, day: int, match: re.Match[str], zone: tzinfo) -> int:
    """Seconds since 1970; `NEVER` for a day that stands for it, `UNREAD` when there is no such moment in our time."""
    if (year, month, day) in _SENTINELS:
        return NEVER
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return UNREAD
    told = match.groupdict()
    hour = _hour(int(told.get("hour") or 0), told.get("half"))
    try:
        moment = datetime(
            year,
            month,
            day,
            hour,
            int(told.get("minute") or 0),
            int(told.get("second") or 0),
            tzinfo=_zone(told.get("zone"), zone),
        )
    except ValueError:
        return UNREAD
    return int(moment.timestamp())


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        return 24  # no such hour
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _zone(text: str | None, zone: tzinfo) -> tzinfo:
    if not text:
        return zone
    name = text.upper()
    if name in _ZONES:
        return timezone(_ZONES[name])
    sign = -1 if name[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[-2:])))


def _of_excel(days: float, zone: tzinfo) -> int:
    """A day as Excel counts them, from the end of 1899, on the wall clock."""
    if not _EXCEL_DAYS[0] <= days <= _EXCEL_DAYS[1]:
        return UNREAD
    wall = _EXCEL_EPOCH + timedelta(seconds=round(days * DAY_SECONDS))
    return int(wall.replace(tzinfo=zone).timestamp())


def _of_digits(text: str) -> int:
    """Seconds of Unix, or its thousandths, millionths and billionths; tenths of microseconds of Windows."""
    whole = text.partition(".")[0]
    powers = {10: 1, 13: 10**3, 16: 10**6, 19: 10**9}
    seconds = int(whole) // powers[len(whole)] if len(whole) in powers else int(whole) // 10**7 - _WINDOWS_EPOCH
    year = 1970 + seconds // (365.2425 * DAY_SECONDS)
    return seconds if _FIRST_YEAR <= year <= _LAST_YEAR else UNREAD


Seconds = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Decided(NamedTuple):
    """A column of dates once its order is known: `unread` values of another order, `doubtful` ones read day first
    although nothing of the column proves it."""

    seconds: Seconds
    unread: Flags
    doubtful: Flags


class Proof(NamedTuple):
    """Whether something proves that days come first, that months do; both, in a list of two orders; or neither."""

    day: bool = False
    month: bool = False


def proof_of(day_first: Seconds, month_first: Seconds, proof: npt.NDArray[np.int8], latest: int | None) -> Proof:
    """What the values of a column prove. With `latest`, a reading that falls after it cannot be right."""
    day, month = bool((proof == DAY_FIRST).any()), bool((proof == MONTH_FIRST).any())
    if latest is not None:
        differ = (day_first != month_first) & (proof == 0)
        day |= bool((differ & (month_first > latest) & (day_first <= latest)).any())
        month |= bool((differ & (day_first > latest) & (month_first <= latest)).any())
    return Proof(day, month)


def decide(day_first: Seconds, month_first: Seconds, proof: npt.NDArray[np.int8], found: Proof) -> Decided:
    """The moments of a whole column, once it is known what proves its order."""
    differ = (day_first != month_first) & (proof == 0)
    seconds = month_first if found.month and not found.day else day_first
    refused = seconds == UNREAD
    if found.day and found.month:
        refused = refused | differ
    doubtful = differ & ~refused if not any(found) else np.zeros(len(seconds), np.bool_)
    return Decided(np.where(refused, NEVER, seconds), refused, doubtful)
