"""How a table that cannot be read is refused: one sentence, with the file and the line; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanners.errors import CollectError
from scanners.model import Text


def refused(name: str, fr: str, en: str) -> CollectError:
    """The refusal of a whole file, of which nothing is kept."""
    return CollectError(
        f"Le fichier {name} est refusé : {fr}. Rien n’en a été repris.",
        f"The file {name} is refused: {en}. Nothing of it was taken.",
    )


def refused_at(name: str, line: int, fr: str, en: str) -> CollectError:
    """The same, for what is wrong on one line."""
    return refused(name, f"ligne {line} : {fr}", f"line {line}: {en}")


def too_little_memory(order: Mapping[str, Any], mebibytes: int) -> Text:
    """What is said of a file that takes more memory than its reading is given."""
    return refused(
        str(order["name"]),
        f"il demande plus de {mebibytes} Mio de mémoire, exportez-le en CSV ou en plusieurs fichiers",
        f"it takes more than {mebibytes} MiB of memory, export it as CSV or as several files",
    ).text
