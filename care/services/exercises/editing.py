"""Editing the kit of an exercise until DEBEX: its stimuli, its cells, phases, objectives and decisions.

Every change checks the whole kit again: it is written whole, or refused with the reason. Whoever edits a part sends the
mark of what was read: what somebody else changed meanwhile is never overwritten unseen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.node_names import folded
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises.seats import forget_cells
from care.services.exercises.versions import changeable, thing_of, to_change, touch
from care.services.platform import Platform
from care.services.stale import changed_meanwhile
from care.services.trail import record
from care.services.typed_texts import line_of, lines_of
from care.store.exercises import Exercise
from care.store.trail import TrailEvent
from exercises.kit import Kit
from exercises.kit_check import Fault
from exercises.kit_faults import UnplayableKitError, kit_of
from scanners.model import Text

Written = dict[str, Any]
"""A kit, or a part of one, as `kit.yaml` writes it and `exercise.content` keeps it."""
CHANGED = "exercise.changed"
PARTS: Mapping[str, Text] = {
    "cells": Text("les cellules", "the cells"),
    "phases": Text("les phases", "the phases"),
    "objectives": Text("les objectifs", "the objectives"),
    "decisions": Text("les décisions", "the decisions"),
}
"""The parts edited as whole lists, as a sentence names them."""
CHRONOGRAM = Text("le chronogramme", "the chronogram")
_NAMED_BY = {"cells": "name", "phases": "title", "objectives": "text", "decisions": "question"}
_LISTS: Mapping[str, Text] = {
    "cells": Text("Cellules", "Cells"),
    "phases": Text("Phases", "Phases"),
    "objectives": Text("Objectifs", "Objectives"),
    "decisions": Text("Décisions", "Decisions"),
    "observation": Text("Grille d’observation", "Observation grid"),
}
_NUMBERED = re.compile(r"([a-z]+)\[(\d+)\]")
_SEEN = 100
"""How many changes back one looks for who changed a part."""


def mark_of(part: object) -> str:
    """What tells one state of a part from another, in a form."""
    text = json.dumps(part, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def save_stimulus(
    platform: Platform, scope: Scope, exercise_id: int, stimulus: str, typed: Mapping[str, Any], seen: str
) -> str:
    """Record a stimulus, new when `stimulus` is "", and return its id.

    Renamed, it is followed by the conditions that name it; a new time gives it a new place. Invalid names the fields as
    a kit does (`expects[2].text`); Refused when somebody changed it since `seen`.
    """
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        document = deepcopy(row.content)
        before = find(document["stimuli"], stimulus) if stimulus else None
        _check_seen(platform, session, row, stimulus, before, seen)
        one = {**(before or {}), **_cleaned(typed)}
        if before is not None:
            _rename(document, stimulus, str(one["id"]))
        place(document["stimuli"], before, one)
        number = next(n for n, each in enumerate(document["stimuli"], 1) if each is one)
        write(row, document, f"stimuli[{number}]")
        tell(platform, session, scope, row, str(one["id"]))
        return str(one["id"])


def remove_stimulus(platform: Platform, scope: Scope, exercise_id: int, stimulus: str, seen: str) -> None:
    """Take a stimulus out. Refused when another depends on it, when a cell then receives nothing, or on a conflict."""
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        document = deepcopy(row.content)
        before = find(document["stimuli"], stimulus)
        _check_seen(platform, session, row, stimulus, before, seen)
        document["stimuli"].remove(before)
        write(row, document)
        tell(platform, session, scope, row, stimulus)


def shift(
    platform: Platform, scope: Scope, exercise_id: int, stimulus: str, minutes: int, version: int, *, following: bool
) -> int:
    """Move a stimulus, and those after it if `following`, by so many minutes; how many moved.

    Refused when one would leave the exercise, would no longer come after what it depends on, or on a conflict.
    """
    with platform.database.write() as session:
        row = changeable(platform, session, scope, exercise_id, version)
        document = deepcopy(row.content)
        timed = [one for one in document["stimuli"] if one["at"] is not None]
        timed.sort(key=lambda one: one["at"])
        first = find(timed, stimulus)
        moved = timed[timed.index(first) :] if following else [first]
        for one in moved:
            one["at"] += minutes
        _check_begun(moved)
        document["stimuli"].sort(key=_minute)
        write(row, document)
        tell(platform, session, scope, row, stimulus)
        return len(moved)


def _check_begun(moved: Sequence[Written]) -> None:
    early = [one["id"] for one in moved if one["at"] < 0]
    if early:
        names = ", ".join(early[:5])
        raise Refused(Text(f"{names} tomberait avant DEBEX.", f"{names} would fall before STARTEX."))


def save_part(
    platform: Platform, scope: Scope, exercise_id: int, part: str, typed: Sequence[Mapping[str, Any]], seen: str
) -> None:
    """Record the cells, phases, objectives or decisions, in this order. Those without an id are new.

    A new cell says `like` which one: it receives the same stimuli. A cell left out is taken off the stimuli that reach
    others too, and off the observation grid; Refused while somebody sits there. Invalid names the fields as a kit does
    (`[2].name`).
    """
    with platform.database.write() as session:
        row = to_change(session, scope, exercise_id)
        document = deepcopy(row.content)
        before = document[part]
        _check_seen(platform, session, row, part, before, seen)
        document[part] = _identified(typed, _NAMED_BY[part])
        if part == "cells":
            _receive(document, typed)
            gone = {one["id"]: one["name"] for one in before}
            for one in document[part]:
                gone.pop(one["id"], None)
            forget_cells(session, row, gone)
            _forget(document, set(gone))
        write(row, document, part)
        tell(platform, session, scope, row, part)


def _identified(typed: Sequence[Mapping[str, Any]], named_by: str) -> list[Written]:
    """The same, each with an id: that of before, or one made of its name."""
    taken = {one["id"] for one in typed if one.get("id")}
    found = []
    for one in typed:
        key = one.get("id") or _free(one[named_by], taken)
        taken.add(key)
        found.append({**{name: value for name, value in one.items() if name != "like"}, "id": key})
    return found


def _free(name: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", folded(name)).strip("_")[:30] or "part"
    base = base if base[0].isalpha() else f"p_{base}"
    tried = (base, *(f"{base}_{n}" for n in range(2, 100)))
    return next((key for key in tried if key not in taken), base)  # the check of the kit refuses so many parts


def _receive(document: Written, typed: Sequence[Mapping[str, Any]]) -> None:
    for one, made in zip(typed, document["cells"], strict=True):
        if like := one.get("like"):
            for stimulus in document["stimuli"]:
                if like in stimulus["to"]:
                    stimulus["to"].append(made["id"])


def _forget(document: Written, cells: set[str]) -> None:
    """Take cells away where others remain; what then names a cell that is gone is refused by the check."""
    for stimulus in document["stimuli"]:
        stimulus["to"] = [one for one in stimulus["to"] if one not in cells] or stimulus["to"]
        for reaction in stimulus["expects"]:
            reaction["cell"] = None if reaction["cell"] in cells else reaction["cell"]
    document["observation"] = [one for one in document["observation"] if one["cell"] not in cells]


def find(stimuli: Iterable[Written], key: str) -> Written:
    """The stimulus of that id; NotFound."""
    found = next((one for one in stimuli if one["id"] == key), None)
    if found is None:
        raise NotFound(
            Text(f"Le stimulus « {key} » n’existe pas (ou plus).", f"There is no stimulus “{key}” (any more).")
        )
    return found


def place(stimuli: list[Written], before: Written | None, one: Written) -> None:
    """Put a stimulus where it stood; when it is new or its time changed, after those that come before it."""
    if before is not None:
        number = stimuli.index(before)
        stimuli[number] = one
        if before["at"] == one["at"]:
            return
        del stimuli[number]
    after = [n for n, each in enumerate(stimuli, 1) if _minute(each) <= _minute(one)]
    stimuli.insert(max(after, default=0), one)


def _minute(stimulus: Written) -> float:
    """When it falls due; reserves come last. What is no number is left to the check."""
    at = stimulus["at"]
    return float(at) if isinstance(at, int) else float("inf")


def _rename(document: Written, old: str, new: str) -> None:
    for stimulus in document["stimuli"]:
        for condition in stimulus["when"]:
            name, _dot, letter = (condition["reaction"] or "").partition(".")
            if name == old:
                condition["reaction"] = f"{new}.{letter}"


def next_id(kit: Kit, *, reserve: bool) -> str:
    """An id that no stimulus has: the next `S12`, or `R3`."""
    taken = {one.id for one in kit.stimuli}
    letter = "R" if reserve else "S"
    names = (f"{letter}{n}" if reserve else f"{letter}{n:02}" for n in count(1))
    return next(one for one in names if one not in taken)


def write(row: Exercise, document: Written, part: str = "") -> Kit:
    """Check the whole kit and keep it, in the caller's transaction. Faults inside `part` are Invalid by field, others
    Refused."""
    try:
        kit = kit_of(document)
    except UnplayableKitError as error:
        raise _refusal(error.faults, part, document) from error
    _check_attachments(kit, row)
    row.content = kit.model_dump(mode="json", by_alias=True)
    return kit


def _refusal(faults: Sequence[Fault], part: str, document: Written) -> Invalid | Refused:
    inside = {one.key.removeprefix(part).removeprefix("."): one for one in faults if part and one.key.startswith(part)}
    if inside:
        return Invalid({key: _sentence(one) for key, one in inside.items()})
    return Refused(_sentence(faults[0], where_in(document, faults[0].key)))


def _sentence(fault: Fault, where: Text | None = None) -> Text:
    if where:
        return Text(f"{where.fr} : {fault.fr}.", f"{where.en}: {fault.en}.")
    return Text(f"{fault.fr[:1].upper()}{fault.fr[1:]}.", f"{fault.en[:1].upper()}{fault.en[1:]}.")


def where_in(document: Written, key: str) -> Text:
    """A place of the kit as people know it: `stimuli[3].to` is “S03”."""
    found = _NUMBERED.match(key)
    if found is None:
        return PARTS.get(key, CHRONOGRAM)
    part, number = found[1], int(found[2])
    if part == "stimuli":
        return Text(*[str(document[part][number - 1]["id"])] * 2)
    name = _LISTS.get(part, Text(part, part))
    return Text(f"{name.fr}, ligne {number}", f"{name.en}, line {number}")


def _check_attachments(kit: Kit, row: Exercise) -> None:
    there = {one["name"] for one in row.documents}
    for stimulus in kit.stimuli:
        for name in stimulus.attachments:
            if name not in there:
                raise Refused(
                    Text(
                        f"« {stimulus.id} » porte le document « {name} », que l’exercice n’a pas : déposez-le d’abord.",
                        f"“{stimulus.id}” carries the document “{name}”, which this exercise lacks: upload it first.",
                    )
                )


def _check_seen(platform: Platform, session: Session, row: Exercise, part: str, now: object | None, seen: str) -> None:
    if now is not None and mark_of(now) != seen:
        raise Refused(conflict(platform, session, row, part))


def conflict(platform: Platform, session: Session, row: Exercise, part: str) -> Text:
    """Who changed that part meanwhile, as Refused says it."""
    query = select(TrailEvent).where(TrailEvent.thing_kind == "exercise", TrailEvent.thing_id == str(row.id))
    events = session.scalars(query.order_by(TrailEvent.number.desc()).limit(_SEEN))
    wanted = {part, "stimuli"}
    changes = (one for one in events if one.action == CHANGED and "part" in one.detail)
    found = next((one for one in changes if part == "stimuli" or one.detail["part"] in wanted), None)
    who, at = (found.actor, found.at) if found else (row.changed_by, row.changed_at)
    what = CHRONOGRAM if part == "stimuli" else PARTS.get(part, Text(f"« {part} »", f"“{part}”"))
    return changed_meanwhile(who, what, at.astimezone(ZoneInfo(platform.settings.timezone)))


def tell(platform: Platform, session: Session, scope: Scope, row: Exercise, part: str, what: str = "content") -> None:
    """Say who changed which part, last in the transaction; `what` is the field of the exercise that holds it."""
    now = platform.clock.now()
    record(session, scope, CHANGED, thing_of(row), now, {**touch(row, [what], scope.actor, now), "part": part})


def _cleaned(typed: Mapping[str, Any]) -> Written:
    """What people typed, without what a text should not hold."""
    lines = {name: line_of(typed[name]) for name in ("id", "sender", "title")}
    return {**typed, **lines, "body": lines_of(typed["body"]), "hint": lines_of(typed["hint"] or "") or None}
