"""Reads the catalogue of tools, documents and services of `kits/catalogue.yaml`; a fault names file, key and reason."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import kits
from care.adapters.kit_reading import Node, read_document
from care.domain.catalogue import HELP, URL, Offer, OfferKind, Theme
from care.domain.frameworks import Confidence
from scanners.model import Text

PATH = Path(kits.__file__).parent / "catalogue.yaml"
NOUN = Text("La fiche du catalogue", "The catalogue file")
MOST = 300
_ID = re.compile(r"[a-z][a-z0-9-]{2,59}\Z")
_NAMES = {"id", "kind", "title", "summary", "offered_by", "audience", "cost", "address", "source", "confidence"}
_LONGEST_SOURCE = 300


@cache
def catalogue_of(path: Path = PATH) -> tuple[Offer, ...]:
    """The offers of a file, read once in the life of a process. KitError names the first fault."""
    node = read_document(path, path.name, NOUN)
    offers = tuple(node.many("offers", _offer, least=1, most=MOST))
    node.only({"offers"})
    ids = [one.id for one in offers]
    for one in ids:
        if ids.count(one) > 1:
            raise node.fault(f"{one} est écrit deux fois", f"{one} is written twice")
    return offers


def _offer(node: Node) -> Offer:
    node.only(_NAMES | {"themes", "helps"})
    return Offer(
        id=node.plain("id", _ID),
        kind=node.child("kind").of(OfferKind),
        title=node.text("title"),
        summary=node.text("summary"),
        offered_by=node.text("offered_by"),
        audience=node.text("audience"),
        cost=node.text("cost") if node.has("cost") else None,
        address=node.plain("address", URL) if node.has("address") else "",
        source=node.child("source").words(_LONGEST_SOURCE),
        confidence=node.child("confidence").of(Confidence),
        themes=tuple(node.many("themes", _theme, least=1)),
        helps=tuple(node.many("helps", _help, least=0)),
    )


def _theme(node: Node) -> Theme:
    return node.of(Theme)


def _help(node: Node) -> str:
    words = node.words(120)
    if not HELP.match(words):
        raise node.fault(f"{words!r} n’est ni une exigence ni une règle", f"{words!r} is no requirement and no rule")
    return words
