"""Months read from a file: what it would change is shown, then done; the file is read again at the confirmation.

Nothing is ever removed by an import: months that the file does not name stay as they are.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Level, Place, Right, Scope
from care.domain.governance import Indicator, written_month
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.errors import Invalid, Refused
from care.services.frameworks.assessing import mark_due
from care.services.governance.figure_files import COLUMNS, TOLD
from care.services.governance.figure_writing import (
    FigureDraft,
    FigureValues,
    checked_figure,
    keep_figure,
    locked_figure,
    told_of,
)
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.table_files import read_table, table_of_text
from care.store.governance import MonthlyFigure
from scanners.model import Lang, Text

MAX_LINES = 5_000
MAX_FAULTS = 50
_LINES = "chiffres.csv"
_NEEDED = ("indicator", "month", "part", "whole")
_NO_HEADINGS = Text(
    "La première ligne doit nommer les colonnes « indicateur », « mois », « nombre » et « total ».",
    "The first line must name the columns “indicator”, “month”, “count” and “total”.",
)


class Fate(StrEnum):
    """What an import does to a month."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One month after the import; `before` writes what it is now, empty when nobody said anything."""

    number: int
    fate: Fate
    code: str
    title: str
    month: str
    before: str
    after: str
    values: FigureValues


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do. With `faults` nothing can be done. `seen` stands for the figures as they were read."""

    lines: tuple[ImportLine, ...]
    faults: tuple[str, ...]
    ignored: tuple[str, ...]
    seen: str

    def count(self, fate: Fate) -> int:
        """How many months meet that fate."""
        return sum(line.fate is fate for line in self.lines)

    @property
    def useful(self) -> bool:
        """Whether the import may be done and changes something."""
        return not self.faults and any(line.fate is not Fate.SAME for line in self.lines)


def table_text(content: bytes, name: str = _LINES) -> str:
    """A CSV or a workbook as the text that a preview and its confirmation both read, each line where it stood. Invalid
    (`file`)."""
    table = read_table(content, name, MAX_LINES)
    out, at = io.StringIO(), 1
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    for number, cells in ((table.line, table.headings), *((line.number, line.cells) for line in table.lines)):
        out.write("\n" * (number - at))
        writer.writerow([" ".join(cell.splitlines()) for cell in cells])
        at = number + 1
    return out.getvalue()


def preview_import(platform: Platform, scope: Scope, establishment_id: int, text: str, source: str) -> ImportPreview:
    """What reading these lines would do; `source` is that of the lines that name none. Invalid on `file`."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        return _preview(platform, session, establishment_id, text, source, scope.lang)


def apply_import(
    platform: Platform, scope: Scope, establishment_id: int, text: str, source: str, seen: str
) -> ImportPreview:
    """Do what was shown. Refused when the figures changed since, or when the file has faults."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_PROGRAMME)
        preview = _preview(platform, session, establishment_id, text, source, scope.lang)
        _check_applicable(preview, seen)
        changing = [line for line in preview.lines if line.fate is not Fate.SAME]
        mark_due(session, Place(Level.ESTABLISHMENT, establishment_id), now)
        rows = [locked_figure(session, scope, establishment_id, line.code, line.values.month, now) for line in changing]
        for line, row in zip(changing, rows, strict=True):
            keep_figure(session, scope, row, line.values, now)
        return preview


def _check_applicable(preview: ImportPreview, seen: str) -> None:
    if preview.faults:
        raise Refused(Text("Ce fichier a des erreurs : corrigez-les d’abord.", "This file has errors: correct them."))
    if preview.seen != seen:
        raise Refused(
            Text(
                "Les chiffres ont changé depuis cet aperçu : en voici un nouveau, relisez-le avant de confirmer.",
                "The figures changed since this preview: here is a new one, read it again before confirming.",
            )
        )


def _preview(
    platform: Platform, session: Session, establishment_id: int, text: str, source: str, lang: Lang
) -> ImportPreview:
    known = {
        (row.code, row.month): row
        for row in session.scalars(select(MonthlyFigure).where(MonthlyFigure.establishment_id == establishment_id))
    }
    columns, lines, ignored = _table(text)
    reader = _Reader(platform.kits.governance.indicators, known, source, today(platform), lang)
    found, faults = reader.read(columns, lines)
    shown = [one.render(lang) for one in faults[:MAX_FAULTS]]
    if len(faults) > MAX_FAULTS:
        rest = len(faults) - MAX_FAULTS
        shown.append(Text(f"Et {rest} autres erreurs.", f"And {rest} more errors.").render(lang))
    return ImportPreview(tuple(found), tuple(shown), ignored, _fingerprint(known.values()))


def _table(text: str) -> tuple[Sequence[str], Sequence[tuple[int, Sequence[str]]], tuple[str, ...]]:
    """The columns known, the lines with their number, the headings nobody knows."""
    table = table_of_text(text, _LINES, MAX_LINES)
    columns = [_column(one) for one in table.headings]
    if not set(_NEEDED) <= set(columns):
        raise Invalid({"file": _NO_HEADINGS})
    told = {folded(words) for one in TOLD.values() for words in (one.fr, one.en)}
    ignored = [
        one for one, known in zip(table.headings, columns, strict=True) if one and not known and folded(one) not in told
    ]
    return columns, [(line.number, line.cells) for line in table.lines], tuple(ignored)


def _column(words: str) -> str:
    plain = folded(words)
    return next((name for name, one in COLUMNS.items() if plain in {name, folded(one.fr), folded(one.en)}), "")


@dataclass(frozen=True)
class _Reader:
    """Reads lines against what is known; a month named twice is a fault."""

    indicators: Mapping[str, Indicator]
    known: Mapping[tuple[str, date], MonthlyFigure]
    source: str
    day: date
    lang: Lang

    def read(
        self, columns: Sequence[str], lines: Sequence[tuple[int, Sequence[str]]]
    ) -> tuple[list[ImportLine], list[Text]]:
        """The lines understood, and the faults of the others."""
        found: list[ImportLine] = []
        faults: list[Text] = []
        seen: dict[tuple[str, date], int] = {}
        for number, cells in lines:
            named = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
            try:
                line = self._line(number, named)
            except Invalid as wrong:
                faults += list(_at(number, wrong))
                continue
            key = (line.code, line.values.month)
            if key in seen:
                faults.append(_twice(number, seen[key]))
            seen.setdefault(key, number)
            found.append(line)
        return found, faults

    def _line(self, number: int, cells: Mapping[str, str]) -> ImportLine:
        code = self._code(cells["indicator"])
        source = cells.get("source", "") or self.source
        more = cells.get("unknown", ""), cells.get("explanation", "")
        values = checked_figure(FigureDraft(cells["month"], cells["part"], cells["whole"], source, *more), self.day)
        row = self.known.get((code, values.month))
        same = row is not None and told_of(row) == told_of(values)
        return ImportLine(
            number=number,
            fate=Fate.NEW if row is None else Fate.SAME if same else Fate.CHANGED,
            code=code,
            title=self.indicators[code].title.render(self.lang),
            month=written_month(values.month, self.lang),
            before=f"{row.part} / {row.whole}" if row else "",
            after=f"{values.part} / {values.whole}",
            values=values,
        )

    def _code(self, words: str) -> str:
        plain = folded(words)
        for code, one in self.indicators.items():
            if plain in {code, folded(one.title.fr), folded(one.title.en)}:
                return code
        raise Invalid(
            {
                "indicator": Text(
                    f"« {words[:60]} » n’est pas un indicateur suivi ; prenez les noms du fichier exporté d’ici.",
                    f"“{words[:60]}” is no indicator followed; take the names of the file exported from here.",
                )
            }
        )


def _at(number: int, wrong: Invalid) -> Iterator[Text]:
    for name, said in wrong.fields.items():
        column = COLUMNS.get(name, Text(name, name))
        yield Text(f"Ligne {number}, {column.fr} : {said.fr}", f"Line {number}, {column.en}: {said.en}")


def _twice(number: int, first: int) -> Text:
    return Text(
        f"Ligne {number} : ce mois de cet indicateur est déjà à la ligne {first}.",
        f"Line {number}: this month of this indicator already stands in line {first}.",
    )


def _fingerprint(rows: Iterable[MonthlyFigure]) -> str:
    seen = ";".join(sorted(f"{row.id}:{row.version}" for row in rows))
    return hashlib.sha256(seen.encode()).hexdigest()[:32]
