"""The life-cycle table that an administrator imported, kept whole beside the data of the platform."""

from __future__ import annotations

from pathlib import Path

from scanners.archive import replace_file
from scanners.errors import SaidError, system_reason
from scanners.lifecycle import LIFECYCLE_FILE, LifeCycle, read_lifecycle
from scanners.read_yaml import MAX_CHARACTERS

_MAX_BYTES = 4 * MAX_CHARACTERS


def imported_text(folder: Path) -> str:
    """The imported table as it was given, empty when there is none. SaidError when it cannot be read."""
    place = folder / LIFECYCLE_FILE
    try:
        return text_of(place) if place.exists() else ""
    except OSError as error:
        raise _unreadable(place, error) from error


def text_of(place: Path) -> str:
    """The text of a table. SaidError when it cannot be read."""
    try:
        with place.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(place, error) from error
    except UnicodeDecodeError as error:
        raise SaidError(
            f"La table {place.name} n’est pas un texte UTF-8 ; enregistrez-la en UTF-8.",
            f"The table {place.name} is no UTF-8 text; save it as UTF-8.",
        ) from error


def keep_imported(folder: Path, text: str, name: str) -> tuple[LifeCycle, ...]:
    """Keep a table, whole or not at all, and return its rows. SaidError says what is wrong with it."""
    rows = read_lifecycle(text, name)
    place = folder / LIFECYCLE_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(place, text.encode())
    except OSError as error:
        reason = system_reason(error)
        raise SaidError(
            f"La table n’a pas pu être écrite dans {place} ({reason.fr}) ; vérifiez l’espace et les droits.",
            f"The table could not be written to {place} ({reason.en}); check the space and the permissions.",
        ) from error
    return rows


def _unreadable(place: Path, error: OSError) -> SaidError:
    reason = system_reason(error)
    return SaidError(
        f"La table {place} ne peut pas être lue ({reason.fr}) ; vérifiez le chemin et les droits.",
        f"The table {place} cannot be read ({reason.en}); check the path and the permissions.",
    )
