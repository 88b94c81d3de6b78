"""Tables that people send, as CSV or as a workbook: headings and lines of plain texts, whatever wrote them.

French spreadsheets write `;` and Windows-1252 or UTF-8; others write `,` or tabs. Of a workbook the first sheet that
holds something is read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from care.services import workbooks
from care.services.errors import Invalid
from scanners.model import Text

MAX_BYTES = workbooks.MAX_BYTES
MAX_LINES = 50_000
MAX_COLUMNS = 100
"""Bounds of ours: the results of a campaign sent to everybody in the largest hospital."""
_WORKBOOK = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_SEPARATOR = re.compile(r"\Asep=.[^\n]*\n", re.IGNORECASE)
_GUARD = re.compile(r"'(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_MARKS = ";,\t"
_EMPTY = Text("Ce fichier est vide.", "This file is empty.")


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line: its number as an editor or a spreadsheet counts it, and as many cells as there are headings."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table as read; empty lines are left out."""

    headings: tuple[str, ...]
    lines: tuple[TableLine, ...]


def read_table(content: bytes) -> TableFile:
    """The table of a file. Invalid (`file`) when it is none, when it is empty or too large."""
    if len(content) > MAX_BYTES:
        raise _refused("Ce fichier dépasse 10 Mo : faites-en plusieurs.", "This file is over 10 MB: split it.")
    if content.startswith(_OLD_WORKBOOK):
        raise _refused(
            "C’est un ancien classeur (.xls) ou un classeur protégé : enregistrez-le en « Classeur Excel (.xlsx) ».",
            "This is an old workbook (.xls) or a protected one: save it as “Excel workbook (.xlsx)”.",
        )
    rows = _of_workbook(content) if content.startswith(_WORKBOOK) else _of_text(_decoded(content))
    return _table(rows)


def _table(rows: Iterator[tuple[int, list[str]]]) -> TableFile:
    first = next(rows, None)
    if first is None:
        raise Invalid({"file": _EMPTY})
    headings = tuple(" ".join(cell.split()) for cell in first[1][:MAX_COLUMNS])
    width = len(headings)
    lines: list[TableLine] = []
    for number, cells in rows:
        if len(lines) == MAX_LINES:
            raise _refused(
                f"Ce fichier a plus de {MAX_LINES} lignes : faites-en plusieurs.",
                f"This file has over {MAX_LINES} lines: split it.",
            )
        kept = [*cells[:width], *[""] * (width - len(cells))]
        lines.append(TableLine(number, tuple(_GUARD.sub("", cell.strip(), count=1) for cell in kept)))
    return TableFile(headings, tuple(lines))


def _of_workbook(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, of the first sheet that holds something."""
    with workbooks.opened(content) as book:
        for sheet in book.worksheets:
            found = False
            for number, line in enumerate(workbooks.lines_of(sheet, MAX_COLUMNS), start=1):
                cells = [workbooks.cell_text(cell) for cell in line]
                if any(cells):
                    found = True
                    yield number, cells
                elif number > 2 * MAX_LINES:
                    break
            if found:
                return


def _of_text(text: str) -> Iterator[tuple[int, list[str]]]:
    text = _SEPARATOR.sub("", text)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_MARKS, key=first.count), strict=True)
    start = 1
    try:
        for cells in reader:
            here, start = start, reader.line_num + 1
            if any(cell.strip() for cell in cells):
                yield here, cells
    except csv.Error as error:
        raise _refused(
            f"Ligne {start} : un guillemet n’est pas fermé, ou une cellule est trop longue.",
            f"Line {start}: a quote is not closed, or a cell is too long.",
        ) from error


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise _refused(
            "Ce fichier n’est ni un texte ni un classeur : enregistrez la feuille en CSV ou en .xlsx.",
            "This file is neither a text nor a workbook: save the sheet as CSV or .xlsx.",
        )
    return text


def _refused(fr: str, en: str) -> Invalid:
    return Invalid({"file": Text(fr, en)})
