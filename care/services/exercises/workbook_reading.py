"""A workbook of the chronogram read back: its faults by sheet, row and column, or the stimuli that it makes.

It may come from anybody: sizes are bounded before anything is unpacked, formulas are never computed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any

from openpyxl.workbook import Workbook

from care.domain.node_names import folded
from care.services.errors import Invalid
from care.services.exercises.editing import Written
from care.services.exercises.workbook_columns import (
    REACTION_COLUMNS,
    REACTIONS,
    STIMULI,
    STIMULUS_COLUMNS,
    TOLD,
    MisreadError,
    Words,
    cell_of,
    value_of,
)
from care.services.typed_texts import lines_of
from care.services.workbooks import cell_text, opened
from care.services.workbooks import lines_of as workbook_lines
from exercises.kit import MAX_STIMULI
from exercises.kit_check import Fault
from reports.spreadsheets import sound
from scanners.model import Text

MAX_REACTIONS = 10 * MAX_STIMULI
MAX_COLUMNS = 40
MAX_FAULTS = 50
_PATH = re.compile(r"stimuli\[(\d+)\](?:\.(\w+))?(?:\[(\d+)\])?(?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its number there, its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass
class Sheet:
    """A sheet as read: its rows, the headings nobody knows."""

    name: Text
    rows: list[Row]
    missing: list[Text]
    ignored: list[str]


@dataclass
class Reading:
    """What a workbook says: stimuli as a kit writes them with the rows they come from, or faults."""

    stimuli: list[dict[str, Any]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    reaction_rows: list[list[int]] = field(default_factory=list)
    faults: list[Text] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def blame(self, sheet: Text, row: int, column: Text, reason: Text) -> None:
        """Note a fault: sheet, row, column, reason."""
        self.faults.append(
            Text(
                f"Feuille « {sheet.fr} », ligne {row}, colonne « {column.fr} » : {reason.fr}.",
                f"Sheet “{sheet.en}”, row {row}, column “{column.en}”: {reason.en}.",
            )
        )


def read_workbook(content: bytes, kit: Written, lang: str) -> Reading:
    """The stimuli of a workbook, compared with those of `kit`. Invalid (`file`) when it is no such workbook."""
    stimuli, reactions = _sheets(content)
    made = Reading(ignored=[*stimuli.ignored, *reactions.ignored])
    for sheet in (stimuli, reactions):
        for heading in sheet.missing:
            reason = Text("cette colonne manque", "this column is missing")
            made.blame(sheet.name, 1, heading, reason)
    if not made.faults:
        _read_stimuli(made, stimuli, kit, lang)
        _read_reactions(made, reactions, kit, lang)
    return made


def _sheets(content: bytes) -> tuple[Sheet, Sheet]:
    with opened(content) as book:
        return (
            _sheet(book, STIMULI, STIMULUS_COLUMNS, MAX_STIMULI),
            _sheet(book, REACTIONS, REACTION_COLUMNS, MAX_REACTIONS),
        )


def _sheet(book: Workbook, name: Text, columns: Mapping[str, Text], most: int) -> Sheet:
    """The sheet of that name, in either language; an empty one when there is none."""
    known = {folded(one.title): one for one in book.worksheets}
    sheet = known.get(folded(name.fr)) or known.get(folded(name.en))
    if sheet is None:
        return Sheet(name, [], [Text(f"(feuille « {name.fr} » absente)", f"(sheet “{name.en}” missing)")], [])
    lines = workbook_lines(sheet, MAX_COLUMNS)
    heads = [folded(cell_text(one)) for one in next(lines, ())]
    found = [_column(head, columns) for head in heads]
    missing = [heading for key, heading in columns.items() if key not in found and key not in TOLD]
    ignored = [head for head, key in zip(heads, found, strict=True) if head and not key]
    return Sheet(name, list(_rows(lines, found, most)), missing, ignored)


def _column(head: str, columns: Mapping[str, Text]) -> str:
    return next((key for key, one in columns.items() if head and head in {folded(one.fr), folded(one.en)}), "")


def _rows(lines: Iterator[Sequence[Any]], columns: Sequence[str], most: int) -> Iterator[Row]:
    """The rows that hold something; so many empty ones in a row end the sheet."""
    held, empty = 0, 0
    for number, line in enumerate(lines, start=2):
        cells = {key: cell_text(cell) for key, cell in zip(columns, line, strict=False) if key}
        if not any(cells.values()):
            empty += 1
            if empty > most:
                return
            continue
        held, empty = held + 1, 0
        if held > most:
            raise Invalid({"file": Text(f"Plus de {most} lignes dans une feuille.", f"More than {most} rows.")})
        yield Row(number, cells)


def _read_stimuli(made: Reading, sheet: Sheet, kit: Written, lang: str) -> None:
    known = {one["id"]: one for one in kit["stimuli"]}
    seen: dict[str, int] = {}
    reader = _CellReader(made, sheet.name, STIMULUS_COLUMNS, Words.of(kit, lang))
    for row in sheet.rows:
        key = row.cells["id"].strip().upper()
        if key in seen:
            reason = Text(f"« {key} » est déjà à la ligne {seen[key]}", f"“{key}” already stands in row {seen[key]}")
            made.blame(sheet.name, row.number, STIMULUS_COLUMNS["id"], reason)
            continue
        seen[key] = row.number
        names = [name for name in STIMULUS_COLUMNS if name not in TOLD]
        one = reader.read({**row.cells, "id": key}, row.number, names, known.get(key))
        made.stimuli.append({**one, "expects": []})
        made.rows.append(row.number)
        made.reaction_rows.append([])


def _read_reactions(made: Reading, sheet: Sheet, kit: Written, lang: str) -> None:
    places = {one["id"]: n for n, one in enumerate(made.stimuli)}
    known = {(one["id"], each["id"]): each for one in kit["stimuli"] for each in one["expects"]}
    letters: dict[str, set[str]] = defaultdict(set)
    for row in sheet.rows:
        letters[row.cells["stimulus"].upper()].add(row.cells["id"].lower())
    reader = _CellReader(made, sheet.name, REACTION_COLUMNS, Words.of(kit, lang))
    for row in sheet.rows:
        stimulus = row.cells["stimulus"].upper()
        place = places.get(stimulus)
        if place is None:
            reason = Text(f"« {stimulus} » n’est pas un stimulus de ce classeur", f"“{stimulus}” is no stimulus here")
            made.blame(sheet.name, row.number, REACTION_COLUMNS["stimulus"], reason)
            continue
        letter = row.cells["id"].lower() or _free(letters[stimulus])
        if not letter:
            reason = Text(f"plus de 26 réactions pour « {stimulus} »", f"more than 26 reactions to “{stimulus}”")
            made.blame(sheet.name, row.number, REACTION_COLUMNS["id"], reason)
            continue
        names = [name for name in REACTION_COLUMNS if name != "stimulus"]
        one = reader.read({**row.cells, "id": letter}, row.number, names, known.get((stimulus, letter)))
        made.stimuli[place]["expects"].append(one)
        made.reaction_rows[place].append(row.number)


def _free(taken: set[str]) -> str:
    """A letter that no reaction of that stimulus has; empty when all are taken."""
    letter = next((one for one in ascii_lowercase if one not in taken), "")
    taken.add(letter)
    return letter


@dataclass
class _CellReader:
    """Reads rows of one sheet; what cannot be understood is noted and stands as it was typed."""

    made: Reading
    sheet: Text
    columns: Mapping[str, Text]
    words: Words

    def read(
        self, cells: Mapping[str, str], number: int, names: Sequence[str], known: Written | None
    ) -> dict[str, Any]:
        """The values of a row; those of cells nobody changed are what the exercise holds."""
        return {name: self._value(name, cells.get(name, ""), number, known) for name in names}

    def _value(self, name: str, text: str, number: int, known: Written | None) -> Any:  # noqa: ANN401
        if known is not None and _same(text, cell_of(name, known, self.words)):
            return known[name]
        try:
            return value_of(name, lines_of(text), self.words)
        except MisreadError as misread:
            self.made.blame(self.sheet, number, self.columns[name], misread.text)
            return known[name] if known is not None else _HARMLESS.get(name, text)


_HARMLESS: Mapping[str, Any] = {"at": None, "to": [], "when": [], "attachments": [], "channel": "mail", "cell": None}


def _same(text: str, written: str | int | None) -> bool:
    """Whether a cell is as it was written; `x005F_` is what spreadsheets add before what looks like one of their
    codes, and what the library takes away wherever it stands."""
    before = "" if written is None else sound(str(written)).strip()
    return text.replace("x005F_", "") == before.replace("x005F_", "")


def blame_kit(made: Reading, faults: Sequence[Fault]) -> None:
    """Note what the check of the kit found, at the rows and columns it comes from."""
    for fault in faults:
        found = _PATH.match(fault.key)
        reason = Text(fault.fr, fault.en)
        if found is None or int(found[1]) > len(made.rows):
            made.faults.append(Text(f"{fault.fr[:1].upper()}{fault.fr[1:]}.", f"{fault.en[:1].upper()}{fault.en[1:]}."))
        elif found[2] == "expects" and found[3]:
            row = made.reaction_rows[int(found[1]) - 1][int(found[3]) - 1]
            made.blame(REACTIONS, row, REACTION_COLUMNS.get(found[4] or "", REACTION_COLUMNS["text"]), reason)
        else:
            column = STIMULUS_COLUMNS.get(found[2] or "", STIMULUS_COLUMNS["id"])
            made.blame(STIMULI, made.rows[int(found[1]) - 1], column, reason)
