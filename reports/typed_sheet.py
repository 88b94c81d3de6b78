"""A text that somebody typed, on sheets of the house, as an accessible PDF: every blank and line end is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.plain import name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.words import Lang, day, instant

LONGEST = 40_000
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TypedSheet:
    """A title, a place, what it is about, and paragraphs apart by an empty line; the first line of one in capitals is
    its heading. A table (`header`, `rows`) may follow the text, its columns as wide as `widths` say beside one another,
    and more text the table (`after`)."""

    lang: Lang
    issued_at: datetime
    title: str
    place: str
    finess: str
    about: str
    text: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    after: str = ""
    widths: tuple[int, ...] = ()


def render_typed_sheet(sheet: TypedSheet, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The sheet as PDF/UA-1 and PDF/A-2a; the same gives the same bytes. ReportError when out of bounds."""
    return typeset("typed_sheet", compose(sheet), sheet.issued_at, limits)


def compose(sheet: TypedSheet) -> Json:
    """The document: JSON values only, texts safe to set."""
    lang = sheet.lang
    return {
        "lang": lang,
        "words": _WORDS[lang],
        "title": name_line(sheet.title, lang, 200),
        "place": name_line(sheet.place, lang),
        "finess": one_line(sheet.finess, lang),
        "about": name_line(sheet.about, lang, 300),
        "issued": instant(sheet.issued_at, lang),
        "issued_day": day(sheet.issued_at, lang),
        "parts": _parts(sheet.text, lang),
        "after": _parts(sheet.after, lang),
        "header": [one_line(name, lang) for name in sheet.header],
        "widths": list(sheet.widths),
        "rows": [[plain(cell, lang) or "–" for cell in row] for row in sheet.rows],
    }


def _parts(text: str, lang: Lang) -> list[Json]:
    return [_part(one) for one in plain(text, lang, LONGEST).split("\n\n") if one.strip()]


def _part(text: str) -> Json:
    first, _break, rest = text.strip("\n").partition("\n")
    if first == first.upper() and any(sign.isalpha() for sign in first) and rest:
        return {"head": first, "lines": rest.split("\n")}
    return {"head": "", "lines": text.strip("\n").split("\n")}


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {"marking": "Diffusion restreinte", "finess": "FINESS", "issued": "Édité le", "page": "Page", "of": "sur"},
    "en": {"marking": "Restricted circulation", "finess": "FINESS", "issued": "Issued on", "page": "Page", "of": "of"},
}
