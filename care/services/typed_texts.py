"""Long texts as people type or paste them, made fit to be kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from scanners.model import Text

MAX_TEXT = 10_000
"""Longest text of a sheet, in characters: about four printed pages."""
MAX_LINE = 200


def lines_of(text: str) -> str:
    """Several lines: line feeds only, no control nor invisible character, nothing around."""
    kept = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
    return "".join(char for char in kept if char == "\n" or unicodedata.category(char)[0] != "C").strip()


def line_of(text: str) -> str:
    """One line: the same, any run of blanks being one space."""
    return " ".join(lines_of(text).split())


def length_faults(texts: Mapping[str, tuple[str, int]]) -> dict[str, Text]:
    """The texts that are too long, by field; each comes with its longest length."""
    return {
        field: Text(
            f"Ce texte a {len(text)} signes ; {longest} au plus.",
            f"This text has {len(text)} characters; at most {longest}.",
        )
        for field, (text, longest) in texts.items()
        if len(text) > longest
    }
