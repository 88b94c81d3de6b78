"""How a list that cannot be read is refused: one sentence, with the file and the line."""

from __future__ import annotations

from scanners.errors import CollectError


def refused(name: str, fr: str, en: str) -> CollectError:
    """The refusal of a whole file, of which nothing is kept."""
    return CollectError(
        f"Le fichier {name} est refusé : {fr} (colonnes acceptées : docs/formats.md).",
        f"The file {name} is refused: {en} (accepted columns: docs/formats.md).",
    )


def refused_at(name: str, line: int, fr: str, en: str) -> CollectError:
    """The same, for what is wrong on one line."""
    return refused(name, f"ligne {line} : {fr}", f"line {line}: {en}")
