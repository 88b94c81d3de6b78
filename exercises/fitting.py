"""A kit in the establishment's own words: its services, its systems, its people."""

from __future__ import annotations

import re
from collections.abc import Mapping

from exercises.kit import Kit, Part
from exercises.kit_check import PLACEHOLDER

_WRAPPED = 72
"""A line at least this long, in a paragraph, ends where its author's editor wrapped it: nobody breaks a line of a mail
or of a signature so late. Measured on the kits shipped, whose lines are wrapped between 100 and 130."""
_BEGINS = re.compile(r"\s*([-*+]\s|[>#|]|\d{1,3}[.)]\s|\d{1,2} h( \d{2})? [–:])")
"""A list, a title, a table, a dated line of a journal: not the rest of the line before."""


def words_of(kit: Kit, chosen: Mapping[str, str]) -> dict[str, str]:
    """The word of each variable: the one chosen, else the kit's own."""
    return {one.key: chosen.get(one.key, "").strip() or one.default for one in kit.variables}


def fitted(kit: Kit, chosen: Mapping[str, str]) -> Kit:
    """The kit with every variable replaced. It holds no variable any more: what was chosen can no longer be lost."""
    words = words_of(kit, chosen)
    replaced = _replaced(kit, words)
    return replaced.model_copy(update={"variables": ()})


def _replaced(part: Kit, words: Mapping[str, str]) -> Kit:
    return part.model_copy(update=_changes(part, words))


def _changes(part: Part, words: Mapping[str, str]) -> dict[str, object]:
    return {name: _value(getattr(part, name), words) for name in type(part).model_fields if name != "variables"}


def _value(value: object, words: Mapping[str, str]) -> object:
    if type(value) is str:
        return flowing(said(value, words))
    if isinstance(value, Part):
        return value.model_copy(update=_changes(value, words))
    if isinstance(value, tuple):
        return tuple(_value(one, words) for one in value)
    return value


def said(text: str, words: Mapping[str, str]) -> str:
    """A text with its variables replaced; a variable without a word stays as it is written."""
    return PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)


def flowing(text: str) -> str:
    """A text whose paragraphs are one line each, however its author wrapped them. Lists and short lines stay."""
    lines: list[str] = []
    long = False
    for line in text.split("\n"):
        if long and line.strip() and not _BEGINS.match(line):
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line)
        long = len(line) >= _WRAPPED and not line.endswith(("  ", "\\"))
    return "\n".join(lines)
