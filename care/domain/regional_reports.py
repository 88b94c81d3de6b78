"""Forms of a regional report, and when one that comes by itself is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from care.domain.access import Level
from care.domain.months import Month, first_day, month_of, moved
from scanners.model import Text

LEVELS = (Level.PLATFORM, Level.REGION, Level.GHT, Level.ESTABLISHMENT)
"""Places that have a report."""
MONTHS_TOLD = 13
"""Months of a series: a year and the same month of the year before."""


class ReportForm(StrEnum):
    """What a report is written as. Open data is the public form only."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    PICTURES = "pictures"


FORM_NAMES: Mapping[ReportForm, Text] = {
    ReportForm.PDF: Text("Document PDF accessible", "Accessible PDF document"),
    ReportForm.XLSX: Text("Classeur, une feuille par indicateur", "Workbook, one sheet per indicator"),
    ReportForm.PICTURES: Text("Images 16:9 pour un diaporama", "16:9 pictures for slides"),
    ReportForm.CSV: Text("Données ouvertes CSV", "Open data, CSV"),
    ReportForm.JSON: Text("Données ouvertes JSON", "Open data, JSON"),
}
OPEN_FORMS = frozenset({ReportForm.CSV, ReportForm.JSON})


class Every(StrEnum):
    """How often a report comes by itself."""

    MONTH = "month"
    QUARTER = "quarter"


EVERY_NAMES: Mapping[Every, Text] = {
    Every.MONTH: Text("Chaque mois", "Every month"),
    Every.QUARTER: Text("Chaque trimestre", "Every quarter"),
}
_DAY = 11
"""Values of a month are taken until the 10th of the next: a report made before would soon say something else."""


def allowed_forms(level: Level, *, public: bool) -> tuple[ReportForm, ...]:
    """The forms that a report on a place of this level has."""
    opened = public and level in (Level.PLATFORM, Level.REGION)
    return tuple(one for one in FORM_NAMES if opened or one not in OPEN_FORMS)


def has_public_form(level: Level) -> bool:
    """Whether figures of such places may be published: those of a GHT never are, they would single out the rest."""
    return level in (Level.PLATFORM, Level.REGION)


def next_due(every: Every, today: date) -> date:
    """The day after `today` when such a report is made: the 11th, when the month before has all its values."""
    month = month_of(today)
    if today.day >= _DAY:
        month = moved(month, 1)
    while every is Every.QUARTER and month % 100 % 3 != 1:
        month = moved(month, 1)
    return first_day(month).replace(day=_DAY)


def told_month(due_on: date) -> Month:
    """The month that a report due on a day tells: the one before."""
    return moved(month_of(due_on), -1)
