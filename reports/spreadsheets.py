"""Tables for spreadsheets: rows in, the bytes of a CSV or of an XLSX file out. The one maker of such files.

Texts are hostile: whoever names an action or a machine may have written a formula. In a workbook every text is stored
as text; in a CSV, which cannot say so, a text that a spreadsheet would compute is preceded by an apostrophe (OWASP,
“CSV Injection”). Control and direction characters are written as their code, as in the PDF documents: nothing hides.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from reports.errors import ReportError

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_CHARACTERS = 32_767
"""Longest text of a cell, and `MOST_ROWS` the most lines of a sheet, header included (limits of Excel 2007 to 365)."""
MOST_ROWS = 1_048_576
_CHUNK_ROWS = 500
_BOM = b"\xef\xbb\xbf"
_COMPUTED = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_AFTER_COMMA = re.compile(r",(?=[=+\-@])")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_WIDEST, _NARROWEST = 60, 8
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook holds no zone; the same table gives the same bytes
_EURO_FORMAT = "#,##0.00\u00a0€"


@dataclass(frozen=True, slots=True)
class Euros:
    """An amount of money, in whole cents."""

    cents: int


Cell = str | int | float | Euros | date | datetime | None
"""A `datetime` is written as the wall clock it holds: give it in the reader's time zone."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook; rows are as wide as `header`.

    With a `total` (the word of its first cell) a last line sums the columns that hold euros.
    """

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: str = ""


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file as French spreadsheets open it: UTF-8 with BOM, `;`, decimal comma, days as 2026-03-01."""
    return b"".join(csv_chunks(header, rows))


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The same file in pieces, for lists that should not be held in memory."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([_csv_cell(name) for name in header])
    yield _BOM
    for count, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(cell) for cell in row])
        if count % _CHUNK_ROWS == 0:
            yield _drained(text)
    yield _drained(text)


def xlsx_bytes(sheets: Sequence[Sheet], title: str = "") -> bytes:
    """A workbook, a header frozen and filters on each sheet; the same sheets give the same bytes.

    ReportError when a sheet has more lines than a spreadsheet can hold.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": sound(title), "author": "CaRE", "created": _CREATED})
        formats = _formats(book)
        taken: set[str] = set()
        for sheet in sheets:
            _write_sheet(book.add_worksheet(_sheet_name(sheet.name, taken)), sheet, formats)
    return out.getvalue()


def sound(text: str) -> str:
    """`text` with line ends as line feeds, and every other control, direction or unassigned character as its code."""
    if text.isprintable():
        return text
    return "".join(map(_shown, _LINE_ENDS.sub("\n", text).replace("\t", " ")))


def _shown(sign: str) -> str:
    return f"\\u{{{ord(sign):x}}}" if sign != "\n" and unicodedata.category(sign)[0] == "C" else sign


def _drained(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return piece


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return csv_text(cell)
    if isinstance(cell, Euros):
        euros, cents = divmod(abs(cell.cents), 100)
        return f"{'-' if cell.cents < 0 else ''}{euros},{cents:02}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")[:16]
    return cell.isoformat() if isinstance(cell, date) else str(cell).replace(".", ",")


def csv_text(text: str) -> str:
    """A text on one line; an apostrophe or a space before what would be computed, also if it splits at commas."""
    line = " ".join(sound(text).split("\n"))
    line = _AFTER_COMMA.sub(", ", line)
    return f"'{line}" if _COMPUTED.match(line) else line


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401 - xlsxwriter publishes no types
    top = {"valign": "top"}
    return {
        "head": book.add_format({"bold": True, "bg_color": "#EEF4F8", "bottom": 1, "text_wrap": True, **top}),
        "text": book.add_format({"text_wrap": True, **top}),
        "number": book.add_format(top),
        "euros": book.add_format({"num_format": _EURO_FORMAT, **top}),
        "day": book.add_format({"num_format": "dd/mm/yyyy", "align": "left", **top}),
        "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left", **top}),
        "total": book.add_format({"bold": True, "top": 1, **top}),
        "total_euros": book.add_format({"bold": True, "top": 1, "num_format": _EURO_FORMAT, **top}),
    }


def _write_sheet(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:  # noqa: ANN401
    if len(sheet.rows) + 2 > MOST_ROWS:
        raise ReportError(
            f"Une feuille de classeur contient au plus {MOST_ROWS} lignes ; filtrez la liste ou demandez le CSV.",
            f"A sheet of a workbook holds {MOST_ROWS} lines at most; filter the list or ask for the CSV.",
        )
    for column, name in enumerate(sheet.header):
        page.write_string(0, column, _bounded(name), formats["head"])
        page.set_column(column, column, _width(sheet, column))
    for line, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            _write_cell(page, line, column, cell, formats)
    page.freeze_panes(1, 1)
    if sheet.rows and sheet.header:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.header) - 1)
    if sheet.total:
        _write_total(page, sheet, formats)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _write_cell(page: Any, line: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:  # noqa: ANN401
    if cell is None:
        return
    if isinstance(cell, Euros):
        page.write_number(line, column, cell.cents / 100, formats["euros"])
    elif isinstance(cell, (int, float)):
        page.write_number(line, column, cell, formats["number"])
    elif isinstance(cell, date) and cell.year >= 1900:
        kind = "moment" if isinstance(cell, datetime) else "day"
        page.write_datetime(line, column, _wall_clock(cell), formats[kind])
    else:  # a text, or a day before the first that workbooks count
        page.write_string(line, column, _bounded(str(cell)), formats["text"])


def _wall_clock(when: date) -> date:
    return when.replace(tzinfo=None) if isinstance(when, datetime) else when


def _write_total(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:  # noqa: ANN401
    """Real sums, which follow the filters, with their value for readers that do not compute."""
    line = len(sheet.rows) + 1
    sums = [_sum(sheet, column) for column in range(len(sheet.header))]
    if all(cents is None for cents in sums):
        return
    for column, cents in enumerate(sums):
        if cents is None:
            page.write(line, column, sheet.total if column == 0 else None, formats["total"])
        else:
            first, last = xl_rowcol_to_cell(1, column), xl_rowcol_to_cell(line - 1, column)
            page.write_formula(line, column, f"=SUBTOTAL(109,{first}:{last})", formats["total_euros"], cents / 100)


def _sum(sheet: Sheet, column: int) -> int | None:
    """The cents of a column; None when it holds no amount."""
    amounts = [row[column] for row in sheet.rows]
    found = [cell.cents for cell in amounts if isinstance(cell, Euros)]
    return sum(found) if found else None


def _bounded(text: str) -> str:
    """As much as a cell holds, with the number of characters left out."""
    shown = sound(text)
    if len(shown.encode("utf-16-le")) // 2 <= MOST_CHARACTERS:
        return shown
    kept = shown[: MOST_CHARACTERS // 2]
    return f"{kept} … [+{len(shown) - len(kept)}]"


def _width(sheet: Sheet, column: int) -> int:
    """In characters, from the first lines."""
    cells = (row[column] for row in sheet.rows[:200])
    longest = max((len(_csv_cell(cell)) + 3 for cell in cells), default=0)
    return min(_WIDEST, max(_NARROWEST, longest, len(sheet.header[column]) + 3))


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that a workbook accepts, none twice (capitals or not)."""
    base = _NOT_IN_NAMES.sub(" ", sound(name).replace("\n", " ")).strip("' ")[:28] or "CaRE"
    base = f"{base} " if base.lower() == "history" else base
    found, rank = base, 1
    while found.lower() in taken:
        rank += 1
        found = f"{base[:26]} {rank}"
    taken.add(found.lower())
    return found
