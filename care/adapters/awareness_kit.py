"""Reads the families of professions of `kits/awareness/professions.yaml`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import kits
from care.adapters.kit_reading import Node, read_document
from care.domain.awareness import Profession

AWARENESS = Path(kits.__file__).parent / "awareness"
_ID = re.compile(r"[a-z][a-z_]{2,29}\Z")


@cache
def professions_of(path: Path) -> Mapping[str, Profession]:
    """The professions by id, in order, read once in the life of a process. KitError names the first fault."""
    node = read_document(path, path.name)
    found = node.many("professions", _profession, least=1)
    node.only({"professions"})
    twice = [one for one, count in Counter(one.id for one in found).items() if count > 1]
    if twice:
        raise node.fault(f"identifiant donné deux fois : {twice[0]}", f"id given twice: {twice[0]}")
    return {one.id: one for one in found}


def _profession(node: Node) -> Profession:
    profession = Profession(node.plain("id", _ID), node.text("name"))
    node.only({"id", "name"})
    return profession
