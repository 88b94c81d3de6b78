"""Activities, resources and dependencies as CSV: how files are read, whatever wrote them, and how they are written.

French spreadsheets write `;` and Windows-1252 or UTF-8; others write `,`. Columns are read in either language, in any
order, whatever their case and accents; a column or a cell that is not there leaves what is recorded as it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from care.domain.continuity import PERIMETERS, STRENGTHS
from care.domain.durations import written
from care.domain.node_names import folded
from care.services.action_exports import CRITICALITIES
from care.services.activities import ActivityDraft
from care.services.dependencies import DependencyView
from care.services.errors import Invalid
from care.services.node_rows import kind_name
from care.services.resources import DURATIONS, ResourceDraft
from care.services.sent_text import MAX_BYTES, decoded, shown_name, unreadable
from reports.spreadsheets import Cell, csv_bytes, csv_text
from scanners.model import Lang, Text

__all__ = ["MAX_BYTES", "decoded"]

MAX_LINES = 25_000
MAX_COLUMNS = 60
"""Our choice: ten times the largest hospital we know of, and still read in a second."""


class Sort(StrEnum):
    """What a file holds."""

    NODES = "nodes"
    DEPENDENCIES = "dependencies"


NODE_COLUMNS: Mapping[str, Text] = {
    "kind": Text("Type", "Kind"),
    "name": Text("Nom", "Name"),
    "criticality": Text("Importance pour les soins", "Care criticality"),
    "perimeter": Text("Périmètre D2.O1.C", "Perimeter D2.O1.C"),
    "owner": Text("Responsable", "Owner"),
    "correspondent": Text("Correspondant métier", "Business contact"),
    "weight": Text("Poids", "Weight"),
    "weight_origin": Text("Origine du poids", "Origin of the weight"),
    "place": Text("Lieu", "Place"),
    "contact": Text("Contact en cas de panne", "Contact when it fails"),
    "rto_minutes": Text("RTO déclaré", "Declared RTO"),
    "pdma_minutes": Text("PDMA déclarée", "Declared PDMA"),
    "dmard_minutes": Text("DMARD déclaré", "Declared DMARD"),
    "backup_every_minutes": Text("Intervalle de sauvegarde", "Backup interval"),
    "restart_minutes": Text("Temps de redémarrage", "Restart time"),
    "remote_access": Text("Accès à distance", "Remote access"),
    "cut": Text("Comment le couper", "How to cut it"),
    "description": Text("Description", "Description"),
}
DEPENDENCY_COLUMNS: Mapping[str, Text] = {
    "dependent": Text("Dépendant", "Dependent"),
    "dependent_kind": Text("Type du dépendant", "Kind of the dependent"),
    "needed": Text("Besoin", "Need"),
    "needed_kind": Text("Type du besoin", "Kind of the need"),
    "strength": Text("Force", "Strength"),
    "holds_minutes": Text("Tient sans", "Holds without"),
    "alternative": Text("Solution de rechange", "Alternative group"),
    "note": Text("Précisions", "Details"),
}
COLUMNS = {Sort.NODES: NODE_COLUMNS, Sort.DEPENDENCIES: DEPENDENCY_COLUMNS}
NEEDED = {Sort.NODES: ("kind", "name"), Sort.DEPENDENCIES: ("dependent", "needed")}
"""The columns without which a file says nothing."""
OF_ACTIVITIES = frozenset({"criticality", "perimeter", "correspondent", "weight", "weight_origin"})
OF_RESOURCES = frozenset({"place", "contact", "remote_access", "cut", *DURATIONS})
_SHORTER = {
    "criticite": "criticality", "criticality": "criticality", "importance": "criticality", "perimetre": "perimeter",
    "perimeter": "perimeter", "correspondant": "correspondent", "contact": "contact", "rto": "rto_minutes",
    "pdma": "pdma_minutes", "dmard": "dmard_minutes", "coupure": "cut", "depend de": "needed",
}  # fmt: skip
"""Other headings people write."""
_SEPARATOR = re.compile(r"\s*sep=[;,\t][;,\t]*\r?(?:\n|\Z)", re.IGNORECASE)
"""What some spreadsheets write before the headings."""
_GUARD = re.compile(r"'(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number as an editor counts it, and its cells by column. `extra` counts cells too many."""

    number: int
    cells: Mapping[str, str]
    extra: int = 0


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file as read. `ignored` are the headings nobody knows."""

    name: str
    sort: Sort
    lines: tuple[Line, ...]
    ignored: tuple[str, ...]


def read_csv(name: str, text: str) -> CsvFile:
    """A file by the headings of its first line; Invalid (`file`) says what is wrong with it as a whole."""
    first = _SEPARATOR.sub("", text).lstrip("\r\n").split("\n", 1)[0]
    mark = max(";,\t", key=lambda one: len(_known(_cells(first, one))))
    headings = _cells(first, mark)
    sort = _sort(headings)
    if sort is None:
        raise Invalid({"file": _expected(name)})
    columns = [_column(sort, heading) for heading in headings]
    _check_headings(name, headings, columns)
    lines = tuple(_lines(name, text, mark, columns))
    ignored = tuple(
        heading.strip() for heading, one in zip(headings, columns, strict=True) if not one and heading.strip()
    )
    return CsvFile(name, sort, lines, ignored)


def _lines(name: str, text: str, mark: str, columns: Sequence[str]) -> list[Line]:
    """The lines under the headings, empty ones left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    found: list[Line] = []
    begun = False
    start = 1
    try:
        for row in reader:
            here, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in row) or (not begun and row[0].lower().startswith("sep=")):
                continue
            if not begun:
                begun = True
                continue
            if len(found) == MAX_LINES:
                raise unreadable(
                    name,
                    f"il a plus de {MAX_LINES} lignes : faites-en plusieurs",
                    f"it has over {MAX_LINES} lines: split it",
                )
            cells = {column: plain(cell) for column, cell in zip(columns, row, strict=False) if column}
            found.append(Line(here, cells, sum(bool(cell.strip()) for cell in row[len(columns) :])))
    except csv.Error as error:
        raise unreadable(
            name,
            f"ligne {start}, un guillemet n’est pas fermé ou une cellule est trop longue",
            f"line {start}, a quote is not closed or a cell is too long",
        ) from error
    return found


def _cells(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r")], delimiter=mark), [])
    except csv.Error:
        return []


def _known(headings: Sequence[str]) -> list[str]:
    return [one for one in headings if any(_column(sort, one) for sort in Sort)]


def _sort(headings: Sequence[str]) -> Sort | None:
    for sort, needed in NEEDED.items():
        if set(needed) <= {_column(sort, heading) for heading in headings}:
            return sort
    return None


def _column(sort: Sort, heading: str) -> str:
    """The column that a heading names, "" when none."""
    said = folded(re.sub(r"[_*:]+", " ", heading))
    for column, words in COLUMNS[sort].items():
        if said in {folded(words.fr), folded(words.en), folded(column.replace("_", " "))}:
            return column
    shorter = _SHORTER.get(said, "")
    return shorter if shorter in COLUMNS[sort] else ""


def _check_headings(name: str, headings: Sequence[str], columns: Sequence[str]) -> None:
    if len(headings) > MAX_COLUMNS:
        raise unreadable(name, f"il a plus de {MAX_COLUMNS} colonnes", f"it has over {MAX_COLUMNS} columns")
    for column in columns:
        if column and columns.count(column) > 1:
            heading = headings[columns.index(column)].strip()
            raise unreadable(
                name, f"la colonne « {heading} » y est deux fois", f"the column “{heading}” is there twice"
            )


def _expected(name: str) -> Text:
    shown = shown_name(name)
    return Text(
        f"« {shown} » ne peut pas être lu : sa première ligne doit nommer les colonnes, « Type » et « Nom » pour des "
        "activités et des ressources, « Dépendant » et « Besoin » pour des dépendances.",
        f"“{shown}” cannot be read: its first line must name the columns, “Kind” and “Name” for activities and "
        "resources, “Dependent” and “Need” for dependencies.",
    )


def plain(cell: str) -> str:
    """What a cell says: without the apostrophe that kept a spreadsheet from computing it."""
    return _GUARD.sub("", cell, count=1).strip() if _GUARD.match(cell) else cell.strip()


def in_file(text: str) -> str:
    """What a recorded text becomes once written to a file and read back: several lines become one."""
    return plain(csv_text(text))


def nodes_csv(nodes: Sequence[ActivityDraft | ResourceDraft], lang: Lang) -> bytes:
    """Activities and resources as CSV; the same ones give the same bytes."""
    header = [column.render(lang) for column in NODE_COLUMNS.values()]
    return csv_bytes(header, ([_node_cell(one, column, lang) for column in NODE_COLUMNS] for one in nodes))


def _node_cell(node: ActivityDraft | ResourceDraft, column: str, lang: Lang) -> Cell:
    value = getattr(node, column, None)
    if column == "kind":
        return kind_name(node.kind, lang)
    if value is None:
        return None
    if column == "criticality":
        return CRITICALITIES[value].render(lang)
    if column == "perimeter":
        return PERIMETERS[value].render(lang)
    if column == "weight":
        return str(value).replace(".", ",") if lang == "fr" else str(value)
    return written(value, lang) if column in DURATIONS else str(value)


def dependencies_csv(ties: Sequence[DependencyView], lang: Lang) -> bytes:
    """Dependencies as CSV; the same ones give the same bytes."""
    header = [column.render(lang) for column in DEPENDENCY_COLUMNS.values()]
    rows = (
        (
            one.dependent.name,
            one.dependent.kind_name,
            one.needed.name,
            one.needed.kind_name,
            STRENGTHS[one.strength].render(lang),
            written(one.holds_minutes, lang),
            one.alternative,
            one.note,
        )
        for one in ties
    )
    return csv_bytes(header, rows)
