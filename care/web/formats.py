"""How values are written: dates in the reader’s language and the installation’s time zone, browsers in short."""

from __future__ import annotations

import re
from datetime import date, datetime

from flask_babel import format_currency, format_date, format_datetime, format_decimal, format_time, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from care.domain.durations import written
from care.domain.funding import funding_name
from care.services import markdown
from care.services.exercises.event_words import span
from care.web.language import current_language
from scanners.model import Scalar
from scanners.vocabulary import evidence_label, evidence_value

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_TWO_MONTHS = 62
SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")


def day(when: date | datetime) -> str:
    """A date: 3 mars 2026, 1er mars 2026."""
    written = str(format_date(when, "long"))
    return written.replace("1 ", "1er ", 1) if written.startswith("1 ") and current_language() == "fr" else written


def short_day(when: date) -> str:
    """A date in figures, for narrow columns: 03/03/2026."""
    return str(format_date(when, "dd/MM/y" if current_language() == "fr" else "d MMM y"))


def moment(when: datetime) -> str:
    """A date and a time: 3 mars 2026 à 14:05."""
    return str(format_datetime(when, "d MMM y, HH:mm"))


def age(days: int) -> str:
    """How long ago, in whole days, then months from two of them: aujourd’hui, 12 jours, 14 mois."""
    if days < 1:
        return str(_("aujourd’hui"))
    if days < _TWO_MONTHS:
        return str(ngettext("%(num)s jour", "%(num)s jours", days))
    return str(ngettext("%(num)s mois", "%(num)s mois", days * 12 // 365))


def clock(when: datetime) -> str:
    """A time: 14:05:09."""
    return str(format_time(when, "HH:mm:ss"))


def hour(when: datetime) -> str:
    """A time to the minute: 14:05."""
    return str(format_time(when, "HH:mm"))


def played_time(second: float | None) -> str:
    """A second of the exercise clock, in minutes as chronograms count: 62:05."""
    minutes, rest = divmod(max(0, int(second or 0)), 60)
    return f"{minutes:02}:{rest:02}"


def played_minute(minute: float) -> str:
    """A minute of the exercise clock: T+62 min."""
    return f"T+{int(minute)}\u00a0min"


def number(value: float) -> str:
    """A number as the reader writes it: 2,5 in French."""
    return str(format_decimal(value))


def unbroken(text: str) -> str:
    """A text whose telephone numbers stay on one line."""
    return re.sub(r"(?<=\d) (?=\d)", "\u00a0", text)


def euros(cents: int) -> str:
    """An amount of money, cents only when there are some: 12 500,50 €."""
    pattern = None if cents % 100 else "#,##0\u00a0¤" if current_language() == "fr" else "¤#,##0"
    return str(format_currency(cents / 100, "EUR", pattern, currency_digits=pattern is None))


def month(first: date) -> str:
    """A month: mars 2026."""
    return str(format_date(first, "LLLL y")).capitalize()


def effort(days: float) -> str:
    """An effort in days of work: 2,5 jours."""
    return str(ngettext("%(days)s jour", "%(days)s jours", 2 if days >= 2 else 1, days=format_decimal(days)))


def typed_amount(cents: int) -> str:
    """An amount as a person would type it again: 12500,50."""
    whole, rest = divmod(cents, 100)
    mark = "," if current_language() == "fr" else "."
    return f"{whole}{mark}{rest:02}" if rest else str(whole)


def name_of_funding(funding: str) -> str:
    """The words of a funding."""
    return funding_name(funding, current_language())


def browser(agent: str) -> str:
    """A browser and its system, from what it says of itself."""
    name = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((system for system in SYSTEMS if system in agent), "")
    version = re.search(rf"{name}/(\d+)", agent) if name else None
    known = " ".join(part for part in (name, version[1] if version else "") if part)
    return ", ".join(part for part in (known, system) if part) or _("Navigateur inconnu")


def label_of_evidence(key: str) -> str:
    """How people call an evidence key."""
    return evidence_label(key, current_language())


def value_of_evidence(value: Scalar) -> str:
    """An evidence value as people read it."""
    return evidence_value(value, current_language())


def duration(minutes: int | None) -> str:
    """Whole minutes as people say them: 2 h 30; nothing when nobody said."""
    return "" if minutes is None else written(minutes, current_language())


def size(octets: int) -> str:
    """A size people can picture: 812 o, 45 ko, 3,2 Mo."""
    if octets < 1000:
        return str(_("%(number)s o", number=octets))
    if octets < 1_000_000:
        return str(_("%(number)s ko", number=format_decimal(round(octets / 1000))))
    return str(_("%(number)s Mo", number=format_decimal(round(octets / 1_000_000, 1))))


def formatted(text: str) -> Markup:
    """Markdown that people wrote, as HTML: paragraphs, lists, bold; all the rest is shown as typed."""
    return Markup(markdown.html(text, current_language()))  # noqa: S704 - `html` escapes every character of the text


def booklet(text: str) -> Markup:
    """Markdown of a booklet, with its titles and tables."""
    return Markup(markdown.sections_html(text, current_language()))  # noqa: S704 - as `formatted`


def procedure(text: str) -> Markup:
    """Markdown of a procedure, as numbered steps."""
    return Markup(markdown.steps_html(text, current_language()))  # noqa: S704 - as `formatted`


FILTERS = {
    "evidence_label": label_of_evidence,
    "evidence_value": value_of_evidence,
    "date": day,
    "short_date": short_day,
    "datetime": moment,
    "clock": clock,
    "hour": hour,
    "played_time": played_time,
    "played_minute": played_minute,
    "span": span,
    "age": age,
    "booklet": booklet,
    "markdown": formatted,
    "procedure": procedure,
    "browser": browser,
    "number": number,
    "unbroken": unbroken,
    "size": size,
    "duration": duration,
    "effort": effort,
    "euros": euros,
    "funding": name_of_funding,
    "month": month,
}
