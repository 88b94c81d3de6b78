"""A workbook that people fill in and send back: sheets with choices in their columns, and one that explains.

Every text is stored as text, marked so that a spreadsheet does not compute it once it is edited either.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from reports.spreadsheets import MOST_CHARACTERS, sound

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook holds no zone; the same exercise gives the same bytes
_SPARE_ROWS = 200
"""Empty lines that keep their choices, for what people add."""


@dataclass(frozen=True, slots=True)
class FilledColumn:
    """A column: its heading, its width in characters, what may be chosen in it. `free`: other words are taken too.

    `told`: the platform writes it and never reads it back.
    """

    heading: str
    width: int
    choices: Sequence[str] = ()
    free: bool = False
    told: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """A sheet to fill in; rows are as wide as `columns`."""

    name: str
    columns: Sequence[FilledColumn]
    rows: Sequence[Sequence[str | int | None]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A whole workbook. `lists` names the sheet of choices, `explains` the one that comes last: heading, text."""

    title: str
    sheets: Sequence[FilledSheet]
    explained: str
    explains: Sequence[tuple[str, str]] = field(default=())
    lists: str = "Listes"


def filled_xlsx(book: Filled) -> bytes:
    """The workbook; the same content gives the same bytes."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as made:
        made.set_properties({"title": sound(book.title), "author": "CaRE", "created": _CREATED})
        formats = _formats(made)
        pages = [made.add_worksheet(one.name) for one in book.sheets]
        explaining, lists = made.add_worksheet(book.explained), made.add_worksheet(book.lists)
        ranges = dict(_write_lists(lists, book, formats))
        for page, sheet in zip(pages, book.sheets, strict=True):
            _write_sheet(page, sheet, formats, ranges)
        _write_explanations(explaining, book, formats)
    return out.getvalue()


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401 - xlsxwriter publishes no types
    top = {"valign": "top"}
    head = {"bold": True, "bottom": 1, "text_wrap": True, **top}
    return {
        "head": book.add_format({"bg_color": "#D5E8E8", **head}),
        "head_told": book.add_format({"bg_color": "#E6E6E6", "italic": True, **head}),
        "text": book.add_format({"text_wrap": True, "num_format": "@", **top}),
        "quoted": book.add_format({"text_wrap": True, "num_format": "@", "quote_prefix": True, **top}),
        "told": book.add_format({"text_wrap": True, "font_color": "#5A5A5A", "italic": True, **top}),
        "number": book.add_format(top),
        "big": book.add_format({"bold": True, "font_size": 14, **top}),
        "words": book.add_format({"text_wrap": True, **top}),
        "bold": book.add_format({"bold": True, "text_wrap": True, **top}),
    }


def _write_lists(page: Any, book: Filled, formats: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:  # noqa: ANN401
    """The choices, one column each, and where each stands."""
    known = dict.fromkeys(tuple(one.choices) for sheet in book.sheets for one in sheet.columns if one.choices)
    for number, choices in enumerate(known):
        for line, words in enumerate(choices):
            page.write_string(line, number, sound(words), formats["text"])
        page.set_column(number, number, 30)
        yield choices, f"='{book.lists}'!{xl_range_abs(0, number, len(choices) - 1, number)}"


def _write_sheet(page: Any, sheet: FilledSheet, formats: dict[str, Any], ranges: dict[tuple[str, ...], str]) -> None:  # noqa: ANN401
    last = len(sheet.rows) + _SPARE_ROWS
    for number, column in enumerate(sheet.columns):
        page.set_column(number, number, column.width)
        page.write_string(0, number, column.heading, formats["head_told" if column.told else "head"])
        if column.note:
            page.write_comment(0, number, column.note, {"x_scale": 2})
        if column.choices:
            page.data_validation(1, number, last, number, _choice(column, ranges[tuple(column.choices)]))
    for line, row in enumerate(sheet.rows, start=1):
        for number, cell in enumerate(row):
            _write_cell(page, (line, number), cell, formats, told=sheet.columns[number].told)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, max(1, len(sheet.rows)), len(sheet.columns) - 1)
    page.set_landscape()
    page.set_paper(8)  # A3
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _choice(column: FilledColumn, source: str) -> dict[str, Any]:
    return {"validate": "list", "source": source, "show_error": not column.free}


def _write_cell(
    page: Any,  # noqa: ANN401
    at: tuple[int, int],
    cell: str | int | None,
    formats: dict[str, Any],
    *,
    told: bool,
) -> None:
    if isinstance(cell, int):
        page.write_number(*at, cell, formats["number"])
    elif cell:
        computed = cell.lstrip()[:1] in tuple("=+-@＝＋－＠")
        form = "told" if told else "quoted" if computed else "text"
        page.write_string(*at, sound(cell)[:MOST_CHARACTERS], formats[form])


def _write_explanations(page: Any, book: Filled, formats: dict[str, Any]) -> None:  # noqa: ANN401
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 100)
    page.write_string(0, 0, sound(book.title), formats["big"])
    for line, (heading, words) in enumerate(book.explains, start=2):
        page.write_string(line, 0, sound(heading), formats["bold"])
        page.write_string(line, 1, sound(words), formats["words"])
