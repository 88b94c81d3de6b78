"""Tables that people send, as CSV or as a workbook: headings and lines of plain texts, whatever wrote them.

They are read by the one reader of tables (`scanners.lists`), in a bounded process of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from care.services.errors import Invalid
from care.services.sent_text import shown_name
from scanners.errors import CollectError
from scanners.lists.collection import read_in_child
from scanners.lists.read_cells import MAX_LINES, Cells, read_cells
from scanners.lists.read_file import ways_of_text
from scanners.model import Text

MAX_BYTES = 10_000_000
"""Our choice: the results of a campaign sent to everybody in the largest hospital."""


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line: its number as an editor or a spreadsheet counts it, and as many cells as there are headings."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table as read; empty lines are left out. `line` is that of the headings, `name` that of the file, `sheet` the
    one of its sheets that was read, `left` the others that hold something."""

    headings: tuple[str, ...]
    lines: tuple[TableLine, ...]
    line: int = 1
    name: str = ""
    sheet: str = ""
    left: tuple[str, ...] = ()


def read_table(content: bytes, name: str, most: int = MAX_LINES) -> TableFile:
    """The table of a file called `name`, of `most` lines. Invalid (`file`) says what to correct, with file and line."""
    shown = shown_name(name)
    if len(content) > MAX_BYTES:
        raise Invalid(
            {
                "file": Text(
                    f"Le fichier {shown} dépasse 10 Mo : faites-en plusieurs.",
                    f"The file {shown} is over 10 MB: split it.",
                )
            }
        )
    try:
        return _table(read_in_child(content, shown, most), shown)
    except CollectError as refusal:
        raise Invalid({"file": refusal.text}) from refusal


def table_of_text(text: str, name: str, most: int = MAX_LINES) -> TableFile:
    """The same of a text that somebody typed, or that a page carried."""
    try:
        return _table(read_cells(ways_of_text(text, name), name, most), name)
    except CollectError as refusal:
        raise Invalid({"file": refusal.text}) from refusal


def _table(cells: Cells, name: str) -> TableFile:
    lines = tuple(TableLine(*one) for one in cells.lines)
    return TableFile(cells.headings, lines, cells.line, name, cells.sheet, cells.left)
