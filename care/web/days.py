"""Days that people type, in forms and in addresses: a slip of the keyboard in the year is no date."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from wtforms import DateField

from care.web.people import platform

EARLIEST, LATEST = date(1970, 1, 1), date(2100, 12, 31)
"""Nothing people write down here lies outside; at the ends of the calendar, time zones overflow."""


def plausible(written: str) -> date:
    """The day of `2026-03-12`. ValueError for what is no day, or a day of another century."""
    day = date.fromisoformat(written)
    if not EARLIEST <= day <= LATEST:
        raise ValueError(written)
    return day


def end_of(day: date | None) -> datetime | None:
    """The last moment of a day where the installation is (UTC), None when there is no day."""
    if day is None:
        return None
    return datetime.combine(day, time.max, ZoneInfo(platform().settings.timezone)).astimezone(UTC)


def _read(typed: str) -> date:
    """The day of `2026-03-12`, or of `12/03/2026` from a browser without a picker. ValueError for what is neither."""
    if "/" in typed:
        day, month, year = typed.split("/")
        return date(int(year), int(month), int(day))
    return date.fromisoformat(typed)


class DayField(DateField):
    """A date, refused in the reader's language when it is none or when its year cannot be right."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The day typed in, None when empty."""
        self.data = None
        typed = " ".join(valuelist).strip()
        if not typed:
            return
        try:
            day = _read(typed)
        except ValueError as error:
            raise ValueError(gettext("Cette date ne se lit pas : choisissez-la, ou écrivez-la 2026-03-12.")) from error
        if not EARLIEST <= day <= LATEST:
            raise ValueError(gettext("Cette date est invraisemblable : vérifiez l’année."))
        self.data = day
