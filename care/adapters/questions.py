"""Reads the questions of `kits/questions` (format care-questions/1), each file beside its framework.

A fault names file, key and reason: a question of no requirement, a requirement asked twice, a condition nobody defines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import kits
from care.adapters.frameworks import FOLDER as FRAMEWORKS
from care.adapters.frameworks import framework_of
from care.adapters.kit_reading import Node, fault, read_document
from care.domain.frameworks import ITEM_ID, Framework
from care.domain.questions import Choice, Circumstance, Condition, Question, Questionnaire, Section, Value, ValueKind
from scanners.model import Text

FOLDER = Path(kits.__file__).parent / "questions"
NOUN = Text("La fiche de questions", "The questions file")
_FORMAT = re.compile(r"care-questions/1\Z")
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_MOST_QUESTIONS = 200
_MOST_CHOICES = 20
_VALUE_KEYS = {
    ValueKind.NUMBER: {"kind", "unit", "least", "most", "highest"},
    ValueKind.DATE: {"kind", "months"},
    ValueKind.CHOICES: {"kind", "choices"},
}


@cache
def questions_of(path: Path) -> Questionnaire:
    """The questions of a file, read once in the life of a process. KitError names the first fault."""
    return read_questions(read_document(path, path.name, NOUN), framework_of(FRAMEWORKS / path.name))


def read_questions(node: Node, framework: Framework) -> Questionnaire:
    """The questions of a document already parsed, on the framework they belong to. KitError names the first fault."""
    node.only({"format", "conditions", "sections"})
    node.plain("format", _FORMAT)
    conditions = {one.id: one for one in node.many("conditions", _condition, least=0)}
    sections = tuple(node.many("sections", lambda one: _section(one, conditions, framework), least=1))
    asked: set[str] = set()
    for section in sections:
        for one in section.questions:
            if one.item in asked:
                raise fault(node.file, one.item, "question posée deux fois", "question asked twice", NOUN)
            asked.add(one.item)
    return Questionnaire(framework.id, sections)


def _condition(node: Node) -> Condition:
    node.only({"id", "ask", "absent", "known_by"})
    return Condition(
        id=node.plain("id", _ID),
        ask=node.text("ask"),
        absent=node.text("absent"),
        known_by=node.child("known_by").of(Circumstance) if node.has("known_by") else Circumstance.TOLD,
    )


def _section(node: Node, conditions: Mapping[str, Condition], framework: Framework) -> Section:
    node.only({"id", "domain", "title", "questions"})
    domain = node.plain("domain", ITEM_ID)
    if domain not in framework.by_id:
        raise node.child("domain").fault(f"section inconnue : {domain}", f"unknown section: {domain}")
    questions = node.many("questions", lambda one: _question(one, conditions, framework), 1, _MOST_QUESTIONS)
    for one in questions:
        if framework.by_id[one.item].parent != domain:
            raise node.fault(f"{one.item} n’est pas de {domain}", f"{one.item} is not of {domain}")
    return Section(node.plain("id", _ID), domain, node.text("title"), tuple(questions))


def _question(node: Node, conditions: Mapping[str, Condition], framework: Framework) -> Question:
    node.only({"item", "look", "value", "when", "answers"})
    item = node.plain("item", ITEM_ID)
    if item not in {one.id for one in framework.requirements}:
        raise node.child("item").fault(f"exigence inconnue : {item}", f"unknown requirement: {item}")
    when = node.plain("when", _ID) if node.has("when") else ""
    if when and when not in conditions:
        raise node.child("when").fault(f"condition inconnue : {when}", f"unknown condition: {when}")
    return Question(
        item=item,
        look=node.text("look"),
        value=node.read("value", _value) if node.has("value") else None,
        condition=conditions[when] if when else None,
        answers=node.plain("answers", _ID) if node.has("answers") else "",
    )


def _value(node: Node) -> Value:
    kind = node.child("kind").of(ValueKind)
    node.only(_VALUE_KEYS[kind])
    value = Value(
        kind,
        unit=node.text("unit") if node.has("unit") else None,
        least=int(node.number("least")) if node.has("least") else None,
        most=int(node.number("most")) if node.has("most") else None,
        highest=int(node.number("highest")) if node.has("highest") else 36_500,
        months=int(node.number("months")) if node.has("months") else None,
        choices=tuple(node.many("choices", _choice, least=0, most=_MOST_CHOICES)),
    )
    if kind is ValueKind.CHOICES and len({one.id for one in value.choices}) < max(2, len(value.choices)):
        raise node.fault("deux choix différents au moins", "two different choices at least")
    if kind is ValueKind.NUMBER and value.unit is None:
        raise node.fault("une unité est attendue", "a unit is expected")
    return value


def _choice(node: Node) -> Choice:
    node.only({"id", "fr", "en"})
    return Choice(node.plain("id", _ID), Text(node.child("fr").words(120), node.child("en").words(120)))
