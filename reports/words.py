"""Words shared by every document and chart: languages, severities, statuses, numbers and dates as people write them.

Engines are strangers to one another, so the severities of the scanners are repeated here; their values are the same.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

Lang = Literal["fr", "en"]

_NARROW_NO_BREAK = "\u202f"
COLON: dict[Lang, str] = {"fr": "\u00a0: ", "en": ": "}
SEMICOLON: dict[Lang, str] = {"fr": "\u202f; ", "en": "; "}


class Severity(StrEnum):
    """How much a weakness matters, worst first; same values as `scanners.model.Severity`."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical up to 4 for info."""
        return list(Severity).index(self)


class Status(StrEnum):
    """What came out of one rule; same values as `scanners.model.Status`."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_ASSESSABLE = "not_assessable"
    ERROR = "error"


SEVERITY_NAMES: dict[Lang, dict[Severity, str]] = {
    "fr": {
        Severity.CRITICAL: "Critique",
        Severity.HIGH: "Élevée",
        Severity.MEDIUM: "Moyenne",
        Severity.LOW: "Faible",
        Severity.INFO: "Information",
    },
    "en": {
        Severity.CRITICAL: "Critical",
        Severity.HIGH: "High",
        Severity.MEDIUM: "Medium",
        Severity.LOW: "Low",
        Severity.INFO: "Information",
    },
}

STATUS_NAMES: dict[Lang, dict[Status, str]] = {
    "fr": {
        Status.PASSED: "Conforme",
        Status.FAILED: "Non conforme",
        Status.NOT_ASSESSABLE: "Non évaluable",
        Status.ERROR: "Erreur",
    },
    "en": {
        Status.PASSED: "Passed",
        Status.FAILED: "Failed",
        Status.NOT_ASSESSABLE: "Not assessable",
        Status.ERROR: "Error",
    },
}

SEVERITY_COLOURS: dict[Severity, str] = {
    Severity.CRITICAL: "#7a0f2b",
    Severity.HIGH: "#b93a0b",
    Severity.MEDIUM: "#8a5a00",
    Severity.LOW: "#1d5f8a",
    Severity.INFO: "#51606f",
}
"""White text on each has a contrast of at least 4.5 (WCAG 2.1 AA); the word always stands beside the colour."""


def number(value: int, lang: Lang) -> str:
    """A whole number with its thousands apart: `12 345` (narrow no-break space) or `12,345`."""
    return f"{value:,}".replace(",", _NARROW_NO_BREAK) if lang == "fr" else f"{value:,}"


def euros(cents: int, lang: Lang) -> str:
    """An amount of money as people write it, cents only when there are some: `12 500,50 €` or `€12,500.50`."""
    whole, rest = divmod(abs(cents), 100)
    sign = "−" if cents < 0 else ""  # a minus sign, which no line end parts from its number
    if lang == "fr":
        return f"{sign}{number(whole, lang)}{f',{rest:02}' if rest else ''}\u00a0€"
    return f"{sign}€{number(whole, lang)}{f'.{rest:02}' if rest else ''}"


def percent(value: int, lang: Lang) -> str:
    """A share as it is written: `70 %` (unbreakable) or `70%`."""
    return f"{value}\u00a0%" if lang == "fr" else f"{value}%"


def whole_percent(share: float) -> int:
    """A share kept as a float in whole percent, never rounded up: 0.29 × 100 falls short of 29, 0.999 is not all."""
    return int(round(share * 100, 6))


def counted(value: int, one: str, many: str, lang: Lang) -> str:
    """A number and its noun: French says zero in the singular, English in the plural."""
    singular = value < 2 if lang == "fr" else value == 1
    return f"{number(value, lang)} {one if singular else many}"


def day(moment: date, lang: Lang) -> str:
    """A date as it is written in the language: 22/11/2026 or 2026-11-22."""
    return moment.strftime("%d/%m/%Y") if lang == "fr" else moment.strftime("%Y-%m-%d")


def instant(moment: datetime, lang: Lang) -> str:
    """A date, the time to the minute and the time zone's own name; the zone is that of `moment`."""
    joint = " à " if lang == "fr" else " at "
    return f"{day(moment, lang)}{joint}{moment:%H:%M} {moment.tzname() or ''}".rstrip()


_NO_BREAK = "\u00a0"
_FRENCH = (
    (re.compile(r"[ \u00a0\u202f]+(?=[:;!?»])"), _NO_BREAK),
    (re.compile(r"«[ \u00a0\u202f]*"), "«" + _NO_BREAK),
    (re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))"), _NO_BREAK),
    (re.compile(r"(?<=\d[ \u00a0\u202f]h)[ \u00a0\u202f](?=\d{2}(?!\d))"), _NO_BREAK),
    (re.compile(r"(?<=\d)[ \u00a0\u202f](?=(?:h|min|j|s|%|€|°|ml|mL|mg|g|kg|cm|m|sem\.)(?!\w))"), _NO_BREAK),
)
_PHONE = re.compile(r"(?<!\d)(?:\+\d{2} ?|0)\d(?: \d\d){4}(?!\d)")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def typographic(text: str, lang: Lang) -> str:
    """The text with the apostrophes and the unbreakable spaces that its language wants; nothing else changes.

    A telephone number never breaks across lines.
    """
    found = _PHONE.sub(lambda number: number[0].replace(" ", _NO_BREAK), _APOSTROPHE.sub("’", text))
    for pattern, wanted in _FRENCH if lang == "fr" else ():
        found = pattern.sub(wanted, found)
    return found.replace("\u202f", _NO_BREAK)
