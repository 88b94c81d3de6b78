"""Dates for other calendars: entries in, the bytes of an iCalendar file (RFC 5545) out.

No person's address is ever written (neither ORGANIZER nor ATTENDEE): such files are sent around and published. A UID
says nothing of the installation and stays the same for the same thing, so that importing a newer file moves an entry
instead of doubling it (RFC 7986, 5.3, asks for identifiers that reveal no host).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

from reports.content_lines import escaped, folded, sound

MEDIA_TYPE = "text/calendar"
_PRODUCT = "-//CaRE//Calendrier//FR"
_NAMES = UUID("5d1d6f0e-6c0b-5b43-9a5c-3b6f2b1c8a77")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a calendar.

    `starts` is a day, or an instant with its zone; `ends` is of the same type and not included (None: that one day,
    or that instant). `changed_at` is when the thing last changed, zone aware: the same thing gives the same bytes.
    `address` is a page of the platform, "" for none.
    """

    uid: str
    title: str
    starts: date | datetime
    changed_at: datetime
    ends: date | datetime | None = None
    details: str = ""
    address: str = ""
    category: str = ""


def uid_of(*parts: str | int) -> str:
    """The identifier of a thing for ever, from what names it: FINESS number, kind, row number."""
    return str(uuid5(_NAMES, "/".join(map(str, parts))))


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """An iCalendar file in UTF-8, called `name` where it is imported, entries in the order given."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        *(line for entry in entries for line in _event(entry)),
        "END:VCALENDAR",
    ]
    return b"".join(folded(line) for line in lines)


def _event(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(entry.uid)}"
    yield f"DTSTAMP:{_instant(entry.changed_at)}"
    yield f"DTSTART{_when(entry.starts)}"
    if (ends := _end(entry)) is not None:
        yield f"DTEND{_when(ends)}"
    yield f"SUMMARY:{escaped(entry.title)}"
    if entry.details:
        yield f"DESCRIPTION:{escaped(entry.details)}"
    if entry.address:
        yield f"URL:{_uri(entry.address)}"
    if entry.category:
        yield f"CATEGORIES:{escaped(entry.category)}"
    yield "TRANSP:TRANSPARENT"  # a deadline takes nobody's time
    yield "END:VEVENT"


def _end(entry: Entry) -> date | datetime | None:
    if entry.ends is None and not isinstance(entry.starts, datetime):
        return entry.starts + timedelta(days=1)
    return entry.ends


def _when(moment: date | datetime) -> str:
    return f":{_instant(moment)}" if isinstance(moment, datetime) else f";VALUE=DATE:{_day(moment)}"


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a time without its zone cannot be written")
    utc = moment.astimezone(UTC)
    return f"{_day(utc.date())}T{utc:%H%M%S}Z"


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")  # strftime writes the year 26 with two digits


def _uri(address: str) -> str:
    return sound(address).replace(" ", "%20")
