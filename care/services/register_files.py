"""Registers as files: read back from a spreadsheet, what they would change is shown, then done; and written.

A column or a cell that is not there leaves what is recorded as it is. The rows read travel in the page between the
preview and the confirmation, and go through the same checks again.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

from care.domain.durations import minutes_of, written
from care.domain.node_names import folded
from care.services.errors import Invalid, Refused
from care.services.table_files import TableFile, TableLine, read_table
from reports.spreadsheets import Cell, Sheet, csv_bytes, xlsx_bytes
from scanners.model import Lang, Text

MAX_ROWS = 500
"""A register that holds more is several: our choice."""
MAX_FAULTS = 30
_NAMELESS = "tableau"
_YES = frozenset({"oui", "yes", "o", "y", "true", "vrai", "1", "x"})
_NO = frozenset({"non", "no", "n", "false", "faux", "0"})
_UNKNOWN = frozenset({"?", "inconnu", "unknown", "non renseigne", "not known", "nr", "ne sait pas"})
_NUMBER_COLUMN = Text("N°", "No.")
_ENDED_COLUMN = Text("Clôturé le", "Closed on")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y")
_DURATION = re.compile(r"(\d{1,5})\s*(j|jours?|d|days?|mois|months?|ans?|years?)?")
_YEAR = 365
_UNITS = {
    **dict.fromkeys(("mois", "month", "months"), _YEAR / 12),
    **dict.fromkeys(("an", "ans", "year", "years"), _YEAR),
}
_BETWEEN_NAMES = re.compile(r"[\s,;|]+")


class Kind(StrEnum):
    """How the cells of a column are written."""

    TEXT = "text"
    DAY = "day"
    YES_NO = "yes_no"
    COUNT = "count"
    DURATION = "duration"
    """In days: 400, 13 mois, 1 an."""
    NAMES = "names"
    """Several in one cell."""
    CHOICE = "choice"
    """One of the `choices` of its column."""
    DEGREES = "degrees"
    SPAN = "span"
    """In minutes: 4 h, 30 min, 2 j."""
    READ = "read"
    """Written to be read by people; never read back."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column, named as the field of the draft. `also` are other headings by which it is known.

    `choices` are the values of a choice with their words, `synonyms` other words for them, folded. `otherwise` is said
    of a word that is none of them, instead of all the choices.
    """

    name: str
    title: Text
    kind: Kind = Kind.TEXT
    also: tuple[str, ...] = ()
    choices: Mapping[Any, Text] = field(default_factory=dict)
    synonyms: Mapping[str, Any] = field(default_factory=dict)
    otherwise: Text | None = None


D = TypeVar("D")


@dataclass(frozen=True)
class RegisterSort(Generic[D]):
    """What a register is: its columns, which of them a file must have, how a draft is checked and told apart.

    `numbered`: its lines carry the number of their row, and the day it ended. It holds `most` lines.
    """

    columns: tuple[Column, ...]
    needed: tuple[str, ...]
    empty: D
    cleaned: Callable[[D, date], D]
    called: Callable[[D], str]
    key: Callable[[D], tuple[str, ...]]
    numbered: bool = True
    most: int = MAX_ROWS


class Fate(StrEnum):
    """What an import does to a line of the register."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """A field before and after, as they are read; "" is not known."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RegisterLine(Generic[D]):
    """A line of the file: what it is called, what it does, to which row (None: a new one)."""

    number: int
    name: str
    fate: Fate
    draft: D
    row_id: int | None
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class RegisterPreview(Generic[D]):
    """What an import would do. With `faults` nothing can be done. `seen` stands for the register as it was read,
    `carried` for the file, called `file`. `left` are the sheets of a workbook that were not read: `sheet` was."""

    lines: tuple[RegisterLine[D], ...]
    faults: tuple[str, ...]
    ignored: tuple[str, ...]
    untouched: int
    seen: str
    carried: str
    file: str = ""
    sheet: str = ""
    left: tuple[str, ...] = ()

    def count(self, fate: Fate) -> int:
        """How many lines meet that fate."""
        return sum(line.fate is fate for line in self.lines)

    @property
    def useful(self) -> bool:
        """Whether the import may be done and changes something."""
        return not self.faults and any(line.fate is not Fate.SAME for line in self.lines)


@dataclass(frozen=True, slots=True)
class Known(Generic[D]):
    """A row of the register, at its version. One that is over is found by its number alone."""

    id: int
    version: int
    draft: D
    over: bool = False


def preview(
    sort: RegisterSort[D], known: Sequence[Known[D]], table: TableFile, day: date, lang: str
) -> RegisterPreview[D]:
    """What a file would do to the rows known. Invalid (`file`) when it is no such file."""
    columns = _columns(sort, table)
    faults: list[Text] = []
    lines: list[RegisterLine[D]] = []
    left = _Left(sort, known)
    seen: dict[tuple[str, ...], int] = {}
    for line in table.lines:
        cells = {name: cell for name, cell in zip(columns, line.cells, strict=True) if name and cell}
        try:
            lines.append(_read(sort, line.number, cells, left, day, lang))
        except Invalid as wrong:
            faults += [_at(sort, line.number, name, said) for name, said in wrong.fields.items()]
            continue
        key = sort.key(lines[-1].draft)
        if key in seen and lines[-1].fate is Fate.NEW:
            faults.append(
                Text(
                    f"Ligne {line.number} : la même que la ligne {seen[key]}.",
                    f"Line {line.number}: the same as line {seen[key]}.",
                )
            )
        seen.setdefault(key, line.number)
    told = {folded(_ENDED_COLUMN.fr), folded(_ENDED_COLUMN.en)}
    unknown = (head for head, name in zip(table.headings, columns, strict=True) if head and not name)
    ignored = tuple(head for head in unknown if folded(head) not in told)
    return RegisterPreview(
        tuple(lines),
        tuple(one.render(lang) for one in _bounded(faults)),
        ignored,
        sum(not one.over for one in left.rows.values()),
        _fingerprint(known),
        _carry(table),
        table.name,
        table.sheet,
        table.left,
    )


def check_applicable(done: RegisterPreview[D], seen: str) -> None:
    """Refused when the file has faults, or when the register changed since its preview."""
    if done.faults:
        raise Refused(Text("Ce fichier a des erreurs : corrigez-les d’abord.", "This file has errors: correct them."))
    if done.seen != seen:
        raise Refused(
            Text(
                "Le registre a changé depuis cet aperçu : en voici un nouveau, relisez-le avant de confirmer.",
                "The register changed since this preview: here is a new one, read it again before confirming.",
            )
        )


def carried_table(carried: str, most: int = MAX_ROWS) -> TableFile:
    """The file that a page carried. Invalid (`file`) when it is none."""
    wrong = Text(
        "Cet aperçu ne se lit plus : envoyez le fichier à nouveau.", "This preview cannot be read: send again."
    )
    try:
        kept = json.loads(carried)
        headings = tuple(str(one) for one in kept["headings"])
        lines = tuple(TableLine(int(number), tuple(str(cell) for cell in cells)) for number, cells in kept["lines"])
        line, name = int(kept.get("line", 1)), str(kept.get("name", ""))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Invalid({"file": wrong}) from error
    if len(lines) > most or any(len(line.cells) != len(headings) for line in lines):
        raise Invalid({"file": wrong})
    return TableFile(headings, lines, line, name)


def sent_table(content: bytes, most: int = MAX_ROWS, name: str = _NAMELESS) -> TableFile:
    """A file sent, called `name` in messages. Invalid (`file`) when it is none, or holds too many lines."""
    table = read_table(content, name, most)
    if not table.lines:
        raise Invalid({"file": Text("Ce fichier n’a que des titres de colonnes.", "This file holds headings alone.")})
    return table


def register_csv(sort: RegisterSort[D], rows: Iterable[tuple[int, D, date | None]], lang: str) -> bytes:
    """Rows (number, draft, the day it was closed) as CSV, that can be read again."""
    return csv_bytes(_header(sort, lang), [_line(sort, one, lang) for one in rows])


def register_xlsx(sort: RegisterSort[D], rows: Iterable[tuple[int, D, date | None]], title: str, lang: str) -> bytes:
    """The same as a workbook."""
    return xlsx_bytes([Sheet(title, _header(sort, lang), [_line(sort, one, lang) for one in rows])], title)


def _header(sort: RegisterSort[D], lang: str) -> list[str]:
    titles = [column.title for column in sort.columns]
    return [one.render(lang) for one in ((_NUMBER_COLUMN, *titles, _ENDED_COLUMN) if sort.numbered else titles)]


def _line(sort: RegisterSort[D], row: tuple[int, D, date | None], lang: str) -> list[Cell]:
    number, draft, ended_on = row
    cells = [_written(column, getattr(draft, column.name), lang) for column in sort.columns]
    return [number, *cells, ended_on] if sort.numbered else cells


def _written(column: Column, value: Any, lang: Lang) -> Cell:  # noqa: ANN401 - a field of a draft
    """A value as its column writes it."""
    if column.kind is Kind.CHOICE and value is not None:
        return column.choices[value].render(lang)
    if column.kind is Kind.SPAN and value is not None:
        return written(value, lang)
    return _cell(value, lang)


def _cell(value: Any, lang: str) -> Cell:  # noqa: ANN401 - a field of a draft
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return (Text("oui", "yes") if value else Text("non", "no")).render(lang)
    return cast(Cell, value)


def shown(value: object, lang: str) -> str:
    """A value as a list of differences writes it; "" when it is not known."""
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}" if lang == "fr" else value.isoformat()
    cell = _cell(value, lang)
    return "" if cell is None else str(cell)


def _columns(sort: RegisterSort[D], table: TableFile) -> list[str]:
    """The field of each column, "id" for the number, "" for those nobody knows. Invalid (`file`) when two say the same:
    nobody could tell which one holds."""
    found: list[str] = []
    for heading in table.headings:
        name = _field(sort, folded(heading))
        if name and name in found:
            raise Invalid({"file": _twice(table, table.headings[found.index(name)], heading)})
        found.append(name)
    if not set(sort.needed) <= set(found):
        titles = [column.title for column in sort.columns if column.name in sort.needed]
        fr, en = " » et « ".join(one.fr for one in titles), "” and “".join(one.en for one in titles)
        raise Invalid(
            {
                "file": Text(
                    f"La première ligne doit nommer au moins « {fr} ». Partez du fichier exporté d’ici.",
                    f"The first line must name at least “{en}”. Start from the file exported here.",
                )
            }
        )
    return found


def _twice(table: TableFile, first: str, second: str) -> Text:
    return Text(
        f"Le fichier {table.name} est refusé : ligne {table.line} : « {first[:60]} » et « {second[:60]} » disent la "
        "même chose, retirez-en une. Rien n’en a été repris.",
        f"The file {table.name} is refused: line {table.line}: “{first[:60]}” and “{second[:60]}” say the same, remove "
        "one. Nothing of it was taken.",
    )


def _field(sort: RegisterSort[D], heading: str) -> str:
    if sort.numbered and heading in {folded(_NUMBER_COLUMN.fr), folded(_NUMBER_COLUMN.en), "id", "numero"}:
        return "id"
    for column in sort.columns:
        if heading in {column.name, folded(column.title.fr), folded(column.title.en), *column.also}:
            return column.name
    return ""


def _read(
    sort: RegisterSort[D], number: int, cells: Mapping[str, str], left: _Left[D], day: date, lang: str
) -> RegisterLine[D]:
    values = _values(sort, cells)
    row = left.match(sort, cells.get("id", ""), values)
    before = row.draft if row else sort.empty
    draft = sort.cleaned(replace(cast(Any, before), **values), day)
    names = [item.name for item in fields(cast(Any, draft)) if getattr(before, item.name) != getattr(draft, item.name)]
    if row is None:
        return RegisterLine(number, sort.called(draft), Fate.NEW, draft, None, ())
    del left.rows[row.id]
    columns = {column.name: column for column in sort.columns}
    changes = tuple(
        Difference(
            one.title.render(lang),
            shown(_written(one, getattr(before, name), lang), lang),
            shown(_written(one, getattr(draft, name), lang), lang),
        )
        for name in names
        if (one := columns.get(name)) is not None
    )
    return RegisterLine(number, sort.called(draft), Fate.CHANGED if changes else Fate.SAME, draft, row.id, changes)


class _Left(Generic[D]):
    """The rows that no line of the file spoke of yet, by number and by what tells them apart."""

    def __init__(self, sort: RegisterSort[D], known: Sequence[Known[D]]) -> None:
        self.rows = {one.id: one for one in known}
        self._by_key: dict[tuple[str, ...], list[int]] = {}
        for one in known:
            if not one.over:
                self._by_key.setdefault(sort.key(one.draft), []).append(one.id)

    def match(self, sort: RegisterSort[D], number: str, values: Mapping[str, Any]) -> Known[D] | None:
        """The row a line speaks of: by its number, else by what tells rows apart."""
        if number.isascii() and number.isdecimal() and len(number) < 15 and int(number) in self.rows:
            return self.rows[int(number)]
        key = sort.key(replace(cast(Any, sort.empty), **values))
        return next((self.rows[one] for one in self._by_key.get(key, ()) if one in self.rows), None)


def _values(sort: RegisterSort[D], cells: Mapping[str, str]) -> dict[str, Any]:
    """The cells that say something, read. Invalid names those that are badly written."""
    found: dict[str, Any] = {}
    faults: dict[str, Text] = {}
    for column in sort.columns:
        cell = cells.get(column.name, "")
        if not cell or column.kind is Kind.READ:
            continue
        try:
            found[column.name] = _chosen(column, cell) if column.kind is Kind.CHOICE else _READERS[column.kind](cell)
        except ValueError:
            faults[column.name] = _expected(column) if column.kind is Kind.CHOICE else _WRONG[column.kind]
    if faults:
        raise Invalid(faults)
    return found


def _day(cell: str) -> date:
    for form in _DAYS:
        try:
            day = datetime.strptime(cell[:10], form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 1970 <= day.year <= 2100:
            return day
    raise ValueError(cell)


def _yes_no(cell: str) -> bool | None:
    word = folded(cell)
    if word in _UNKNOWN:
        return None
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise ValueError(cell)


def _count(cell: str) -> int:
    if not cell.isascii() or not cell.isdecimal() or len(cell) > 6:
        raise ValueError(cell)
    return int(cell)


def _duration(cell: str) -> int | None:
    """Days: a month counts for a twelfth of a year."""
    if folded(cell) in _UNKNOWN:
        return None
    match = _DURATION.fullmatch(folded(cell))
    if match is None:
        raise ValueError(cell)
    return round(int(match[1]) * _UNITS.get(match[2] or "", 1))


def names_in(cell: str) -> tuple[str, ...]:
    """The names of a cell, apart by blanks, commas, semicolons or bars, each once."""
    if folded(cell) in _UNKNOWN:
        return ()
    return tuple(dict.fromkeys(one for one in _BETWEEN_NAMES.split(cell) if one))


def _chosen(column: Column, cell: str) -> Any:  # noqa: ANN401 - the values of the column
    word = folded(cell)
    if word in _UNKNOWN:
        return None
    for value, text in column.choices.items():
        if word in {str(value), folded(text.fr), folded(text.en)}:
            return value
    if word in column.synonyms:
        return column.synonyms[word]
    raise ValueError(cell)


def _span(cell: str) -> int | None:
    return None if folded(cell) in _UNKNOWN else minutes_of(cell)


def _expected(column: Column) -> Text:
    if column.otherwise is not None:
        return column.otherwise
    fr = " », « ".join(one.fr for one in column.choices.values())
    en = "”, “".join(one.en for one in column.choices.values())
    return Text(f"un de ces mots est attendu : « {fr} »", f"one of these words is expected: “{en}”")


def _degrees(cell: str) -> float:
    typed = float(cell.replace(",", ".").replace("−", "-").rstrip("° "))
    if not math.isfinite(typed):
        raise ValueError(cell)
    return typed


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.TEXT: str,
    Kind.DAY: _day,
    Kind.YES_NO: _yes_no,
    Kind.COUNT: _count,
    Kind.DURATION: _duration,
    Kind.NAMES: names_in,
    Kind.DEGREES: _degrees,
    Kind.SPAN: _span,
}
_WRONG: Mapping[Kind, Text] = {
    Kind.TEXT: Text("texte illisible", "unreadable text"),
    Kind.DAY: Text("une date est attendue (JJ/MM/AAAA)", "a date is expected (2026-03-01)"),
    Kind.YES_NO: Text("« oui », « non » ou « ? » est attendu", "“yes”, “no” or “?” is expected"),
    Kind.COUNT: Text("un nombre entier est attendu", "a whole number is expected"),
    Kind.DURATION: Text(
        "une durée est attendue, comme « 400 jours » ou « 13 mois »", "a duration is expected, like “13 months”"
    ),
    Kind.NAMES: Text("liste illisible", "unreadable list"),
    Kind.DEGREES: Text("un nombre de degrés est attendu, comme 48,1173", "degrees are expected, like 48.1173"),
    Kind.SPAN: Text(
        "une durée est attendue, comme « 4 h », « 30 min » ou « 2 j »", "a duration is expected, like “4 h” or “2 d”"
    ),
}


def _at(sort: RegisterSort[D], number: int, name: str, said: Text) -> Text:
    title = next((column.title for column in sort.columns if column.name == name), Text(name, name))
    return Text(
        f"Ligne {number}, colonne « {title.fr} » : {said.fr.rstrip('.')}.",
        f"Line {number}, column “{title.en}”: {said.en.rstrip('.')}.",
    )


def _bounded(faults: Sequence[Text]) -> list[Text]:
    rest = len(faults) - MAX_FAULTS
    return [
        *faults[:MAX_FAULTS],
        *([Text(f"Et {rest} autres erreurs.", f"And {rest} more errors.")] if rest > 0 else []),
    ]


def _carry(table: TableFile) -> str:
    kept = {
        "headings": table.headings,
        "lines": [(line.number, line.cells) for line in table.lines],
        "line": table.line,
        "name": table.name,
    }
    return json.dumps(kept, ensure_ascii=False)


def _fingerprint(known: Iterable[Known[D]]) -> str:
    seen = ";".join(f"{one.id}:{one.version}" for one in sorted(known, key=lambda one: one.id))
    return hashlib.sha256(seen.encode()).hexdigest()[:32]
