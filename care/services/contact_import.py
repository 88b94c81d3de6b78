"""The crisis directory read back from a spreadsheet: what it would change is shown, then done.

The same text is read again at the confirmation, against the same directory.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import cast

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.continuity import CELL_KINDS, CellKind
from care.domain.node_names import folded
from care.services.action_query import today
from care.services.contact_files import COLUMNS
from care.services.crisis_contacts import (
    ContactDraft,
    apply_draft,
    check_room,
    cleaned,
    directory_rows,
    draft_of,
    new_row,
    touch,
)
from care.services.errors import Invalid, Refused
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.table_files import table_of_text
from care.services.trail import Thing, record
from care.store.crisis import CrisisContact
from scanners.model import Text

MAX_CHARACTERS = 300_000
MAX_LINES = 1_000
MAX_FAULTS = 50
_NEEDED = ("cell", "function")
_NO_HEADINGS = Text(
    "La première ligne doit nommer au moins les colonnes « cellule » et « fonction ». Si c’est un classeur, "
    "enregistrez d’abord la feuille au format « CSV UTF-8 ».",
    "The first line must name the columns “cell” and “function” at least. A workbook is saved as “CSV UTF-8” first.",
)
_NUMBER = re.compile(r"[0-9]{1,18}\Z")
_NAME, _WORKBOOK = "annuaire.csv", "PK\x03\x04"
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y")


class Fate(StrEnum):
    """What an import does to a contact."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """A contact after the import. `fields` names what changes; `line` is its place in the file, None when removed."""

    fate: Fate
    draft: ContactDraft
    cell: str
    fields: tuple[str, ...] = ()
    line: int | None = None
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do. With `faults` nothing can be done. `seen` stands for the directory as it was read."""

    lines: tuple[ImportLine, ...]
    faults: tuple[str, ...]
    ignored: tuple[str, ...]
    seen: str

    def count(self, fate: Fate) -> int:
        """How many contacts meet that fate."""
        return sum(line.fate is fate for line in self.lines)

    @property
    def useful(self) -> bool:
        """Whether the import may be done and changes something."""
        return not self.faults and any(line.fate is not Fate.SAME for line in self.lines)


def preview_import(
    platform: Platform, scope: Scope, establishment_id: int, text: str, *, removing: bool
) -> ImportPreview:
    """What reading this CSV would do; `removing` erases the contacts that it does not hold. Invalid on `file`."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        rows = directory_rows(session, establishment_id)
        return _preview(rows, text, today(platform), scope.lang, removing=removing)


def apply_import(
    platform: Platform, scope: Scope, establishment_id: int, text: str, *, removing: bool, seen: str
) -> ImportPreview:
    """Do what was shown. Refused when the directory changed since, or when the file has faults."""
    now = platform.clock.now()
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.MANAGE_CONTINUITY)
        rows = directory_rows(session, establishment_id)
        preview = _preview(rows, text, today(platform), scope.lang, removing=removing)
        _check_applicable(preview, seen)
        check_room(sum(line.fate is not Fate.REMOVED for line in preview.lines))
        _apply(session, scope, establishment_id, rows, preview, now)
        detail = {fate.value: preview.count(fate) for fate in Fate}
        record(session, scope, "contact.imported", Thing("directory", establishment_id, establishment_id), now, detail)
        return preview


def _check_applicable(preview: ImportPreview, seen: str) -> None:
    if preview.faults:
        raise Refused(Text("Ce fichier a des erreurs : corrigez-les d’abord.", "This file has errors: correct them."))
    if preview.seen != seen:
        raise Refused(
            Text(
                "L’annuaire a changé depuis cet aperçu : en voici un nouveau, relisez-le avant de confirmer.",
                "The directory changed since this preview: here is a new one, read it again before confirming.",
            )
        )


def _apply(
    session: Session,
    scope: Scope,
    establishment_id: int,
    rows: Sequence[CrisisContact],
    preview: ImportPreview,
    now: datetime,
) -> None:
    known, ranks = {row.id: row for row in rows}, Counter[CellKind]()
    for line in preview.lines:
        row = known.pop(line.contact_id) if line.contact_id is not None else None
        if line.fate is Fate.REMOVED:
            session.delete(cast("CrisisContact", row))
            continue
        rank = ranks[line.draft.cell]
        ranks[line.draft.cell] += 1
        if row is None:
            session.add(new_row(establishment_id, line.draft, rank, scope, now))
            continue
        if apply_draft(session, row, line.draft):
            touch(row, scope, now)
        row.rank = rank
    for row in known.values():  # kept although the file does not name them: after the others
        row.rank = ranks[row.cell]
        ranks[row.cell] += 1
    session.flush()


def _preview(rows: Sequence[CrisisContact], text: str, day: date, lang: str, *, removing: bool) -> ImportPreview:
    table = _Table.read(text)
    faults: list[Text] = []
    lines: list[ImportLine] = []
    left = {row.id: draft_of(row) for row in rows}
    for number, cells in table.lines:
        try:
            draft = cleaned(_draft(cells), day)
            contact_id = _match(cells, draft, left)
        except Invalid as wrong:
            faults += [_at(number, name, said) for name, said in wrong.fields.items()]
            continue
        before = left.pop(contact_id) if contact_id is not None else None
        lines.append(_compared(number, contact_id, before, draft, lang))
    if removing:
        lines += [_removed(contact_id, draft, lang) for contact_id, draft in left.items()]
    shown = faults[:MAX_FAULTS]
    if len(faults) > MAX_FAULTS:
        rest = len(faults) - MAX_FAULTS
        shown.append(Text(f"Et {rest} autres erreurs.", f"And {rest} more errors."))
    return ImportPreview(
        tuple(lines), tuple(one.render(lang) for one in shown), table.ignored, _fingerprint(rows, removing=removing)
    )


def _compared(
    number: int, contact_id: int | None, before: ContactDraft | None, draft: ContactDraft, lang: str
) -> ImportLine:
    cell = CELL_KINDS[draft.cell].render(lang)
    if before is None:
        return ImportLine(Fate.NEW, draft, cell, line=number)
    changed = [item.name for item in fields(draft) if getattr(before, item.name) != getattr(draft, item.name)]
    names = tuple(COLUMNS[name].render(lang) for name in changed)
    return ImportLine(Fate.CHANGED if changed else Fate.SAME, draft, cell, names, number, contact_id)


def _removed(contact_id: int, draft: ContactDraft, lang: str) -> ImportLine:
    return ImportLine(Fate.REMOVED, draft, CELL_KINDS[draft.cell].render(lang), contact_id=contact_id)


def _match(cells: Mapping[str, str], draft: ContactDraft, left: Mapping[int, ContactDraft]) -> int | None:
    """The contact a line speaks of: by its number, else by cell, function and name, else by cell and function."""
    number = cells.get("id", "")
    if _NUMBER.match(number) and int(number) in left:
        return int(number)
    mates = [one for one, known in left.items() if _key(known) == _key(draft)]
    same = [one for one in mates if folded(left[one].name) == folded(draft.name)]
    if same:
        return same[0]
    # A function that was free may receive its name; two people of one function stay two.
    free = [one for one in mates if not left[one].name]
    return free[0] if free and not number else None


def _key(draft: ContactDraft) -> tuple[CellKind, str]:
    return draft.cell, folded(draft.function)


def _at(line: int, name: str, said: Text) -> Text:
    column = COLUMNS.get(name, Text(name, name))
    return Text(f"Ligne {line}, {column.fr} : {said.fr}", f"Line {line}, {column.en}: {said.en}")


def _draft(cells: Mapping[str, str]) -> ContactDraft:
    texts = {item.name: cells.get(item.name, "") for item in fields(ContactDraft)}
    kinds = {"cell": _cell(texts.pop("cell")), "checked_on": _day(texts.pop("checked_on"))}
    return replace(ContactDraft(kinds["cell"] or CellKind.NONE, ""), **texts, checked_on=kinds["checked_on"])  # type: ignore[arg-type]


def _cell(words: str) -> CellKind:
    for cell, name in CELL_KINDS.items():
        if folded(words) in {cell.value, folded(name.fr), folded(name.en)}:
            return cell
    known = Text(", ".join(one.fr for one in CELL_KINDS.values()), ", ".join(one.en for one in CELL_KINDS.values()))
    raise Invalid({"cell": Text(f"« {words[:40]} » n’est pas l’une de : {known.fr}.", f"not one of: {known.en}.")})


def _day(words: str) -> date | None:
    if not words:
        return None
    for form in _DAYS:
        try:
            return datetime.strptime(words, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise Invalid(
        {"checked_on": Text(f"« {words[:40]} » n’est pas une date (JJ/MM/AAAA).", f"“{words[:40]}” is not a date.")}
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """The cells of a file by column, with the number of each line; `ignored` are the columns we do not know."""

    lines: tuple[tuple[int, Mapping[str, str]], ...]
    ignored: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> _Table:
        """Invalid on `file` when it is no such table."""
        if len(text) > MAX_CHARACTERS:
            raise Invalid({"file": Text("Ce fichier est trop long pour un annuaire.", "This file is too long.")})
        if text.startswith(_WORKBOOK):
            raise Invalid({"file": _NO_HEADINGS})
        table = table_of_text(text, _NAME, MAX_LINES)
        named = [_column(heading) for heading in table.headings]
        if not set(_NEEDED) <= set(named):
            raise Invalid({"file": _NO_HEADINGS})
        twice = next((name for name in named if name and named.count(name) > 1), "")
        if twice:
            raise Invalid({"file": _twice(table.line, COLUMNS[twice])})
        ignored = tuple(name for name, known in zip(table.headings, named, strict=True) if name and not known)
        cells = (dict(zip(named, line.cells, strict=True)) for line in table.lines)
        kept = ({name: cell for name, cell in one.items() if name} for one in cells)
        lines = zip((line.number for line in table.lines), kept, strict=True)
        return cls(tuple(line for line in lines if any(line[1].values())), ignored)


def _twice(line: int, column: Text) -> Text:
    return Text(
        f"Ligne {line} : la colonne « {column.fr} » y est deux fois, retirez-en une.",
        f"Line {line}: the column “{column.en}” is there twice, remove one.",
    )


def _column(words: str) -> str:
    """The column a header names, "" when it is none of ours."""
    plain = folded(words)
    return next((name for name, one in COLUMNS.items() if plain in {name, folded(one.fr), folded(one.en)}), "")


def _fingerprint(rows: Sequence[CrisisContact], *, removing: bool) -> str:
    seen = ";".join(f"{row.id}:{row.version}:{row.rank}" for row in rows)
    return hashlib.sha256(f"{removing}|{seen}".encode()).hexdigest()[:32]
