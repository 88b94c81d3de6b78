"""CSV of any make as lines of cells, each by the number of its first line; the encoding is recognised on the whole
file, read as a stream."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, TextIO

from scanners.lists.errors import refused, refused_at
from scanners.lists.layout import Line

SEPARATORS = ";\t,|"
MAX_BYTES = 512 << 20
"""A million lines take about 200 MB."""
MAX_LINE = 1 << 20
"""Characters of one line: a longer one is no list."""

Source = Callable[[], TextIO]
"""Opens a text, its ends of line as they are (`newline=""`); bytes that are no text are replaced."""

_CHUNK = 1 << 20
_DECLARATION = "sep="
_DECLARED = SEPARATORS + ":^~#"
_HEAD = 4096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = (
    (b"\xd0\xcf\x11\xe0", "un classeur .xls", "an .xls workbook"),
    (b"PK\x03\x04", "une archive ZIP", "a ZIP archive"),
    (b"\x1f\x8b", "un fichier compressé", "a compressed file"),
    (b"%PDF", "un document PDF", "a PDF document"),
    (b"<", "une page HTML ou un fichier XML", "an HTML page or an XML file"),
    (b"{", "du JSON", "JSON"),
)
"""What people bring in place of a list, by its first bytes."""


def encoding_of(path: Path, name: str) -> str:
    """The encoding of a text file. CollectError when it is no text, empty, or too large."""
    if path.stat().st_size > MAX_BYTES:
        limit = MAX_BYTES >> 20
        raise refused(name, f"plus de {limit} Mio, exportez moins de lignes", f"over {limit} MiB, export fewer lines")
    with path.open("rb") as content:
        head = content.read(_HEAD)
        _check_text(head, name)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return encoding
        if head.count(b"\0") * 3 > len(head):
            return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        content.seek(0)
        return "utf-8" if _is_utf8(content) else "cp1252"


def _check_text(head: bytes, name: str) -> None:
    begun = head.lstrip()
    if not begun:
        raise refused_at(name, 1, "le fichier est vide, refaites l’export", "the file is empty, export it again")
    for sign, fr, en in _OTHERS:
        if begun.startswith(sign):
            raise refused(
                name,
                f"c’est {fr}, exportez la liste en CSV ou en classeur .xlsx",
                f"it is {en}, export the list as CSV or as an .xlsx workbook",
            )


def _is_utf8(content: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := content.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def declared_separator(source: Source) -> str:
    """The separator of a first line “sep=;”, "" when there is none."""
    with source() as text:
        first = text.readline(_HEAD).removeprefix("\ufeff").rstrip("\r\n")
    told = first[4:5] if first[:4].casefold() == _DECLARATION else ""
    return told if told in _DECLARED else ""


def read_lines(source: Source, name: str, separator: str) -> Iterator[Line]:
    """The lines of a CSV text, by the number of their first line. CollectError, with it, when one is malformed."""
    with closing(_whole_lines(source, name)) as lines:
        reader = csv.reader(lines, delimiter=separator, strict=True)
        start = 1
        try:
            for cells in reader:
                here, start = start, reader.line_num + 1
                if here > 1 or not cells or cells[0].casefold() != _DECLARATION:
                    yield here, cells
        except csv.Error as error:
            fr, en = _malformed(str(error))
            raise refused_at(name, start, f"elle est mal formée, {fr}", f"it is malformed, {en}") from error


def _malformed(said: str) -> tuple[str, str]:
    if "field limit" in said:
        limit = csv.field_size_limit()
        return f"une cellule dépasse {limit} caractères", f"a cell is over {limit} characters"
    return (
        "un guillemet n’est pas refermé, ou pas doublé dans sa cellule",
        "a quote is not closed, or not doubled within its cell",
    )


def _whole_lines(source: Source, name: str) -> Generator[str]:
    """The lines of a text, each bounded and without what no text holds."""
    with source() as text:
        number = 0
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if number == 1:
                line = line.removeprefix("\ufeff")
            if "\0" in line:
                raise refused_at(
                    name,
                    number,
                    "elle contient un octet nul, le fichier est binaire ou abîmé",
                    "it holds a NUL byte, the file is binary or damaged",
                )
            if len(line) > MAX_LINE:
                raise refused_at(name, number, "elle est trop longue pour une liste", "it is too long for a list")
            yield line
