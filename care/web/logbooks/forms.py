"""The line that people write in a logbook, fast."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, RadioField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from care.domain.exercises import MAX_KEY, EntryKind
from care.services.logbooks.writing import AHEAD, MAX_TEXT, LineDraft
from care.web import labels
from care.web.days import DayField
from care.web.forms import Form, options
from care.web.pages import row_number

WRITTEN = (EntryKind.FACT, EntryKind.DECISION, EntryKind.ACTION, EntryKind.CONTACT)
"""What a person chooses: a correction is one by the line it names."""


class LineForm(Form):
    """A line. `key` is made with the page: a line sent twice is recorded once."""

    text = StringField(_("Ce qui s’est passé"), [InputRequired(), Length(max=MAX_TEXT)])
    kind = RadioField(_("Nature"), [Optional()], default=EntryKind.FACT.value)
    cell = SelectField(_("Cellule"), [Optional()])
    hour = TimeField(_("Heure des faits"), [Optional()])
    day = DayField(_("Jour des faits"), [Optional()])
    corrects = HiddenField()
    key = HiddenField(validators=[Length(max=MAX_KEY)])

    def prepare(self, cells: Mapping[str, str]) -> None:
        """Offer the kinds and the cells; a new key unless the page sent one."""
        self.kind.choices = options((one.value, labels.LOG_KIND[one.value]) for one in WRITTEN)
        self.cell.choices = options([("", _("Aucune")), *cells.items()])
        self.key.data = self.key.data or secrets.token_hex(16)

    def draft(self, now: datetime, zone: ZoneInfo) -> LineDraft:
        """What was typed in; the form is valid. `now` (aware) is when."""
        return LineDraft(
            text=self.text.data or "",
            kind=EntryKind(self.kind.data or EntryKind.FACT.value),
            cell=self.cell.data or "",
            happened_at=happened(self.hour.data, self.day.data, now.astimezone(zone)),
            corrects=_number(self.corrects.data),
            key=self.key.data or "",
        )


def happened(hour: time | None, day: date | None, here: datetime) -> datetime | None:
    """When it happened, None for now. An hour alone is the last time that it was this hour: at 00:10, 23:50 is
    yesterday's. `here` is now in the zone of the establishment."""
    if hour is None and day is None:
        return None
    if day is not None:
        return datetime.combine(day, hour or here.time(), here.tzinfo)
    said = datetime.combine(here.date(), hour or here.time(), here.tzinfo)
    return said if said <= here + AHEAD else said - timedelta(days=1)


def _number(typed: Any) -> int | None:  # noqa: ANN401 - what a browser sent
    try:
        return row_number(typed) if typed else None
    except ValueError:
        return -1  # no such line: the service says so
