"""The booklets of an exercise and the documents its stimuli carry, as accessible PDF to print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reports.plain import name_line, one_line, plain
from reports.press import DEFAULT_LIMITS, PressLimits, typeset
from reports.rich import LONGEST, levelled, rich_sections
from reports.words import Lang, day, instant, typographic

BANNER = "EXERCICE EXERCICE EXERCICE"
_MONO = (11.0, 8.0)
"""Largest and smallest size of a document in plain text, in points: as large as its longest line allows."""
_LINE = 487.0
"""Points across the text of a page."""
_ADVANCE = 0.6
"""Width of every letter of JetBrains Mono, in its size."""
_LONG_RUN = re.compile(r"[^\n]{1000}(?=[^\n])")
"""What no sheet holds on one line goes on over the next: an archive refuses endless strings."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text to print, Markdown unless `as_typed`, which keeps every blank. `about` says what it belongs to."""

    title: str
    text: str
    about: str = ""
    as_typed: bool = False


@dataclass(frozen=True, slots=True)
class BookletPaper:
    """A booklet, or several documents one after the other, each on a page of its own, in the language of the players.

    `when` is the day and hour of the exercise, in words.
    """

    lang: Lang
    issued_at: datetime
    name: str
    establishment: str
    exercise: str
    when: str
    leaves: tuple[Leaf, ...]


def render_booklet(booklet: BookletPaper, limits: PressLimits = DEFAULT_LIMITS) -> bytes:
    """The booklet as PDF/UA-1 and PDF/A-2a; the same booklet gives the same bytes. ReportError out of bounds."""
    return typeset("booklet", compose(booklet), booklet.issued_at, limits)


def compose(booklet: BookletPaper) -> Json:
    """The booklet: JSON values only, texts safe to set."""
    lang = booklet.lang
    leaves = [_leaf(one, lang) for one in booklet.leaves]
    own = _own_title(leaves)
    return {
        "lang": lang,
        "words": _WORDS[lang] | {"marking": BANNER},
        "name": own or name_line(booklet.name, lang),
        "establishment": name_line(booklet.establishment, lang),
        "exercise": name_line(booklet.exercise, lang),
        "when": one_line(booklet.when, lang),
        "issued": instant(booklet.issued_at, lang),
        "issued_day": day(booklet.issued_at, lang),
        "apart": len(booklet.leaves) > 1,
        "leaves": leaves,
    }


def _own_title(leaves: list[Json]) -> str:
    """The title that a booklet begins with goes on its cover, and nowhere else."""
    blocks = leaves[0].get("blocks") if len(leaves) == 1 else None
    if not blocks or "level" not in blocks[0]:
        return ""
    first, *rest = blocks
    leaves[0]["blocks"] = levelled(rest)
    return "".join(span["text"] for span in first["spans"]).strip()


def _leaf(leaf: Leaf, lang: Lang) -> Json:
    found: Json = {"title": name_line(leaf.title, lang), "about": one_line(leaf.about, lang)}
    if not leaf.as_typed:
        return found | {"blocks": rich_sections(typographic(leaf.text, lang), lang)}
    text = _LONG_RUN.sub(r"\g<0>\n", plain(leaf.text, lang, LONGEST * 4).strip("\n"))
    longest = max((len(line) for line in text.splitlines()), default=1)
    most, least = _MONO
    return found | {"typed": text or "–", "size": max(least, min(most, _LINE / (_ADVANCE * max(longest, 1))))}


_WORDS: dict[Lang, dict[str, str]] = {
    "fr": {"finess": "FINESS", "page": "Page", "of": "sur", "colon": "\u00a0: ", "none": "Ce livret est vide."},
    "en": {"finess": "FINESS", "page": "Page", "of": "of", "colon": ": ", "none": "This booklet is empty."},
}
