"""Reads the crisis kit of `kits/continuity`: duties to declare, the checklist, the first hour."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from care.adapters.kit_reading import MAX_TEXT, KitError, Node, read_document
from care.domain.continuity import CellKind
from care.domain.crisis import (
    CellFunction,
    Checklist,
    Confidence,
    CrisisKit,
    Duty,
    DutyStep,
    FieldKind,
    FirstStep,
    FormField,
    Item,
    Part,
    PhoneMessage,
)
from care.domain.durations import LONGEST
from scanners.model import Text

CHECKLIST = "plan-blanc"
LONGEST_ITEM = 300
"""An item that needs more characters is two items."""

_ID = re.compile(r"[a-z][a-z0-9_]{2,59}\Z")
_REF = re.compile(r"[a-z][a-z0-9-]*:[A-Za-z0-9.]+\Z")


@cache
def crisis_kit_of(folder: Path) -> CrisisKit:
    """The crisis kit of a folder, read once in the life of a process. KitError names the first fault."""
    duties = read_document(folder / "duties.yaml", "duties.yaml")
    crisis = read_document(folder / "crisis.yaml", "crisis.yaml")
    kit = CrisisKit(
        duties=tuple(duties.many("duties", _duty, least=1)),
        form=tuple(duties.many("form", _field, least=1)),
        checklist=read_checklist(folder / f"{CHECKLIST}.yaml"),
        functions=tuple(crisis.many("functions", _function, least=1)),
        first_hour=tuple(crisis.many("first_hour", _first_step, least=1)),
        messages=tuple(crisis.many("messages", _message, least=1)),
    )
    duties.only({"duties", "form"})
    crisis.only({"functions", "first_hour", "messages"})
    _check_once(duties, [duty.id for duty in kit.duties])
    return kit


def read_checklist(path: Path) -> Checklist:
    """One checklist, named after its file. KitError names the first fault."""
    node = read_document(path, path.name)
    checklist = Checklist(
        id=path.stem,
        title=node.text("title"),
        origin=node.text("origin"),
        parts=tuple(node.many("parts", _part, least=1)),
    )
    node.only({"title", "origin", "parts"})
    _check_once(node, [part.id for part in checklist.parts])
    _check_once(node, [item.id for item in checklist.items])
    return checklist


def _check_once(node: Node, ids: list[str]) -> None:
    for one in ids:
        if ids.count(one) > 1:
            raise node.fault(f"{one} est écrit deux fois", f"{one} is written twice")


def _duty(node: Node) -> Duty:
    duty = Duty(
        id=node.plain("id", _ID),
        title=node.text("title"),
        authority=node.text("authority"),
        who=node.text("who"),
        what=node.text("what"),
        where=node.text("where"),
        steps=tuple(node.many("steps", _step, least=1)),
        needs=tuple(node.many("needs", Node.itself, least=0)),
        source=node.text("source"),
        confidence=node.child("confidence").of(Confidence),
    )
    node.only({"id", "title", "authority", "who", "what", "where", "steps", "needs", "source", "confidence"})
    return duty


def _step(node: Node) -> DutyStep:
    minutes = node.child("minutes").value
    if minutes is not None and (
        isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 < minutes <= LONGEST
    ):
        raise node.child("minutes").fault("des minutes, ou null", "minutes, or null")
    node.only({"fr", "en", "minutes"})
    return DutyStep(_said(node), minutes)


def _field(node: Node) -> FormField:
    kind = node.child("kind").of(FieldKind)
    options = tuple(node.many("options", Node.itself, least=0))
    node.only({"fr", "en", "kind", "options"})
    if (kind is FieldKind.BOXES) != bool(options):
        raise node.fault("options vont avec kind: boxes", "options go with kind: boxes")
    return FormField(_said(node), kind, options)


def _part(node: Node) -> Part:
    part = Part(
        node.plain("id", _ID), node.text("title"), node.text("intro"), tuple(node.many("items", _item, least=1))
    )
    node.only({"id", "title", "intro", "items"})
    return part


def _item(node: Node) -> Item:
    item = Item(node.plain("id", _ID), node.text("text"), node.text("why"), tuple(node.many("refs", _ref, least=0)))
    node.only({"id", "text", "why", "refs"})
    if max(len(item.text.fr), len(item.text.en)) > LONGEST_ITEM:
        raise node.child("text").fault(f"plus de {LONGEST_ITEM} caractères", f"more than {LONGEST_ITEM} characters")
    return item


def _ref(node: Node) -> str:
    words = node.words(80)
    if not _REF.match(words):
        raise node.fault(f"{words!r} n’est pas référentiel:exigence", f"{words!r} is not framework:item")
    return words


def _function(node: Node) -> CellFunction:
    node.only({"cell", "fr", "en"})
    return CellFunction(node.child("cell").of(CellKind), _said(node))


def _first_step(node: Node) -> FirstStep:
    node.only({"until", "who", "do"})
    return FirstStep(node.text("until"), node.text("who"), node.text("do"))


def _message(node: Node) -> PhoneMessage:
    node.only({"title", "text"})
    return PhoneMessage(node.text("title"), node.text("text"))


def _said(node: Node) -> Text:
    """Both languages of a node that holds more."""
    return Text(node.child("fr").words(MAX_TEXT), node.child("en").words(MAX_TEXT))


__all__ = ["KitError", "crisis_kit_of", "read_checklist"]
