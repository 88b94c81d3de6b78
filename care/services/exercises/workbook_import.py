"""A chronogram read back from a workbook: what it would change is shown, field by field, then done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from care.domain.access import Right, Scope
from care.services.errors import Refused
from care.services.exercises.editing import conflict, mark_of, tell, write
from care.services.exercises.rooms import exercise_row
from care.services.exercises.versions import to_change
from care.services.exercises.workbook_columns import REACTION_COLUMNS, STIMULI, STIMULUS_COLUMNS, TOLD, Words, cell_of
from care.services.exercises.workbook_reading import MAX_FAULTS, Reading, blame_kit, read_workbook
from care.services.platform import Platform
from care.services.workbooks import MAX_BYTES
from care.store.exercises import Exercise
from exercises.kit import Stimulus
from exercises.kit_faults import UnplayableKitError, kit_of
from scanners.model import Text

__all__ = ["MAX_BYTES", "Fate", "WorkbookPreview", "apply_workbook", "preview_again", "preview_workbook"]

_STIMULI = TypeAdapter(tuple[Stimulus, ...])
_GARBLED = Text("Cet aperçu est abîmé : relisez le classeur.", "This preview is damaged: read the workbook again.")


class Fate(StrEnum):
    """What a workbook does to a stimulus."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after, as the workbook writes it."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StimulusChange:
    """A stimulus that the workbook adds, changes or removes."""

    fate: Fate
    id: str
    title: str
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkbookPreview:
    """What a workbook would do. With `faults` nothing can be done. `sent` carries its stimuli to the confirmation,
    `seen` stands for the chronogram it was compared with. `same` counts the stimuli left as they are."""

    changes: tuple[StimulusChange, ...]
    same: int
    reordered: bool
    faults: tuple[str, ...]
    ignored: tuple[str, ...]
    sent: str
    seen: str

    def count(self, fate: Fate) -> int:
        """How many stimuli meet that fate."""
        return sum(one.fate is fate for one in self.changes)

    @property
    def useful(self) -> bool:
        """Whether it may be done and changes something."""
        return not self.faults and bool(self.changes or self.reordered)


def preview_workbook(platform: Platform, scope: Scope, exercise_id: int, content: bytes) -> WorkbookPreview:
    """What reading this workbook would do. Invalid (`file`) when it is none; NotFound, Forbidden."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        made = read_workbook(content, row.content, scope.lang)
        if not made.faults:
            _check(made, row)
        return _preview(row, made.stimuli, scope.lang, made)


def preview_again(platform: Platform, scope: Scope, exercise_id: int, sent: str) -> WorkbookPreview:
    """The same, of stimuli already read, against the chronogram as it is now."""
    with platform.database.read() as session:
        row = exercise_row(session, scope, exercise_id, Right.RUN_EXERCISE)
        return _preview(row, _stimuli(sent), scope.lang, Reading())


def apply_workbook(platform: Platform, scope: Scope, exercise_id: int, sent: str, seen: str) -> None:
    """Do what was shown. Refused when the chronogram changed since, when it makes no kit, or too late."""
    stimuli = _stimuli(sent)
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        if mark_of(row.content["stimuli"]) != seen:
            raise Refused(conflict(platform, session, row, PART))
        document = {**deepcopy(row.content), "stimuli": stimuli}
        write(row, document)
        tell(platform, session, scope, row, PART)


PART = "stimuli"
"""How the trail names a change of the whole chronogram."""


def _check(made: Reading, row: Exercise) -> None:
    """The whole kit, with these stimuli; documents that the exercise does not have."""
    try:
        kit_of({**row.content, "stimuli": made.stimuli})
    except UnplayableKitError as error:
        blame_kit(made, error.faults)
    there = {one["name"] for one in row.documents}
    for number, one in zip(made.rows, made.stimuli, strict=True):
        for name in one["attachments"]:
            if name not in there:
                reason = Text(f"« {name} » n’est pas déposé dans l’exercice", f"“{name}” was not uploaded")
                made.blame(STIMULI, number, STIMULUS_COLUMNS["attachments"], reason)


def _stimuli(sent: str) -> list[dict[str, Any]]:
    """The stimuli that a preview carried. Refused when they are no longer any."""
    try:
        return [one.model_dump(mode="json", by_alias=True) for one in _STIMULI.validate_json(sent)]
    except ValidationError as error:
        raise Refused(_GARBLED) from error


def _preview(row: Exercise, stimuli: Sequence[dict[str, Any]], lang: str, made: Reading) -> WorkbookPreview:
    before = {one["id"]: one for one in row.content["stimuli"]}
    after = {one["id"]: one for one in stimuli}
    words = Words.of(row.content, lang)
    changes = () if made.faults else tuple(_changes(before, after, words))
    kept = [key for key in after if key in before]
    faults = [one.render(lang) for one in made.faults[:MAX_FAULTS]]
    if len(made.faults) > MAX_FAULTS:
        more = len(made.faults) - MAX_FAULTS
        faults.append(Text(f"Et {more} autres.", f"And {more} more.").render(lang))
    return WorkbookPreview(
        changes=changes,
        same=sum(before.get(key) == one for key, one in after.items()),
        reordered=kept != [key for key in before if key in after],
        faults=tuple(faults),
        ignored=tuple(made.ignored),
        sent=json.dumps(stimuli, ensure_ascii=False),
        seen=mark_of(row.content["stimuli"]),
    )


def _changes(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]], words: Words
) -> Iterator[StimulusChange]:
    for key, one in after.items():
        if key not in before:
            yield StimulusChange(Fate.NEW, key, one["title"], tuple(_fields({}, one, words)))
        elif before[key] != one:
            yield StimulusChange(Fate.CHANGED, key, one["title"], tuple(_fields(before[key], one, words)))
    for key, one in before.items():
        if key not in after:
            yield StimulusChange(Fate.REMOVED, key, one["title"])


def _fields(before: dict[str, Any], after: dict[str, Any], words: Words) -> Iterator[FieldChange]:
    for name, heading in STIMULUS_COLUMNS.items():
        if name not in TOLD and after[name] != before.get(name):
            yield FieldChange(heading.render(words.lang), _said(name, before, words), _said(name, after, words))
    old = {one["id"]: one for one in before.get("expects", ())}
    new = {one["id"]: one for one in after["expects"]}
    for letter in dict.fromkeys((*old, *new)):
        if old.get(letter) != new.get(letter):
            called = Text(f"réaction {letter}", f"reaction {letter}").render(words.lang)
            yield FieldChange(called, _reaction(old.get(letter), words), _reaction(new.get(letter), words))


def _said(name: str, part: dict[str, Any], words: Words) -> str:
    said = cell_of(name, part, words) if name in part else ""
    return "" if said is None else str(said)


def _reaction(one: dict[str, Any] | None, words: Words) -> str:
    if one is None:
        return ""
    named = [(name, heading) for name, heading in REACTION_COLUMNS.items() if name not in ("stimulus", "id")]
    return " · ".join(f"{heading.render(words.lang)} = {_said(name, one, words)}" for name, heading in named)
