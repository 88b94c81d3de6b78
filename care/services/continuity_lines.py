"""A line of a file of activities, resources or dependencies, read against what is recorded: what it makes of it.

A cell left out keeps what is recorded, a cell that cannot be read refuses its line with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from care.domain.actions import CareCriticality
from care.domain.continuity import (
    ACTIVITY_KINDS,
    PERIMETERS,
    RESOURCE_KINDS,
    STRENGTHS,
    ActivityKind,
    Perimeter,
    ResourceKind,
    Strength,
)
from care.domain.durations import minutes_of
from care.domain.node_names import folded
from care.domain.weights import weight_of
from care.services.action_exports import CRITICALITIES
from care.services.activities import ActivityDraft, activity_faults
from care.services.continuity_files import COLUMNS, NODE_COLUMNS, OF_ACTIVITIES, OF_RESOURCES, Line, Sort, in_file
from care.services.dependencies import DependencyDraft, dependency_faults, value_faults
from care.services.node_rows import AnyNode, NodeLink
from care.services.resources import DURATIONS, ResourceDraft, resource_faults
from care.store.continuity import Activity, Dependency
from scanners.model import Text

Draft = ActivityDraft | ResourceDraft
_KINDS: Mapping[str, ActivityKind | ResourceKind] = {
    folded(word): kind
    for names in (ACTIVITY_KINDS, RESOURCE_KINDS)
    for kind, text in names.items()
    for word in (text.fr, text.en, kind.value)
}


class LineError(Exception):
    """A line that cannot be used; `reasons` are shown to people."""

    def __init__(self, *reasons: Text) -> None:
        super().__init__(*(one.en for one in reasons))
        self.reasons = reasons


def draft_of(row: AnyNode) -> Draft:
    """A recorded node as somebody would have typed it."""
    common: dict[str, Any] = {
        "name": row.name,
        "description": row.description,
        "owner": row.owner,
        "owner_account_id": row.owner_account_id,
    }
    if isinstance(row, Activity):
        return ActivityDraft(
            kind=row.kind,
            criticality=row.criticality,
            perimeter=row.perimeter,
            weight=row.weight,
            weight_origin=row.weight_origin,
            correspondent=row.correspondent,
            model=row.model,
            **common,
        )
    return ResourceDraft(
        kind=row.kind,
        place=row.place,
        contact=row.contact,
        target_id=row.target_id,
        remote_access=row.remote_access,
        cut=row.cut,
        **{name: getattr(row, name) for name in DURATIONS},
        **common,
    )


def node_of(line: Line, kind: ActivityKind | ResourceKind, row: AnyNode | None) -> tuple[Draft, tuple[str, ...]]:
    """What a line makes of a node, and the columns that differ from what is recorded."""
    of_activity = isinstance(kind, ActivityKind)
    foreign = OF_RESOURCES if of_activity else OF_ACTIVITIES
    cells = {one: text for one, text in line.cells.items() if one not in {"kind", "name"}}
    if not cells.get("criticality"):  # nobody can say that an activity has none: an empty cell says nothing
        cells.pop("criticality", None)
    faults = [_of_the_other(one, of_activity) for one, text in cells.items() if one in foreign and text]
    cells = {one: text for one, text in cells.items() if one not in foreign}
    if row is None and of_activity and not cells.get("criticality"):
        faults.append(_SAY_CRITICALITY)
    before = draft_of(row) if row is not None else _blank(kind, line.cells.get("name", ""))
    changes: dict[str, Any] = {}
    for column, text in cells.items():
        try:
            changes |= _changed(column, text, before)
        except LineError as error:
            faults.extend(error.reasons)
    after = replace(before, **changes)
    named = _named(after)
    faults.extend(_headed(column, text) for column, text in named.items() if column != "owner_account")
    if faults:
        raise LineError(*faults)
    return after, tuple(one for one in changes if one in NODE_COLUMNS)


def _named(draft: Draft) -> Mapping[str, Text]:
    return activity_faults(draft) if isinstance(draft, ActivityDraft) else resource_faults(draft)


def _blank(kind: ActivityKind | ResourceKind, name: str) -> Draft:
    if isinstance(kind, ActivityKind):
        return ActivityDraft(name, kind, CareCriticality.MODERATE)
    return ResourceDraft(name, kind)


_SAY_CRITICALITY = Text(
    "Importance pour les soins : à dire pour une activité nouvelle (Vitale, Majeure, Modérée ou Mineure).",
    "Care criticality: to be said for a new activity (Vital, Major, Moderate or Minor).",
)


def _of_the_other(column: str, of_activity: bool) -> Text:
    head = NODE_COLUMNS[column]
    if of_activity:
        return Text(f"{head.fr} : se dit d’une ressource, pas d’une activité.", f"{head.en}: said of a resource only.")
    return Text(f"{head.fr} : se dit d’une activité, pas d’une ressource.", f"{head.en}: said of an activity only.")


def _changed(column: str, text: str, before: Draft) -> dict[str, Any]:
    """The new value of a column when it differs from what is recorded; LineError when it cannot be read."""
    now = getattr(before, column)
    if column in _READ:
        value = _READ[column](column, text)
        return {} if value == now else {column: value}
    if column == "weight":
        return {} if _same_weight(text, str(now)) else {column: text}
    if text == in_file(str(now)):
        return {}
    return {column: text, "owner_account_id": None} if column == "owner" else {column: text}


def _same_weight(text: str, now: str) -> bool:
    try:
        return text == now or bool(text and now and weight_of(text) == weight_of(now))
    except ValueError:
        return False


def tie_of(
    line: Line, dependent: NodeLink, needed: NodeLink, row: Dependency | None
) -> tuple[DependencyDraft, tuple[str, ...]]:
    """What a line makes of a dependency, and the columns that differ; LineError with all that is wrong."""
    before = DependencyDraft(dependent.id, needed.id)
    if row is not None:
        before = replace(
            before,
            strength=row.strength,
            holds_minutes=row.holds_minutes,
            alternative=row.alternative,
            note=row.note,
        )
    changes: dict[str, Any] = {}
    faults: list[Text] = []
    for column in ("strength", "holds_minutes", "alternative", "note"):
        if column in line.cells:
            try:
                changes |= _changed_tie(column, line.cells[column], before)
            except LineError as error:
                faults.extend(error.reasons)
    after = replace(before, **changes)
    named = dependency_faults(after, dependent, needed)
    values = value_faults(after) if named else {}
    faults += [_headed(one, text, Sort.DEPENDENCIES) if one in values else text for one, text in named.items()]
    if faults:
        raise LineError(*faults)
    return after, tuple(changes)


def _changed_tie(column: str, text: str, before: DependencyDraft) -> dict[str, Any]:
    now = getattr(before, column)
    value: Any = text
    if column == "strength":
        value = Strength(_word(column, text, STRENGTHS, Sort.DEPENDENCIES)) if text else Strength.ESSENTIAL
    elif column == "holds_minutes":
        value = _minutes(column, text, Sort.DEPENDENCIES) or 0
    elif text == in_file(str(now)):
        return {}
    return {} if value == now else {column: value}


def kind_of(word: str, column: str, sort: Sort) -> ActivityKind | ResourceKind:
    """The kind that a word names in either language; LineError with the kinds there are."""
    kind = _KINDS.get(folded(word))
    if kind is not None:
        return kind
    known = [text for names in (ACTIVITY_KINDS, RESOURCE_KINDS) for text in names.values()]
    wrong = Text("à dire", "to be said")
    if word:
        wrong = Text(f"« {word[:40]} » n’est pas un type", f"“{word[:40]}” is no kind")
    fr, en = ", ".join(one.fr for one in known), ", ".join(one.en for one in known)
    raise LineError(_headed(column, Text(f"{wrong.fr} ; écrivez {fr}.", f"{wrong.en}; write {en}."), sort))


def _criticality(column: str, text: str) -> CareCriticality:
    return CareCriticality(_word(column, text, CRITICALITIES, Sort.NODES))


def _perimeter(column: str, text: str) -> Perimeter | None:
    return Perimeter(_word(column, text, PERIMETERS, Sort.NODES)) if text else None


def _word(column: str, text: str, names: Mapping[Any, Text], sort: Sort) -> str:
    """The value that a word names, in either language or as the program writes it."""
    said = folded(text)
    for value, words in names.items():
        if said in {folded(words.fr), folded(words.en), value.value}:
            return str(value.value)
    known_fr, known_en = (", ".join(one.render(lang) for one in names.values()) for lang in ("fr", "en"))
    shown = text[:40]
    raise LineError(
        _headed(
            column,
            Text(f"« {shown} » n’en est pas ; écrivez {known_fr}.", f"“{shown}” is none; write {known_en}."),
            sort,
        )
    )


def _minutes(column: str, text: str, sort: Sort = Sort.NODES) -> int | None:
    if not text:
        return None
    try:
        return minutes_of(text)
    except ValueError as error:
        shown = text[:40]
        said = Text(
            f"« {shown} » n’est pas une durée ; écrivez 30 min, 4 h, 2 j ou 1 sem.",
            f"“{shown}” is not a duration; write 30 min, 4 h, 2 d or 1 wk.",
        )
        raise LineError(_headed(column, said, sort)) from error


_READ: Mapping[str, Callable[[str, str], Any]] = {
    "criticality": _criticality,
    "perimeter": _perimeter,
    **dict.fromkeys(DURATIONS, _minutes),
}


def _headed(column: str, text: Text, sort: Sort = Sort.NODES) -> Text:
    head = COLUMNS[sort].get(column)
    return Text(f"{head.fr} : {text.fr}", f"{head.en}: {text.en}") if head else text
