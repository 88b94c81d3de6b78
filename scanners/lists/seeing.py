"""What a page shows of a list before it counts: how it is understood, its first lines, what changed since the former
one. A few kilobytes, whatever the size of the list."""

from __future__ import annotations

from dataclasses import dataclass

from scanners.errors import CollectError
from scanners.lists.columns import required_of
from scanners.lists.reading import Fault, ListFile, Shape, Table, look, read_list, told
from scanners.model import Text

SHOWN_LINES = 10
SHOWN_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Difference:
    """What a list has that the one before it had not, and the other way round; a few of each."""

    new: int
    gone: int
    new_names: tuple[str, ...]
    gone_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A list as it is understood. `refused` says why it cannot be read; `told` what was not understood of it."""

    shape: Shape
    refused: Text | None = None
    columns: tuple[str, ...] = ()
    shown: tuple[tuple[str | int, ...], ...] = ()
    lines: int = 0
    duplicates: int = 0
    told: tuple[Text, ...] = ()
    faults: tuple[Fault, ...] = ()
    difference: Difference | None = None


def see(file: ListFile, former: ListFile | None) -> Seen:
    """A list, compared with the former one by its first column. CollectError when not even a header is found."""
    shape = look(file)
    try:
        table = read_list(file)
    except CollectError as refusal:
        return Seen(shape, refusal.text)
    rows = table.frame[list(table.columns)].head(SHOWN_LINES).astype(object).itertuples(index=False, name=None)
    return Seen(
        table.shape,
        None,
        table.columns,
        tuple(tuple(cell if isinstance(cell, str) else int(cell) for cell in row) for row in rows),
        table.lines,
        table.duplicates,
        tuple(told(file.name, table)),
        tuple(table.faults),
        _difference(table, file, former),
    )


def _difference(table: Table, file: ListFile, former: ListFile | None) -> Difference | None:
    """None when there is no former list, or it cannot be read."""
    if former is None:
        return None
    key = required_of(file.kind)[0]
    now = set(table.frame[key].unique().tolist())
    try:
        then = set(read_list(former).frame[key].unique().tolist())
    except CollectError:
        return None
    new, gone = sorted(now - then), sorted(then - now)
    return Difference(len(new), len(gone), tuple(new[:SHOWN_CHANGES]), tuple(gone[:SHOWN_CHANGES]))
