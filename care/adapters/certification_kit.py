"""Reads the themes of certification visits of `kits/certification`; a fault names file, key and reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import kits
from care.adapters.frameworks import FOLDER, framework_of
from care.adapters.kit_reading import Node, read_document
from care.domain.certification import (
    THEMES,
    Question,
    Rhythm,
    Source,
    SourceKind,
    Theme,
    VisitKit,
)
from care.domain.programme import Inquiry
from scanners.model import Text

CERTIFICATION = Path(kits.__file__).parent / "certification"
NOUN = Text("La fiche de certification", "The certification file")
_FORMAT = re.compile(r"care-certification/1\Z")
_ID = re.compile(r"[a-z][a-z0-9_]{1,40}\Z")
_REF = re.compile(r"[a-z][a-z0-9-]*:\S{1,60}\Z")
_LONGEST = 100


@cache
def visit_kit_of(path: Path = CERTIFICATION / "themes.yaml") -> VisitKit:
    """The themes of a file; titles are those of the framework `has` where it has the theme. KitError at a fault."""
    themes = framework_of(FOLDER / f"{THEMES}.yaml")
    node = read_document(path, path.name, NOUN)
    node.only({"format", "themes", "generic"})
    node.plain("format", _FORMAT)
    titles = {item.id: item.title for item in themes.requirements}
    found = tuple(node.many("themes", lambda one: _theme(one, titles), least=1))
    if len({one.id for one in found}) != len(found):
        raise node.fault("un thème est donné deux fois", "a theme is given twice")
    if missing := sorted(titles.keys() - {one.id for one in found}):
        raise node.fault(f"le thème {missing[0]} de {THEMES} manque", f"theme {missing[0]} of {THEMES} is missing")
    return VisitKit(found, tuple(node.many("generic", _question, least=len(Inquiry))))


def _theme(node: Node, titles: Mapping[str, Text]) -> Theme:
    node.only({"id", "title", "freshness", "covers", "sources", "questions"})
    name = node.plain("id", _ID)
    return Theme(
        id=name,
        title=titles[name] if name in titles else node.text("title"),
        freshness=node.text("freshness"),
        covers=tuple(node.many("covers", _ref, least=0)),
        sources=tuple(node.many("sources", _source, least=1)),
        questions=tuple(node.many("questions", _question, least=1)),
    )


def _ref(node: Node) -> str:
    words = node.words(_LONGEST)
    if not _REF.match(words):
        raise node.fault("une référence s’écrit référentiel:exigence", "a reference is written framework:item")
    return words


def _source(node: Node) -> Source:
    node.only({"id", "by", "months", "year", "monthly", "continuous"})
    rhythms = [one for one in Rhythm if node.has(one.value)]
    if len(rhythms) > 1:
        raise node.fault("un seul rythme par source", "one rhythm a source")
    rhythm = rhythms[0] if rhythms else Rhythm.CONTINUOUS
    return Source(
        kind=node.child("id").of(SourceKind),
        rhythm=rhythm,
        months=int(node.number("months")) if rhythm is Rhythm.MONTHS else 0,
        by=frozenset(node.many("by", lambda one: one.of(Inquiry), least=1)),
    )


def _question(node: Node) -> Question:
    node.only({"by", "ask", "see"})
    return Question(node.child("by").of(Inquiry), node.text("ask"), node.text("see"))
