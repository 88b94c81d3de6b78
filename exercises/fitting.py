"""A kit in the establishment's own words: its services, its systems, its people."""

from __future__ import annotations

from collections.abc import Mapping

from exercises.kit import Kit, Part
from exercises.kit_check import PLACEHOLDER


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
        return said(value, words)
    if isinstance(value, Part):
        return value.model_copy(update=_changes(value, words))
    if isinstance(value, tuple):
        return tuple(_value(one, words) for one in value)
    return value


def said(text: str, words: Mapping[str, str]) -> str:
    """A text with its variables replaced; a variable without a word stays as it is written."""
    return PLACEHOLDER.sub(lambda found: words.get(found[1], found[0]), text)
