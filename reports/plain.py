"""Text from outside, made safe to set in type.

What an audit reads is hostile: control characters, direction overrides, megabytes on one line, scripts that our fonts
do not hold. A document for archiving must not contain a character without a glyph, and a reader must see what is
there; so such characters are written as their code, and long texts are cut with the length left out.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

from reports.words import Lang, number

FONTS = Path(__file__).parent / "fonts"
SENTENCE = 2_000
"""Longest sentence set in a document, in characters."""
VALUE = 400
"""Longest evidence value or subject set in a document, in characters."""

_IN_NUMBER = re.compile(r"(?<=\d) (?=\d)")
_LINE_ENDS = ("\r\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")


def plain(text: str, lang: Lang, limit: int = SENTENCE) -> str:
    """`text` on one or more lines, at most `limit` characters of it, each with a glyph in our fonts."""
    kept = text[:limit].replace("\t", " ")
    for line_end in _LINE_ENDS:
        kept = kept.replace(line_end, "\n")
    shown = "".join(_shown(char) for char in unicodedata.normalize("NFC", kept))
    return shown + _cut(len(text) - limit, lang)


def one_line(text: str, lang: Lang, limit: int = VALUE) -> str:
    """As `plain`, with line ends turned into spaces: for subjects, titles and cells."""
    return " ".join(plain(text, lang, limit).split())


def name_line(text: str, lang: Lang, limit: int = VALUE) -> str:
    """As `one_line`, never empty: for what names a thing (a heading without a title is refused)."""
    return one_line(text, lang, limit) or "–"


def unbroken(text: str) -> str:
    """`text` whose numbers stay on one line: a telephone number cut in two is misdialled."""
    return _IN_NUMBER.sub("\u00a0", text)


def _cut(left_out: int, lang: Lang) -> str:
    if left_out <= 0:
        return ""
    words = "caractères de plus" if lang == "fr" else "more characters"
    return f" … [{number(left_out, lang)} {words}]"


def _shown(char: str) -> str:
    if char == "\n" or (_has_glyph(ord(char)) and unicodedata.category(char)[0] not in "CM"):
        return char
    return f"\\u{{{ord(char):x}}}"


def _has_glyph(code: int) -> bool:
    starts, ends = _coverage()
    place = bisect_right(starts, code) - 1
    return place >= 0 and code <= ends[place]


@cache
def _coverage() -> tuple[list[int], list[int]]:
    """First and last code points of the ranges that our fonts hold (`tools/font_coverage.py` writes the file)."""
    ranges: list[list[int]] = json.loads((FONTS / "coverage.json").read_text("ascii"))
    return [first for first, _ in ranges], [last for _, last in ranges]
