"""Reads the self-assessment of crisis maturity of `kits/frameworks`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import kits
from care.adapters.kit_reading import Node, read_document
from care.domain.maturity import TOP, Group, Maturity, MaturityQuestion, MaturityTheme

FRAMEWORKS = Path(kits.__file__).parent / "frameworks"
_ID = re.compile(r"anssi-crisis\Z")
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
_URL = re.compile(r"https://\S+\Z")
_THEME = re.compile(r"[1-9]\d?\Z")
_QUESTION = re.compile(r"[1-9]\d?\.[1-9]\d?\Z")


@cache
def maturity_of(path: Path) -> Maturity:
    """The self-assessment of a file, read once in the life of a process. KitError names the first fault."""
    node = read_document(path, path.name)
    node.only({"id", "version", "published", "title", "source", "confidence", "themes"})
    node.plain("id", _ID)
    source = node.child("source")
    source.only({"name", "url"})
    found = Maturity(
        version=node.plain("version", _VERSION),
        title=node.text("title"),
        source=source.text("name"),
        url=source.plain("url", _URL),
        themes=tuple(node.many("themes", _theme, least=1)),
    )
    if len(found.questions) != sum(len(theme.questions) for theme in found.themes):
        raise node.fault("un numéro de question est donné deux fois", "a question’s number is given twice")
    return found


def _theme(node: Node) -> MaturityTheme:
    node.only({"id", "title", "questions"})
    return MaturityTheme(
        node.plain("id", _THEME), node.text("title"), tuple(node.many("questions", _question, least=1))
    )


def _question(node: Node) -> MaturityQuestion:
    node.only({"id", "group", "ask", "levels", "optional"})
    levels = tuple(node.many("levels", Node.itself, least=TOP + 1))
    if len(levels) != TOP + 1:
        raise node.fault("quatre niveaux, de 0 à 3", "four levels, 0 to 3")
    return MaturityQuestion(
        id=node.plain("id", _QUESTION),
        group=node.child("group").of(Group),
        ask=node.text("ask"),
        levels=levels,
        optional=node.has("optional"),
    )
