"""One list read whole or refused: CSV, XLSX or JSON, in blocks, as compact columns.

The separator, the encoding, the sheet and the line of the header are found. What makes the whole file doubtful (no
column to go by, a header twice, a broken line) is refused with file and line; a value that cannot be understood is
counted, with its first line. Cells are data: a formula is never run and never kept as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from scanners.errors import CollectError
from scanners.lists.columns import COLUMN_NAMES, COLUMNS, HOUR, UNIQUE, Column, required_of
from scanners.lists.dates import DAY_SECONDS, UNREAD, Proof, decide, proof_of, read_moment
from scanners.lists.errors import refused, refused_at
from scanners.lists.kinds import ListKind
from scanners.lists.layout import HEAD_DEPTH, HEAD_LINES, Layout, Line, find_layout
from scanners.lists.read_file import Way, same_sheets, says_something, ways_of
from scanners.lists.read_json import is_json, read_objects
from scanners.lists.words import NEVER, NO, NOTHING, UNKNOWN, YES, domain_of, neutral, number, short_name, size, truth
from scanners.model import Text

MAX_LINES = 2_000_000
MAX_FAULTS = 1_000
"""Values not understood that are kept one by one; all are counted."""
MAX_AGE = timedelta(days=90)
"""A list brought longer ago says nothing of today. Our choice."""
_BLOCK_LINES = 10_000
_SHOWN = 60
_REMARK_HEADERS = 3
DOMAIN = "domain"
"""Of a list of machines without that column, what their names say of it (`pc-1.hopital.test`) is in the frame."""


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list to read. `name` is what messages call it, `path` where it is.

    `mapping` gives, for each of our columns, the header it bears in this file; empty: headers are recognised.
    `brought_on` is the day the list was made or brought: nothing of it can have been seen after. `zone` is that of
    moments that name none. `origin` is what people call the tool it comes from, where several lists of a kind count.
    """

    kind: ListKind
    name: str
    path: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    brought_on: date | None = None
    zone: str = "Europe/Paris"
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that was not understood, shortened."""

    line: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file turned out to be: its header, and its encoding and separator, or its sheet; JSON has none of them.
    `left` are the other sheets that hold something: nothing of them is read."""

    layout: Layout
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    left: tuple[str, ...] = ()


@dataclass
class Table:
    """A list read: one row per line kept, indexed by line number, the columns found, what could not be understood.

    `lines` counts the lines that are not blank, `duplicates` those left out because they name again what an earlier
    one does (`columns.UNIQUE`). Days are int32 since 1970 (UTC), moments int64 seconds, `NEVER` when there is none;
    yes or no are int8 (`YES`, `NO`, `UNKNOWN`). `unread` tells, for each column, how many values were not understood
    and the line of the first; `doubtful` the same of dates read day first although the file does not prove it.
    """

    frame: pd.DataFrame
    columns: tuple[str, ...]
    shape: Shape
    lines: int = 0
    duplicates: int = 0
    unread: dict[str, tuple[int, int]] = field(default_factory=dict)
    doubtful: dict[str, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_list(file: ListFile) -> Table:
    """The lines of a list. CollectError says what to correct, with the file and the line; nothing is then kept."""
    found = _best(file)
    _check_layout(file, found)
    columns = tuple(name for name in found.shape.layout.places if not name.endswith(HOUR))
    table = Table(pd.DataFrame(), columns, found.shape)
    none = pd.DataFrame({name: pd.Series(dtype=str) for name in table.columns})
    blocks = [_compact(block, file, table) for block in _blocks(file, found, table)]
    frame = _whole(_with_dates(pd.concat(blocks or [_compact(none, file, table)]), file, table), file.kind)
    unique = UNIQUE.get(file.kind)
    table.frame = frame.drop_duplicates(unique) if unique in table.columns else frame
    table.duplicates = len(frame) - len(table.frame)
    return table


def look(file: ListFile) -> Shape:
    """What a file turns out to be, whether its header is complete or not: for a person who has to name its columns."""
    found = _best(file)
    if not found.shape.layout.headers and found.broken is not None:
        raise found.broken
    return found.shape


# ---------------------------------------------------------------- the header


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to read a file, with the header found; `broken` is why its first lines end early."""

    shape: Shape
    way: Way
    broken: CollectError | None = None


def _best(file: ListFile) -> _Way:
    """The way to read the file that finds the best header."""
    found = [_with_header(one, file) for one in _ways(Path(file.path), file.name)]
    best = max(found, key=lambda one: one.shape.layout.rank)
    _check_alone(best, found, file)
    left = (one.shape.sheet for one in found if one is not best and any(one.shape.layout.headers))
    return replace(best, shape=replace(best.shape, left=tuple(left))) if best.shape.sheet else best


def _check_alone(best: _Way, found: Sequence[_Way], file: ListFile) -> None:
    """Of two sheets that hold the same list, by their headers or by those of our columns that they name, one would be
    left out."""
    if not best.shape.sheet or not best.shape.layout.complete:
        return
    names = {*best.shape.layout.headers, ""}
    said = set(best.shape.layout.places)
    same = [
        one.shape.sheet
        for one in found
        if {*one.shape.layout.headers, ""} == names
        or (one.shape.layout.complete and set(one.shape.layout.places) == said)
    ]
    if len(same) > 1:
        raise same_sheets(file.name, same)


def _ways(path: Path, name: str) -> Sequence[Way]:
    """The ways to read a list: a register is never JSON, so that only lists are."""
    return (Way(partial(read_objects, path, name)),) if is_json(path) else ways_of(path, name)


def _with_header(way: Way, file: ListFile) -> _Way:
    head: list[Line] = []
    broken = None
    lines = (line for line in islice(way.lines(), HEAD_DEPTH) if says_something(line[1]))
    try:
        head.extend(islice(lines, HEAD_LINES))
    except CollectError as error:
        broken = error  # told if nothing can be made of the lines above
    layout = find_layout(head, file.kind, file.mapping)
    return _Way(Shape(layout, way.encoding, way.separator, way.sheet), way, broken)


def _check_layout(file: ListFile, found: _Way) -> None:
    layout = found.shape.layout
    if layout.complete:
        found.way.check(layout.line)
        return
    if found.broken is not None:
        raise found.broken
    if layout.twice:
        twice = f"“{layout.twice[0]}”, “{layout.twice[1]}”"
        raise refused_at(
            file.name,
            layout.line,
            f"deux colonnes disent la même chose ({twice}), retirez-en une ou dites laquelle prendre",
            f"two columns say the same ({twice}), remove one or say which to take",
        )
    if layout.lost:
        lost = ", ".join(layout.lost)
        raise refused_at(
            file.name,
            layout.line,
            f"un en-tête choisi n’y est pas, ou y est deux fois ({lost}) ; choisissez de nouveau les colonnes",
            f"a chosen header is not there, or is there twice ({lost}); choose the columns again",
        )
    raise _no_header(file, found.shape)


def _no_header(file: ListFile, shape: Shape) -> CollectError:
    layout, columns = shape.layout, COLUMNS[file.kind]
    wanted = ", ".join(" / ".join(columns[column].headers[:3]) for column in layout.missing)
    if len(layout.headers) <= 1 and shape.separator:
        return refused_at(
            file.name,
            layout.line,
            f"une seule colonne ; séparez-les par « ; », « , », une tabulation ou « | » ; il manque : {wanted}",
            f"a single column; separate them by “;”, “,”, a tab or “|”; missing: {wanted}",
        )
    headers = ", ".join(cell for cell in layout.headers if cell.strip())[:200]
    return refused_at(
        file.name,
        layout.line,
        f"aucun en-tête attendu parmi « {headers} » ; il manque : {wanted}",
        f"no expected header among “{headers}”; missing: {wanted}",
    )


# ---------------------------------------------------------------- the lines


def _blocks(file: ListFile, found: _Way, table: Table) -> Iterator[pd.DataFrame]:
    """The lines below the header, as text by blocks indexed by line number, blank ones left out."""
    layout = found.shape.layout
    wanted, lines, key = list(layout.places.values()), _below(found, file), required_of(file.kind)[0]
    while block := list(islice(lines, _BLOCK_LINES)):
        table.lines += len(block)
        if table.lines > MAX_LINES:
            raise refused(file.name, f"plus de {MAX_LINES} lignes", f"more than {MAX_LINES} lines")
        kept = [line for line in block if _is_row(line, found.shape, key, table)]
        cells = [[row[place] if place < len(row) else "" for place in wanted] for _line, row in kept]
        frame = pd.DataFrame(cells, index=[line for line, _row in kept], columns=list(layout.places), dtype=str)
        yield _joined(frame)


def _joined(block: pd.DataFrame) -> pd.DataFrame:
    """One block, the hours that stand in a column of their own written after their day."""
    for hour in [name for name in map(str, block) if name.endswith(HOUR)]:
        name = hour.removesuffix(HOUR)
        block[name] = (block[name].str.strip() + " " + block.pop(hour).str.strip()).str.strip()
    return block


def _below(found: _Way, file: ListFile) -> Iterator[Line]:
    """The lines below the header. One with more cells is refused: its values would be read under wrong columns."""
    layout = found.shape.layout
    width = len(layout.headers)
    for line, cells in found.way.lines():
        if line > 2 * MAX_LINES:
            raise refused_at(file.name, line, "trop de lignes, même vides", "too many lines, even blank")
        if line <= layout.line or not says_something(cells):
            continue
        if says_something(cells[width:]):
            raise refused_at(
                file.name,
                line,
                "plus de cellules que d’en-têtes, vérifiez le séparateur et les guillemets",
                "more cells than headers, check the separator and the quotes",
            )
        yield line, cells


def _is_row(line: Line, shape: Shape, key: str, table: Table) -> bool:
    """Whether a line is one of the list: in a CSV, a lone cell below many headers is a total or a remark, and told."""
    place, cells = line
    if not shape.separator or len(cells) > 1 or len(shape.layout.headers) < _REMARK_HEADERS:
        return True
    _count(table, key, [place], [cells[0]])
    return False


def _compact(block: pd.DataFrame, file: ListFile, table: Table) -> pd.DataFrame:
    """One block as compact columns; dates stay as they can be read until the whole column is known."""
    compact = pd.DataFrame(index=block.index)
    for name in table.columns:
        column, raw = COLUMNS[file.kind][name], block[name]
        if column.type in ("date", "moment"):
            parts = _dates(raw, _zone(column, file))
            for suffix, values in zip(_PARTS, parts, strict=True):
                compact[name + suffix] = values
            missing = parts[0] == UNREAD if not column.filled else parts[0] < 0
            missing &= parts[1] < 0
        else:
            compact[name] = _convert(raw, column)
            missing = _missing(raw, compact[name], column)
        if missing.any():
            _count(table, name, block.index.to_numpy()[missing].tolist(), raw.to_numpy()[missing].tolist())
    if DOMAIN in COLUMNS[file.kind] and DOMAIN not in table.columns:
        raw = block["name"]
        compact[DOMAIN] = raw.map({value: domain_of(value) for value in raw.unique()})
    return compact


def _convert(raw: pd.Series[str], column: Column) -> pd.Series[Any]:
    """A column in its type; each distinct value is looked at once."""
    values = raw.unique()
    if column.type == "name":
        return raw.map({value: short_name(value) for value in values})
    if column.type == "text":
        return raw.map({value: neutral(value) for value in values})
    if column.type in ("number", "size"):
        read = number if column.type == "number" else size
        return raw.map({value: read(value) for value in values}).astype("int64")
    more = {**dict.fromkeys(column.yes, YES), **dict.fromkeys(column.no, NO)}
    return raw.map({value: truth(value, more) for value in values}).astype("int8")


def _missing(raw: pd.Series[str], read: pd.Series[Any], column: Column) -> npt.NDArray[np.bool_]:
    """The values that say something we did not understand, and the empty ones of a required column."""
    empty: tuple[str | int, ...] = ("",) if column.type in ("name", "text") else (NEVER, UNKNOWN)
    missing = read.isin(empty)
    if not column.filled:
        silent = column.type == "text"  # what is left of a text when its formula goes is no fault
        missing &= ~raw.str.strip().str.casefold().isin(NOTHING) & (not silent)
    return missing.to_numpy(dtype=np.bool_)


def _count(table: Table, name: str, lines: Sequence[int], values: Sequence[str]) -> None:
    """Remember values that were not understood, and their lines."""
    count, first = table.unread.get(name, (0, lines[0]))
    table.unread[name] = (count + len(lines), min(first, lines[0]))
    room = max(MAX_FAULTS - len(table.faults), 0)
    told = islice(zip(lines, values, strict=True), room)
    table.faults += [Fault(line, name, neutral(value)[:_SHOWN]) for line, value in told]


def _whole(frame: pd.DataFrame, kind: ListKind) -> pd.DataFrame:
    """The lines that have all that the list cannot do without; the others were counted."""
    for name, column in COLUMNS[kind].items():
        if column.filled and name in frame:
            frame = frame[frame[name] != (NEVER if column.type in ("date", "moment", "number", "size") else "")]
    return frame


# ---------------------------------------------------------------- dates

_PARTS = (" day first", " month first", " proof")
"""A column of dates is three until its order is known; no column of ours has a space in its name."""


def _zone(column: Column, file: ListFile) -> tzinfo:
    """Days stay those that are written; moments without a time zone are on the wall clock of the establishment."""
    return UTC if column.type == "date" else ZoneInfo(file.zone)


def _dates(raw: pd.Series[str], zone: tzinfo) -> list[npt.NDArray[Any]]:
    read = {value: read_moment(value, zone) for value in raw.unique()}
    written = [read[value] for value in raw]
    types = (np.int64, np.int64, np.int8)
    return [np.array([one[place] for one in written], dtype) for place, dtype in enumerate(types)]


def _with_dates(frame: pd.DataFrame, file: ListFile, table: Table) -> pd.DataFrame:
    """The table with the dates of each column read in the order of the whole column, else of the whole list."""
    columns = {name: COLUMNS[file.kind][name] for name in table.columns}
    dates = {name: one for name, one in columns.items() if one.type in ("date", "moment")}
    parts = {name: tuple(frame.pop(name + suffix).to_numpy() for suffix in _PARTS) for name in dates}
    proofs = {name: _proved(parts[name], _latest(column, file)) for name, column in dates.items()}
    usual = Proof(any(one.day for one in proofs.values()), any(one.month for one in proofs.values()))
    lines = frame.index.to_numpy()
    for name, column in dates.items():
        by_day, by_month, proof = parts[name]
        own = proofs[name] if any(proofs[name]) or all(usual) else usual
        read = decide(by_day, by_month, proof, own)
        late = np.flatnonzero(read.unread & ((by_day >= 0) | (by_month >= 0)))
        if len(late):
            told = [_as_written(int(by_day[row]), int(by_month[row])) for row in late.tolist()[:MAX_FAULTS]]
            _count(table, name, lines[late].tolist(), told + [""] * (len(late) - len(told)))
        if read.doubtful.any():
            table.doubtful[name] = (int(read.doubtful.sum()), int(lines[read.doubtful.argmax()]))
        frame[name] = _typed(read.seconds, column)
    return frame[[*table.columns, *(name for name in frame if name == DOMAIN and name not in table.columns)]]


def _proved(parts: tuple[npt.NDArray[Any], ...], latest: int | None) -> Proof:
    by_day, by_month, proof = parts
    return proof_of(by_day, by_month, proof, latest)


def _latest(column: Column, file: ListFile) -> int | None:
    """The end of the day after the list was made, for dates that cannot be later."""
    if not column.past or file.brought_on is None:
        return None
    midnight = datetime(file.brought_on.year, file.brought_on.month, file.brought_on.day, tzinfo=UTC)
    return int((midnight + timedelta(days=2)).timestamp())


def _as_written(by_day: int, by_month: int) -> str:
    """A date refused for its order, about as the list writes it."""
    if by_day >= 0:
        return datetime.fromtimestamp(by_day, UTC).strftime("%d/%m/%Y")
    return datetime.fromtimestamp(by_month, UTC).strftime("%m/%d/%Y")


def _typed(seconds: npt.NDArray[np.int64], column: Column) -> npt.NDArray[Any]:
    if column.type == "moment":
        return seconds
    return np.where(seconds == NEVER, NEVER, seconds // DAY_SECONDS).astype(np.int32)


# ---------------------------------------------------------------- what to tell


def told(name: str, table: Table) -> Iterator[Text]:
    """What was not understood of a list called `name`, a sentence for each column."""
    for column in table.columns:
        fr, en = COLUMN_NAMES[column].fr, COLUMN_NAMES[column].en
        if column in table.unread:
            count, line = table.unread[column]
            yield Text(
                f"{name}, ligne {line} : {count} valeur(s) de la colonne « {fr} » non comprises, corrigez-les.",
                f"{name}, line {line}: {count} value(s) of column “{en}” not understood, correct them.",
            )
        if column in table.doubtful:
            count, line = table.doubtful[column]
            yield Text(
                f"{name}, ligne {line} : rien ne dit si {count} date(s) de la colonne « {fr} » ont le jour ou le mois "
                "en premier ; lues jour d’abord, exportez-les en AAAA-MM-JJ.",
                f"{name}, line {line}: nothing tells whether {count} date(s) of column “{en}” have the day or the "
                "month first; read day first, export them as YYYY-MM-DD.",
            )


def too_old(file: ListFile, today: date) -> Text | None:
    """The sentence about a list that is too old to conclude from; None when it is not, or nobody knows."""
    if file.brought_on is None or today - file.brought_on <= MAX_AGE:
        return None
    day = file.brought_on
    return Text(
        f"{file.name} date du {day:%d/%m/%Y}, plus de {MAX_AGE.days} jours ; apportez-en une récente.",
        f"{file.name} is of {day:%Y-%m-%d}, more than {MAX_AGE.days} days ago; bring a recent one.",
    )
