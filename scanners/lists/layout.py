"""Where the header of a list is, and which of our columns its cells are. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanners.lists.columns import COLUMNS, HOUR, required_of
from scanners.lists.kinds import ListKind
from scanners.lists.words import plain

HEAD_LINES = 30
"""A header is looked for that far: reports write a title, a date and filters above it."""
HEAD_DEPTH = 1_000
"""Lines looked at for that, blank ones included."""

Line = tuple[int, Sequence[str]]
"""A line of a file, by its number, as cells."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The header found: its line, its cells, and the place of each of our columns.

    The hour of a moment may have a column of its own: its place is beside, under the name of the moment and `HOUR`.
    `twice` are two headers that say the same column; `missing` the required columns that no header says; `lost` the
    headers of a mapping that are not there, or there twice.
    """

    line: int
    headers: tuple[str, ...]
    places: Mapping[str, int]
    twice: tuple[str, str] | None = None
    missing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the lines below it can be read."""
        return not (self.twice or self.missing or self.lost)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The headers that are none of our columns."""
        known = set(self.places.values())
        return tuple(cell for place, cell in enumerate(self.headers) if place not in known and cell.strip())

    @property
    def rank(self) -> tuple[bool, int, int, int]:
        """How much of a header it is: to be compared with that of other lines, sheets or separators."""
        named = sum(1 for cell in self.headers if cell.strip())
        return (not self.missing and not self.lost, len(self.places), named, -self.line)


def find_layout(head: Iterable[Line], kind: ListKind, mapping: Mapping[str, str]) -> Layout:
    """The header among the first lines: the one that names most of our columns; else the longest, its faults told."""
    return max((layout_of(line, kind, mapping) for line in head), key=lambda one: one.rank, default=_none(kind))


def layout_of(line: Line, kind: ListKind, mapping: Mapping[str, str]) -> Layout:
    """One line taken for the header. `mapping` (our column to their header) stands in place of what we recognise."""
    number, cells = line
    headers = tuple(cells)
    places, twice, lost = _mapped(headers, mapping) if mapping else _recognised(headers, kind)
    missing = tuple(column for column in required_of(kind) if column not in places)
    return Layout(number, headers, places, twice, missing, lost)


_Found = tuple[dict[str, int], tuple[str, str] | None, tuple[str, ...]]


def _recognised(headers: Sequence[str], kind: ListKind) -> _Found:
    known = {header: column for column, one in COLUMNS[kind].items() for header in one.headers}
    places: dict[str, int] = {}
    twice: tuple[str, str] | None = None
    for place, cell in enumerate(headers):
        column = known.get(plain(cell))
        if column is None:
            continue
        if column in places:
            twice = twice or (headers[places[column]], cell)
        else:
            places[column] = place
    places |= _paired(headers, kind, places)
    return places, _otherwise(headers, kind, places) or twice, ()


def _otherwise(headers: Sequence[str], kind: ListKind, places: dict[str, int]) -> tuple[str, str] | None:
    """Give the columns not found yet the header that stands for them failing a better one; two that are the same, if
    there are."""
    written = [plain(cell) for cell in headers]
    twice = None
    for column, one in COLUMNS[kind].items():
        second = next((header for header in one.otherwise if header in written), None)
        if column not in places and second is not None:
            places[column] = written.index(second)
            if written.count(second) > 1:
                twice = (headers[places[column]], headers[places[column]])
    return twice


def _paired(headers: Sequence[str], kind: ListKind, places: Mapping[str, int]) -> dict[str, int]:
    """The moments whose day and hour stand in two columns, unless a third one holds the whole of them."""
    written = [plain(cell) for cell in headers]
    found: dict[str, int] = {}
    for column, one in COLUMNS[kind].items():
        for day, hour in one.pairs:
            if written.count(day) != 1 or written.count(hour) != 1 or column + HOUR in found:
                continue
            pair = written.index(day), written.index(hour)
            if places.get(column, pair[0]) in pair:
                found[column], found[column + HOUR] = pair
    return found


def _mapped(headers: Sequence[str], mapping: Mapping[str, str]) -> _Found:
    written = [plain(cell) for cell in headers]
    places: dict[str, int] = {}
    lost: list[str] = []
    for column, header in mapping.items():
        wanted = plain(header)
        if wanted and written.count(wanted) == 1:
            places[column] = written.index(wanted)
        else:
            lost.append(header)
    return places, None, tuple(lost)


def _none(kind: ListKind) -> Layout:
    return Layout(1, (), {}, missing=required_of(kind))
