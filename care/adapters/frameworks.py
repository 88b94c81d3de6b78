"""Reads the frameworks of `kits/frameworks` (format care-framework/1); a fault names file, key and reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

import kits
from care.adapters.kit_reading import KitError, Node, fault, read_document
from care.domain.evidence import EvidenceKind
from care.domain.frameworks import (
    FRAMEWORK_ID,
    ITEM_ID,
    VERSION,
    Confidence,
    Expected,
    Framework,
    FrameworkKind,
    Item,
    Level,
    Method,
    Parameter,
    ParameterKind,
    Unit,
    item_faults,
)
from care.domain.programme import Inquiry
from scanners.model import Ref, Text
from scanners.read_yaml import YamlError, load_mapping

FOLDER = Path(kits.__file__).parent / "frameworks"
FORMAT = re.compile(r"care-framework/1\Z")
NOUN = Text("La fiche de référentiel", "The framework file")
_URL = re.compile(r"https://\S+\Z")
_PROFILE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,20}\Z")
_PARAMETER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}\Z")
MAX_FRAMEWORK_ITEMS = 3_000
MAX_PARAMETERS = 300
MAX_DEPTH = 12
MAX_ITEM_TEXT = 20_000
"""Bounds of ours: the longest framework seen has some 1,500 requirements, the longest text of one 12,600 characters."""
_LONGEST_NAME = 120
_LONGEST_SOURCE = 300
_TOP = {
    "format",
    "id",
    "version",
    "kind",
    "unit",
    "title",
    "source",
    "confidence",
    "starts",
    "ends",
    "profiles",
    "parameters",
    "items",
}
_ITEM = {
    "id",
    "title",
    "text",
    "assessed_by",
    "expects",
    "profiles",
    "level",
    "repeats_months",
    "maps",
    "uncovered",
    "inquiries",
    "replaces",
    "items",
}


@cache
def framework_of(path: Path) -> Framework:
    """The framework of a file, read once in the life of a process. KitError names the first fault."""
    return read_framework(read_document(path, path.name, NOUN))


@cache
def shipped_frameworks(folder: Path = FOLDER) -> tuple[Framework, ...]:
    """Every framework of a folder, by id then from the oldest version. KitError at the first fault.

    A file of another format (the questions of crisis maturity have levels) is left to its own reader.
    """
    documents = (read_document(path, path.name, NOUN) for path in sorted(folder.glob("*.yaml")))
    found = [read_framework(document) for document in documents if document.has("format")]
    return tuple(sorted(found, key=lambda one: (one.id, one.starts or date.min)))


@lru_cache(maxsize=64)
def imported_framework(document: bytes, sha256: str) -> Framework:
    """A framework as the database keeps it, read once in the life of a process. KitError names the first fault."""
    name = f"{sha256[:12]}.yaml"
    try:
        return read_framework(Node(name, "", load_mapping(document.decode(), name), NOUN))
    except YamlError as error:
        raise KitError(error.text.fr, error.text.en) from error


def read_framework(node: Node) -> Framework:
    """A framework from a document already parsed. KitError names the first fault."""
    node.only(_TOP)
    node.plain("format", FORMAT)
    source = node.child("source")
    source.only({"name", "url"})
    profiles = MappingProxyType(dict(node.many("profiles", _profile, least=0)))
    parameters = node.many("parameters", _parameter, least=0, most=MAX_PARAMETERS)
    _once(node, "parameters", [one.id for one in parameters])
    items = tuple(_items(node, "", 1))
    if len(items) > MAX_FRAMEWORK_ITEMS:
        raise node.child("items").fault(f"plus de {MAX_FRAMEWORK_ITEMS} lignes", f"more than {MAX_FRAMEWORK_ITEMS}")
    for wrong in item_faults(items, profiles):
        raise fault(node.file, f"items {wrong.item}", wrong.reason.fr, wrong.reason.en, node.noun)
    starts = _day(node.child("starts")) if node.has("starts") else None
    ends = _day(node.child("ends")) if node.has("ends") else None
    if starts and ends and ends <= starts:
        raise node.child("ends").fault("cette fin ne suit pas le début", "this end does not follow the start")
    return Framework(
        id=node.plain("id", FRAMEWORK_ID),
        version=node.plain("version", VERSION),
        kind=node.child("kind").of(FrameworkKind),
        unit=node.child("unit").of(Unit),
        title=node.text("title"),
        source=source.text("name"),
        url=source.plain("url", _URL),
        confidence=node.child("confidence").of(Confidence),
        starts=starts,
        ends=ends,
        profiles=profiles,
        parameters=MappingProxyType({one.id: one for one in parameters}),
        items=items,
    )


def _once(node: Node, name: str, ids: Sequence[str]) -> None:
    for twice in (one for one, count in Counter(ids).items() if count > 1):
        raise node.child(name).fault(f"{twice} : identifiant donné deux fois", f"{twice}: id given twice")


def _items(node: Node, parent: str, depth: int) -> Iterator[Item]:
    """The items of a section and, under each, its own."""
    if depth > MAX_DEPTH:
        raise node.fault(f"plus de {MAX_DEPTH} niveaux", f"more than {MAX_DEPTH} levels")
    for one in node.many("items", lambda child: child, least=1, most=MAX_FRAMEWORK_ITEMS):
        item = _item(one, parent)
        yield item
        if one.has("items"):
            yield from _items(one, item.id, depth + 1)


def _item(node: Node, parent: str) -> Item:
    node.only(_ITEM)
    return Item(
        id=node.plain("id", ITEM_ID),
        parent=parent,
        title=node.text("title"),
        text=node.text("text", MAX_ITEM_TEXT) if node.has("text") else None,
        assessed_by=tuple(node.many("assessed_by", lambda one: one.of(Method), least=0)),
        expects=tuple(node.many("expects", _expected, least=0)),
        profiles=frozenset(node.many("profiles", lambda one: one.words(_LONGEST_NAME), least=0)),
        level=node.child("level").of(Level) if node.has("level") else Level.STANDARD,
        repeats_months=_months(node, "repeats_months"),
        maps=tuple(node.many("maps", _ref, least=0)),
        uncovered=node.text("uncovered") if node.has("uncovered") else None,
        inquiries=tuple(node.many("inquiries", lambda one: one.of(Inquiry), least=0)),
        replaces=tuple(node.many("replaces", _former, least=0)),
    )


def _former(node: Node) -> str:
    former = node.words(_LONGEST_NAME)
    if not ITEM_ID.match(former):
        raise node.fault("un identifiant d’exigence est attendu", "the id of a requirement is expected")
    return former


def _expected(node: Node) -> Expected:
    node.only({"what", "kind", "months"})
    return Expected(node.text("what"), node.child("kind").of(EvidenceKind), _months(node, "months"))


def _months(node: Node, name: str) -> int | None:
    return int(node.number(name)) if node.has(name) else None


def _ref(node: Node) -> Ref:
    try:
        return Ref.parse(node.words(_LONGEST_NAME))
    except ValueError as error:
        raise node.fault(
            "une référence s’écrit référentiel:exigence", "a reference is written framework:item"
        ) from error


def _profile(node: Node) -> tuple[str, Text]:
    node.only({"id", "title"})
    return node.plain("id", _PROFILE), node.text("title")


def _parameter(node: Node) -> Parameter:
    node.only({"id", "kind", "title", "value", "source", "confidence"})
    kind = node.child("kind").of(ParameterKind)
    return Parameter(
        id=node.plain("id", _PARAMETER),
        kind=kind,
        title=node.text("title"),
        value=_value(node.child("value"), kind) if node.has("value") else None,
        source=node.child("source").words(_LONGEST_SOURCE),
        confidence=node.child("confidence").of(Confidence),
    )


def _value(node: Node, kind: ParameterKind) -> int | date:
    if kind is ParameterKind.DATE:
        return _day(node)
    if isinstance(node.value, bool) or not isinstance(node.value, int) or node.value < 0:
        raise node.fault("un nombre entier est attendu", "a whole number is expected")
    if kind is ParameterKind.PERCENT and node.value > 100:
        raise node.fault("un pourcentage va de 0 à 100", "a percentage goes from 0 to 100")
    return node.value


def _day(node: Node) -> date:
    try:
        return date.fromisoformat(node.words(_LONGEST_NAME))
    except ValueError as error:
        raise node.fault("une date AAAA-MM-JJ est attendue", "a date YYYY-MM-DD is expected") from error
