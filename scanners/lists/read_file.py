"""The ways to read a file that holds a table: a CSV by each separator it may have, a workbook by each of its sheets."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scanners.errors import CollectError, system_reason
from scanners.lists.errors import refused
from scanners.lists.layout import Line
from scanners.lists.read_text import SEPARATORS, Source, declared_separator, encoding_of, read_lines
from scanners.lists.read_workbook import check_sheet, is_workbook, read_sheet, sheets_of


def _nothing_hidden(_header: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read a file: with a separator, or a sheet of it.

    `lines` begins it anew. `check`, given the line of the header, raises CollectError when values below it would be
    read as blank.
    """

    lines: Callable[[], Iterator[Line]]
    check: Callable[[int], None] = _nothing_hidden
    encoding: str = ""
    separator: str = ""
    sheet: str = ""


def ways_of(path: Path, name: str) -> tuple[Way, ...]:
    """The ways to read a file, called `name` in messages. CollectError when there is none."""
    try:
        return _of_workbook(path, name) if is_workbook(path) else _of_text(path, name)
    except OSError as error:
        reason = system_reason(error)
        raise CollectError(
            f"Le fichier {name} ne peut pas être lu ({reason.fr}) ; vérifiez le chemin et les droits.",
            f"The file {name} cannot be read ({reason.en}); check the path and the permissions.",
        ) from error


def ways_of_text(content: str, name: str) -> tuple[Way, ...]:
    """The same of a CSV held in memory."""
    return _ways(partial(io.StringIO, content, newline=""), name, "")


def _of_workbook(path: Path, name: str) -> tuple[Way, ...]:
    sheets = sheets_of(path, name)
    if not sheets:
        raise refused(name, "ce classeur n’a aucune feuille visible", "this workbook has no visible sheet")
    return tuple(
        Way(partial(read_sheet, path, name, one.title), partial(check_sheet, path, name, one.part), sheet=one.title)
        for one in sheets
    )


def _of_text(path: Path, name: str) -> tuple[Way, ...]:
    encoding = encoding_of(path, name)
    return _ways(partial(path.open, encoding=encoding, errors="replace", newline=""), name, encoding)


def _ways(source: Source, name: str, encoding: str) -> tuple[Way, ...]:
    separators = declared_separator(source) or SEPARATORS
    return tuple(Way(partial(read_lines, source, name, one), encoding=encoding, separator=one) for one in separators)


def says_something(cells: Sequence[str]) -> bool:
    """Whether a line is not blank."""
    return any(cell and not cell.isspace() for cell in cells)


def same_sheets(name: str, titles: Sequence[str]) -> CollectError:
    """The refusal of a workbook in which several sheets hold the same columns: one alone would be read."""
    shown = ", ".join(titles[:5])
    return refused(
        name,
        f"plusieurs feuilles ont les mêmes colonnes ({shown}) ; réunissez-les en une, ou masquez les autres",
        f"several sheets have the same columns ({shown}); gather them into one, or hide the others",
    )
