"""Workbooks that may come from anybody: sizes are bounded before anything is unpacked, formulas are never computed."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError  # defusedxml reads; the name of its error alone

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from care.services.errors import Invalid
from scanners.model import Text

MAX_BYTES = 10_000_000
MAX_UNPACKED = 60_000_000
MAX_PARTS = 200
MAX_OF_PART: Mapping[str, int] = {"xl/styles.xml": 2_000_000, "xl/sharedStrings.xml": 15_000_000}
MAX_MARKS = 1_500_000
"""Bounds of ours: a chronogram of 500 stimuli with messages of four pages each. Marks are the tags and attributes of
all parts: each costs many times its size once read; the largest chronogram holds some 600,000."""
_NOT_A_WORKBOOK = Text(
    "Ce fichier n’est pas un classeur .xlsx lisible : enregistrez-le au format « Classeur Excel (.xlsx) ».",
    "This file is no readable .xlsx workbook: save it as “Excel workbook (.xlsx)”.",
)
_TOO_LARGE = Text(
    "Ce classeur est trop grand (10 Mo, 60 Mo déplié) : retirez-en les images et les autres feuilles.",
    "This workbook is too large (10 MB, 60 MB unpacked): take its pictures and other sheets out.",
)
_NO_ZIP = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)
"""What a zip raises that is broken or no zip; RuntimeError when it is encrypted, and as NotImplementedError when it is
compressed in a way of its own; OSError from bzip2; ValueError when its parts lie before its start."""
_NO_WORKBOOK = (*_NO_ZIP, LookupError, TypeError, ParseError)
"""What openpyxl raises beside, on parts that are absent, of another shape, or no XML. An entity is a ValueError."""
_PARSED = (".xml", ".rels")
_CHUNK = 1 << 16


@contextmanager
def opened(content: bytes, *, formulas: bool = False) -> Iterator[Workbook]:
    """A workbook to read, closed afterwards: the values its formulas last had, or with `formulas` the formulas as they
    are written. Invalid (`file`) when it is none, or too large."""
    _check_size(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=not formulas, keep_links=False)
    except _NO_WORKBOOK as error:
        raise Invalid({"file": _NOT_A_WORKBOOK}) from error
    with closing(book):
        yield book


def lines_of(sheet: Worksheet, columns: int) -> Iterator[Sequence[Any]]:
    """The rows of a sheet, whose part of the file is read as they are asked for. Invalid (`file`)."""
    try:
        yield from sheet.iter_rows(max_col=columns, values_only=True)
    except _NO_WORKBOOK as error:
        raise Invalid({"file": _NOT_A_WORKBOOK}) from error


def cell_text(cell: object) -> str:
    """A cell as a person reads it: days as 2026-03-01, whole numbers without a point, yes or no in French."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).replace("\r\n", "\n").replace("_x000D_\n", "\n").replace("\r", "\n").strip()


def _check_size(content: bytes) -> None:
    """Before anything is unpacked: a workbook is a zip, and a zip may be a bomb."""
    if len(content) > MAX_BYTES:
        raise Invalid({"file": _TOO_LARGE})
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            fits = len(parts) <= MAX_PARTS and sum(one.file_size for one in parts) <= MAX_UNPACKED
            fits = fits and all(one.file_size <= MAX_OF_PART.get(one.filename, MAX_UNPACKED) for one in parts)
            fits = fits and sum(_marks(archive, one) for one in parts if one.filename.endswith(_PARSED)) <= MAX_MARKS
    except _NO_ZIP as error:
        raise Invalid({"file": _NOT_A_WORKBOOK}) from error
    if not fits:
        raise Invalid({"file": _TOO_LARGE})


def _marks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Tags and attributes of a part, at most: what makes a small part large in memory."""
    with archive.open(part) as content:
        return sum(chunk.count(b"<") + chunk.count(b"=") for chunk in iter(lambda: content.read(_CHUNK), b""))
