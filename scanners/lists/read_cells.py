"""A table whose first line names its columns, as plain texts: what registers and forms are filled from.

Stricter than a list: a heading twice, more cells than headings or a cell in error is refused with its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from openpyxl.cell.cell import ERROR_CODES

from scanners.errors import CollectError
from scanners.lists.errors import refused_at
from scanners.lists.layout import HEAD_DEPTH, Line
from scanners.lists.read_file import Way, same_sheets, says_something
from scanners.lists.words import plain

MAX_LINES = 50_000
MAX_COLUMNS = 300
MAX_CHARACTERS = 20_000_000
"""Of all cells: the same text may stand in each cell of a small workbook. Our choice, twice the largest file taken."""
_GUARD = re.compile(r"'(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
"""The apostrophe that keeps a spreadsheet from running a cell."""
_ERRORS = frozenset(ERROR_CODES)


@dataclass(frozen=True, slots=True)
class Cells:
    """A table: its headings, and each line that says something with its number and as many cells. `line` is that of
    the headings, `sheet` that of a workbook, `left` its other sheets that hold something: nothing of them is read."""

    headings: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]
    line: int = 1
    sheet: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Headed:
    """A way to read a file, with the line of its headings."""

    way: Way
    line: int
    headings: tuple[str, ...]

    @property
    def named(self) -> int:
        """How many columns have a name."""
        return sum(1 for one in self.headings if one)

    @property
    def says(self) -> frozenset[str]:
        """Its headings whatever their order, case and accents."""
        return frozenset(plain(one) or one.casefold() for one in self.headings if one)


def read_cells(ways: Sequence[Way], name: str, most: int = MAX_LINES) -> Cells:
    """The table of a file called `name`, of `most` lines. CollectError says what to correct, and where."""
    headed = [one for way in ways if (one := _headed(way)) is not None]
    if not headed:
        for way in ways:
            next(way.lines(), None)  # says what is wrong with its first lines
        raise refused_at(name, 1, "le fichier est vide, refaites l’export", "the file is empty, export it again")
    found = _best(headed, name)
    _check_headings(found, name)
    found.way.check(found.line)
    left = tuple(one.way.sheet for one in headed if found.way.sheet and one is not found)
    return Cells(found.headings, tuple(_lines(found, name, most)), found.line, found.way.sheet, left)


def _headed(way: Way) -> _Headed | None:
    """The first line that says something; None when there is none, or what is above it cannot be read."""
    try:
        first = next((one for one in islice(way.lines(), HEAD_DEPTH) if says_something(one[1])), None)
    except CollectError:
        return None
    if first is None:
        return None
    headings = [" ".join(cell.split()) for cell in first[1]]
    while headings and not headings[-1]:
        headings.pop()
    return _Headed(way, first[0], tuple(headings))


def _best(headed: Sequence[_Headed], name: str) -> _Headed:
    """Of a CSV the separator that tells most columns apart, of a workbook the first sheet that holds a table."""
    if not headed[0].way.sheet:
        return max(headed, key=lambda one: one.named)
    found = next((one for one in headed if one.named > 1), headed[0])
    same = [one.way.sheet for one in headed if one.says == found.says]
    if len(same) > 1:
        raise same_sheets(name, same)
    return found


def _check_headings(found: _Headed, name: str) -> None:
    if len(found.headings) > MAX_COLUMNS:
        raise refused_at(name, found.line, f"plus de {MAX_COLUMNS} colonnes", f"more than {MAX_COLUMNS} columns")
    seen: set[str] = set()
    for heading in found.headings:
        said = plain(heading) or heading.casefold()
        if said and said in seen:
            raise refused_at(
                name,
                found.line,
                f"la colonne « {heading[:60]} » y est deux fois, retirez-en une",
                f"the column “{heading[:60]}” is there twice, remove one",
            )
        seen.add(said)


def _lines(found: _Headed, name: str, most: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    width, held, size = len(found.headings), 0, 0
    for number, cells in found.way.lines():
        if number > found.line + 2 * MAX_LINES:
            raise refused_at(name, number, "trop de lignes, même vides", "too many lines, even blank")
        if number <= found.line or not says_something(cells):
            continue
        _check_line((number, cells), width, name)
        held, size = held + 1, size + sum(map(len, cells))
        if held > most:
            raise refused_at(
                name,
                number,
                f"plus de {most} lignes, faites-en plusieurs fichiers",
                f"more than {most} lines, split it",
            )
        if size > MAX_CHARACTERS:
            raise refused_at(name, number, "trop de texte pour un tableau", "too much text for a table")
        kept = (_GUARD.sub("", cell.strip(), count=1) for cell in cells[:width])
        yield number, (*kept, *[""] * (width - len(cells)))


def _check_line(line: Line, width: int, name: str) -> None:
    number, cells = line
    if says_something(cells[width:]):
        raise refused_at(
            name,
            number,
            "plus de cellules que d’en-têtes, vérifiez le séparateur et les guillemets",
            "more cells than headers, check the separator and the quotes",
        )
    wrong = next((cell for cell in cells if cell in _ERRORS), None)
    if wrong is not None:
        raise refused_at(
            name,
            number,
            f"une cellule est en erreur ({wrong}), corrigez sa formule",
            f"a cell is in error ({wrong}), correct its formula",
        )
