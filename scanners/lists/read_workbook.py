"""XLSX workbooks of strangers as numbered lines of cells: sizes are bounded before anything is unpacked, formulas are
never run, only the values they last had are read. Hidden sheets are left alone; hidden rows and columns are read."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import ParseError  # openpyxl reads with defusedxml; the name of its error alone

import openpyxl
from defusedxml import ElementTree
from openpyxl.workbook import Workbook

from scanners.errors import CollectError
from scanners.lists.errors import refused, refused_at
from scanners.lists.layout import Line

MAX_BYTES = 200 << 20
MAX_UNPACKED = 1 << 30
MAX_RATIO = 200
RATIO_FROM = 32 << 20
"""A real sheet unpacks to 10 or 20 times its size; the ratio is looked at beyond that many bytes unpacked."""
MAX_PARTS = 1_000
MAX_HELD, MAX_STYLES, MAX_CONTENTS = 128 << 20, 4 << 20, 1 << 20
"""Bytes of a part that is held whole in memory (shared texts), of styles, of the list of parts; a sheet is read as a
stream: a million lines of eight columns take about 600 MiB."""
MAX_SHEETS = 50
MAX_COLUMNS = 300
MAX_ROWS = 1_048_576
"""Those of a sheet in Excel: a row that says it stands below is a trap."""
_CHUNK, _OVERLAP = 1 << 20, 1 << 15
_P = rb"<(?:\w{1,20}:)?"
_TRAPS = re.compile(
    _P + rb"row\b(?P<row>[^<>]*)>"
    rb"|" + _P + rb"mergeCell\b[^<>]*?\bref=\"[A-Z]+(?P<first>\d{1,7}):[A-Z]+(?P<last>\d{1,7})\""
    rb"|" + _P + rb"c\b(?P<cell>[^<>]*)>\s*" + _P + rb"f\b[^<>]*(?:/>|>[^<]*</(?:\w{1,20}:)?f>)\s*"
    rb"(?:" + _P + rb"v\s*/>|" + _P + rb"v>\s*</(?:\w{1,20}:)?v>)?\s*</(?:\w{1,20}:)?c>"
)
"""Where a row begins, which cells are merged, and formulas that nobody ever computed (an empty text is a result)."""
_ROW_NUMBER = re.compile(rb"\br=\"(\d{1,9})\"")
_EMPTY_TEXT = b't="str"'
_MAGIC = b"PK\x03\x04"
_CONTENTS = "[Content_Types].xml"
_NO_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
_NO_WORKBOOK = (*_NO_ZIP, LookupError, TypeError, AttributeError, ArithmeticError, ParseError)
"""What openpyxl raises on parts that are absent, of another shape, or no XML."""


def is_workbook(path: Path) -> bool:
    """Whether a file is a ZIP that may hold a workbook of Excel 2007 or later, be it damaged."""
    with path.open("rb") as content:
        if content.read(len(_MAGIC)) != _MAGIC:
            return False
    try:
        with zipfile.ZipFile(path) as bundle:
            return _CONTENTS in bundle.namelist()
    except _NO_ZIP:
        return True


@dataclass(frozen=True, slots=True)
class SheetOf:
    """A visible sheet: its title, and the part of the file that holds it."""

    title: str
    part: str


def sheets_of(path: Path, name: str) -> tuple[SheetOf, ...]:
    """The visible sheets, in order. CollectError when it is no workbook, or one that would unpack too far."""
    _check_size(path, name)
    with _opened(path, name) as book:
        sheets: list[Any] = [one for one in book.worksheets if one.sheet_state == "visible"]
        # openpyxl has no other word for the part of a sheet
        return tuple(SheetOf(one.title, one._worksheet_path) for one in sheets[:MAX_SHEETS])  # noqa: SLF001


def read_sheet(path: Path, name: str, title: str) -> Iterator[Line]:
    """The lines of one sheet."""
    with _opened(path, name) as book:
        sheet = next(one for one in book.worksheets if one.title == title)
        sheet.reset_dimensions()  # some writers say A1 of a whole sheet, and the rest would be left out
        rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
        for number, cells in enumerate(rows, start=1):
            if number > MAX_ROWS:
                raise refused_at(name, number, "trop de lignes, même vides", "too many lines, even blank")
            if len(cells) > MAX_COLUMNS and cells[MAX_COLUMNS] is not None:
                raise refused_at(name, number, f"plus de {MAX_COLUMNS} colonnes", f"more than {MAX_COLUMNS} columns")
            yield number, _trimmed([cell_text(cell) for cell in cells])


def check_sheet(path: Path, name: str, part: str, header: int) -> None:
    """CollectError, with the line, when what stands below the header would be read as blank: cells that are merged,
    and formulas that were never computed."""
    try:
        with zipfile.ZipFile(path) as bundle, bundle.open(part) as content:
            trap = next((one for one in _traps(content) if one.last > header), None)
    except (*_NO_ZIP, KeyError) as error:
        raise _no_workbook(name) from error
    if trap is not None:
        raise refused_at(name, trap.first, trap.fr, trap.en)


class _Trap(NamedTuple):
    first: int
    last: int
    fr: str
    en: str


def _traps(content: IO[bytes]) -> Iterator[_Trap]:
    """What of a sheet hides values, read as a stream; the row of a formula is the last one begun before it."""
    row, tail = 0, b""
    while chunk := content.read(_CHUNK):
        text, begun = tail + chunk, row
        for found in _TRAPS.finditer(text):
            if found["row"] is not None:
                number = _ROW_NUMBER.search(found["row"])
                begun = int(number[1]) if number else begun + 1
                row = max(row, begun)
            elif found["first"] is not None:
                yield _Trap(
                    int(found["first"]),
                    int(found["last"]),
                    "des cellules y sont fusionnées, et seule la première garde sa valeur ; séparez-les",
                    "cells are merged there, and the first one alone keeps its value; split them",
                )
            elif _EMPTY_TEXT not in found["cell"]:
                yield _Trap(
                    begun,
                    begun,
                    "une formule n’y a jamais été calculée ; ouvrez le classeur dans un tableur et enregistrez-le",
                    "a formula there was never computed; open the workbook in a spreadsheet and save it",
                )
        tail = text[-_OVERLAP:]


@contextmanager
def _opened(path: Path, name: str) -> Iterator[Workbook]:
    """A workbook to read, whose sheets are read as they are asked for; whatever is wrong in it is one sentence."""
    try:
        with (
            path.open("rb") as content,
            closing(openpyxl.load_workbook(content, read_only=True, data_only=True, keep_links=False)) as book,
        ):
            yield book
    except _NO_WORKBOOK as error:
        raise _no_workbook(name) from error


def _check_size(path: Path, name: str) -> None:
    """A workbook is a ZIP, and a ZIP may be a bomb; Python unpacks no more of a part than the size it announces."""
    packed = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as bundle:
            parts = {part.filename: part.file_size for part in bundle.infolist()}
            unpacked = sum(part.file_size for part in bundle.infolist())
            fits = packed <= MAX_BYTES and unpacked <= MAX_UNPACKED and len(bundle.infolist()) <= MAX_PARTS
            fits = fits and (unpacked <= RATIO_FROM or unpacked <= MAX_RATIO * packed)
            fits = fits and parts.get(_CONTENTS, 0) <= MAX_CONTENTS and all(_bounded(bundle, parts))
    except (*_NO_ZIP, KeyError, ParseError) as error:
        raise _no_workbook(name) from error
    if not fits:
        size = unpacked >> 20
        raise refused(
            name,
            f"ce classeur se déplie en {size} Mio, bien plus qu’une liste ; exportez-la en CSV",
            f"this workbook unpacks to {size} MiB, far more than a list; export it as CSV",
        )


def _bounded(bundle: zipfile.ZipFile, sizes: Mapping[str, int]) -> Iterator[bool]:
    """Whether each part that a workbook declares fits, by what it declares it to be: it may bear any name."""
    for one in ElementTree.fromstring(bundle.read(_CONTENTS)):
        kind, size = one.get("ContentType", ""), sizes.get(one.get("PartName", "").lstrip("/"), 0)
        if not kind.endswith("worksheet+xml"):
            yield size <= (MAX_STYLES if kind.endswith("styles+xml") else MAX_HELD)


def cell_text(cell: object) -> str:
    """A cell as a CSV would hold it: days and moments year first, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.strftime("%Y-%m-%d %H:%M:%S")
    text = str(cell)
    return text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n") if "\n" in text else text


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _no_workbook(name: str) -> CollectError:
    return refused(
        name,
        "ce n’est pas un classeur .xlsx lisible ; ouvrez-le, enregistrez-le en .xlsx ou en CSV",
        "it is no readable .xlsx workbook; open it, then save it as .xlsx or CSV",
    )
