"""Tables that people fill in a spreadsheet, read strictly: every fault names the file, the sheet, the row, the column.

Formulas are refused rather than computed, and so are the numbers and days that a spreadsheet made of an id (`1.10`
becomes 1.1, `1-2` becomes a day): nobody could tell any more what was meant.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from openpyxl.worksheet.worksheet import Worksheet

from care.domain.framework_files import MOST_FAULTS, FrameworkFileError
from care.domain.node_names import folded
from care.services.workbooks import cell_text
from scanners.model import Text

MAX_LINES = 10_000
MAX_COLUMNS = 40
E = TypeVar("E", bound=StrEnum)
Columns = Mapping[str, tuple[Text, ...]]
"""Key of each column → its headings, the one we write first, then others that people write."""


@dataclass
class Faults:
    """What is wrong with a file, gathered: people correct all of it at once."""

    file: str
    found: list[Text] = field(default_factory=list)
    count: int = 0

    def say(self, fr: str, en: str) -> None:
        """Note a fault of the file as a whole."""
        self.count += 1
        if len(self.found) < MOST_FAULTS:
            self.found.append(Text(f"{self.file} : {fr}.", f"{self.file}: {en}."))

    def blame(self, sheet: str, row: int, column: Text | None, reason: Text) -> None:
        """Note a fault: sheet (empty for a CSV file), row, column."""
        place = [Text(f"feuille « {sheet} »", f"sheet “{sheet}”")] if sheet else []
        place.append(Text(f"ligne {row}", f"row {row}"))
        if column is not None:
            place.append(Text(f"colonne « {column.fr} »", f"column “{column.en}”"))
        fr, en = ", ".join(one.fr for one in place), ", ".join(one.en for one in place)
        self.say(f"{fr}, {reason.fr}", f"{en}, {reason.en}")

    def stop(self) -> None:
        """FrameworkFileError when something was noted."""
        if not self.found:
            return
        if self.count > len(self.found):
            left = self.count - len(self.found)
            self.found.append(Text(f"Et {left} autre(s).", f"And {left} more."))
        raise FrameworkFileError(self.found)


@dataclass(frozen=True, slots=True)
class Line:
    """A row that holds something, its cells by column key."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")


@dataclass(frozen=True)
class Table:
    """A sheet, or a CSV file (`sheet` is empty then)."""

    faults: Faults
    sheet: str
    columns: Columns
    lines: tuple[Line, ...]

    def blame(self, line: Line, key: str, fr: str, en: str) -> None:
        """Note a fault of one cell."""
        self.faults.blame(self.sheet, line.number, self.columns[key][0] if key else None, Text(fr, en))

    def choice(self, line: Line, key: str, names: Mapping[E, Text]) -> E | None:
        """The value that a cell names, in words of either language or as documents write it."""
        typed = folded(line[key])
        for value, text in names.items():
            if typed in {folded(text.fr), folded(text.en), folded(value.value)}:
                return value
        words = ", ".join(text.fr for text in names.values()), ", ".join(text.en for text in names.values())
        self.blame(
            line, key, f"« {line[key]} » n’est pas l’un de : {words[0]}", f"“{line[key]}” is not one of {words[1]}"
        )
        return None

    def choices(self, line: Line, key: str, names: Mapping[E, Text]) -> tuple[E, ...]:
        """The values that a cell names, one a line or separated by commas."""
        found = (self.choice(Line(line.number, {key: one}), key, names) for one in parts(line[key]))
        return tuple(one for one in found if one is not None)

    def day(self, line: Line, key: str) -> date | None:
        """A day, `2026-03-01` or `01/03/2026`; None for an empty cell."""
        typed = line[key]
        if not typed:
            return None
        try:
            return date.fromisoformat("-".join(reversed(typed.split("/"))) if "/" in typed else typed)
        except ValueError:
            self.blame(line, key, f"« {typed} » n’est pas une date AAAA-MM-JJ", f"“{typed}” is no date YYYY-MM-DD")
            return None

    def number(self, line: Line, key: str) -> int | None:
        """A whole number; None for an empty cell."""
        typed = line[key].replace(" ", "").replace("\u202f", "").replace("\u00a0", "").removesuffix("%")
        if not typed:
            return None
        if not typed.isascii() or not typed.isdigit() or len(typed) > 9:
            self.blame(line, key, f"« {line[key]} » n’est pas un nombre entier", f"“{line[key]}” is no whole number")
            return None
        return int(typed)


def parts(text: str) -> list[str]:
    """What a cell lists: one a line, or separated by commas or semicolons."""
    return [one.strip() for one in text.replace(";", "\n").replace(",", "\n").split("\n") if one.strip()]


def sheet_table(
    faults: Faults, sheet: Worksheet, columns: Columns, needed: Iterable[str], written: frozenset[str]
) -> Table:
    """A sheet of a workbook opened with its formulas. `written` are the columns whose cells are never days; no column
    holds a number with decimals."""
    rows = sheet.iter_rows(max_col=MAX_COLUMNS)
    heads = [cell_text(cell.value) for cell in next(rows, ())]
    keys = _keys(faults, sheet.title, heads, columns, needed)
    lines = _bounded(faults, sheet.title, _sheet_lines(faults, sheet.title, rows, keys, columns, written))
    return Table(faults, sheet.title, columns, tuple(lines))


def _sheet_lines(
    faults: Faults,
    sheet: str,
    rows: Iterable[Sequence[Any]],
    keys: Sequence[str],
    columns: Columns,
    written: frozenset[str],
) -> Iterator[Line]:
    for number, row in enumerate(rows, start=2):
        cells: dict[str, str] = {}
        for key, cell in zip(keys, row, strict=False):
            if not key:
                continue
            if reason := _unreadable(cell, key in written):
                faults.blame(sheet, number, columns[key][0], reason)
            cells[key] = cell_text(cell.value)
        yield Line(number, cells)


def _unreadable(cell: Any, written: bool) -> Text | None:  # noqa: ANN401 - openpyxl has several kinds
    if cell.data_type == "f":
        return Text(
            "cette cellule contient une formule, remplacez-la par sa valeur",
            "this cell holds a formula, replace it with its value",
        )
    if cell.data_type == "e":
        return Text(f"cette cellule est en erreur ({cell.value})", f"this cell is in error ({cell.value})")
    fraction = isinstance(cell.value, float) and not cell.value.is_integer()
    if fraction or (written and isinstance(cell.value, date)):
        return Text(
            f"le tableur en a fait un nombre ou une date ({cell_text(cell.value)}), mettez la cellule au format Texte "
            "et récrivez-la",
            f"the spreadsheet made a number or a day of it ({cell_text(cell.value)}), give the cell the format Text "
            "and write it again",
        )
    return None


def csv_table(faults: Faults, text: str, columns: Columns, needed: Iterable[str]) -> Table:
    """A CSV file, `;` or `,`."""
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        keys = _keys(faults, "", next(reader, []), columns, needed)
        rows = ((reader.line_num, [cell.strip() for cell in row]) for row in reader)
        lines = (Line(number, dict(_named(keys, row))) for number, row in rows)
        return Table(faults, "", columns, tuple(_bounded(faults, "", lines)))
    except csv.Error:
        faults.say(
            "ce n’est pas un fichier CSV lisible, enregistrez la feuille au format « CSV UTF-8 »",
            "it is no readable CSV file, save the sheet as “CSV UTF-8”",
        )
        return Table(faults, "", columns, ())


def _named(keys: Sequence[str], row: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((key, cell.replace("\r\n", "\n")) for key, cell in zip(keys, row, strict=False) if key)


def _keys(faults: Faults, sheet: str, heads: Sequence[str], columns: Columns, needed: Iterable[str]) -> list[str]:
    """The key of each heading, empty for one nobody knows; a needed one that is not there is a fault."""
    names = {folded(word): key for key, texts in columns.items() for text in texts for word in (text.fr, text.en)}
    keys = [names.get(folded(head.lstrip("\ufeff")), "") for head in heads]
    for key in needed:
        if key not in keys:
            reason = Text("cette colonne manque", "this column is missing")
            faults.blame(sheet, 1, columns[key][0], reason)
    return keys


def _bounded(faults: Faults, sheet: str, lines: Iterable[Line]) -> Iterator[Line]:
    """The lines that hold something, up to a bound; as many empty ones in a row end the sheet."""
    held = empty = 0
    for line in lines:
        if not any(line.cells.values()):
            empty += 1
            if empty > MAX_LINES:
                return
            continue
        held, empty = held + 1, 0
        if held > MAX_LINES:
            reason = Text(f"plus de {MAX_LINES} lignes", f"more than {MAX_LINES} rows")
            faults.blame(sheet, line.number, None, reason)
            return
        yield line


def sheet_named(sheets: Iterable[Worksheet], name: Text) -> Worksheet | None:
    """The sheet of that name, in either language."""
    known = {folded(one.title): one for one in sheets}
    return known.get(folded(name.fr)) or known.get(folded(name.en))
