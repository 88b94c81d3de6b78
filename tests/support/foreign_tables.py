"""Tables as strangers send them: workbooks with what goes wrong in them, in a few bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from openpyxl import Workbook

Rows = Sequence[Sequence[Any]]


def workbook(*sheets: tuple[str, Rows], hidden: str = "", merged: str = "") -> bytes:
    """A workbook of these sheets; `hidden` is the title of one that is, `merged` a range of the first."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        sheet.sheet_state = "hidden" if title == hidden else "visible"
    if merged:
        book.worksheets[0].merge_cells(merged)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def filtered(rows: Rows) -> bytes:
    """A workbook whose rows are all hidden by a filter, but the first; its third column is hidden too."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Registre")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
            if place:
                sheet.set_row(place, options={"hidden": True})
        sheet.set_column(2, 2, options={"hidden": True})
    return content.getvalue()


def zip_bomb(mebibytes: int = 40) -> bytes:
    """A workbook of a few kilobytes whose sheet unpacks to that many mebibytes."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("[Content_Types].xml", "<Types/>")
        bundle.writestr("xl/worksheets/sheet1.xml", b"\0" * (mebibytes << 20))
    return bomb.getvalue()


def patched(content: bytes, before: bytes, after: bytes) -> bytes:
    """A workbook with these bytes of its sheets in place of others."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for part in read.infolist():
            held = read.read(part)
            written.writestr(part.filename, held.replace(before, after) if "sheet" in part.filename else held)
    return out.getvalue()
