"""Alerts of a region on a new vulnerability: what is looked for, and what an establishment answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from scanners.model import Severity, Text
from scanners.versions import MAX_VERSION, Inside, Span, inside

MOST_CRITERIA = 40
"""Criteria of one alert: a bulletin names a handful of products, each with a few branches."""
MAX_PRODUCT = 200
SHORTEST_NAME = 2
EVERY_VERSION = Span()
_WORD = re.compile(r"[a-z0-9]+")


class Exposure(StrEnum):
    """Whether an establishment runs what an alert speaks of, by the facts stored.

    `suspected`: the product is there but its version is not known, or people declared it and nothing saw it.
    `not_seen` never means “no”: the product was not among what was looked at. `unknown`: nothing was looked at.
    """

    EXPOSED = "exposed"
    SUSPECTED = "suspected"
    NOT_SEEN = "not_seen"
    UNKNOWN = "unknown"


EXPOSURE_NAMES: Mapping[Exposure, Text] = {
    Exposure.EXPOSED: Text("Exposé", "Exposed"),
    Exposure.SUSPECTED: Text("Présent, à vérifier", "Present, to be checked"),
    Exposure.NOT_SEEN: Text("Non vu dans les relevés", "Not seen in what was looked at"),
    Exposure.UNKNOWN: Text("Aucun relevé", "Nothing was looked at"),
}


class ProductSource(StrEnum):
    """How a product came to be known, the surest first: an audit of ours saw it, the report of another tool names it,
    people wrote it in a register or a plan."""

    MEASURED = "measured"
    IMPORTED = "imported"
    DECLARED = "declared"


SOURCE_NAMES: Mapping[ProductSource, Text] = {
    ProductSource.MEASURED: Text("vu par un audit", "seen by an audit"),
    ProductSource.IMPORTED: Text("vu par un rapport importé", "seen by an imported report"),
    ProductSource.DECLARED: Text("déclaré, non vérifié", "declared, not checked"),
}


class AlertAnswer(StrEnum):
    """What an establishment says it did about an alert."""

    NONE = "none"
    READ = "read"
    NOT_CONCERNED = "not_concerned"
    WORKING = "working"
    TREATED = "treated"


ANSWER_NAMES: Mapping[AlertAnswer, Text] = {
    AlertAnswer.NONE: Text("Pas de réponse", "No answer"),
    AlertAnswer.READ: Text("Lu", "Read"),
    AlertAnswer.NOT_CONCERNED: Text("Pas concerné", "Not concerned"),
    AlertAnswer.WORKING: Text("Traitement en cours", "Being treated"),
    AlertAnswer.TREATED: Text("Traité", "Treated"),
}


SEVERITY_WORDS: Mapping[Severity, Text] = {
    Severity.CRITICAL: Text("critique", "critical"),
    Severity.HIGH: Text("élevée", "high"),
    Severity.MEDIUM: Text("moyenne", "medium"),
    Severity.LOW: Text("faible", "low"),
    Severity.INFO: Text("information", "information"),
}

FINAL_ANSWERS = frozenset({AlertAnswer.NOT_CONCERNED, AlertAnswer.TREATED})
"""Answers after which nobody is reminded."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A product and a range of its versions. `product` is `vendor:product` as CVE records write it, or a plain name,
    whose words are looked for in the names seen."""

    product: str
    span: Span = EVERY_VERSION

    def as_json(self) -> dict[str, Any]:
        """As alerts keep it and send it."""
        return {"product": self.product, "from": self.span.since, "before": self.span.before}


def criteria_of(kept: Sequence[Mapping[str, Any]]) -> tuple[Criterion, ...]:
    """The criteria that an alert keeps. ValueError when they are none, too many, or not criteria."""
    if not 0 < len(kept) <= MOST_CRITERIA:
        raise ValueError("an alert has at least one criterion, and not too many")
    return tuple(_criterion(one) for one in kept)


_FIELDS = ("product", "from", "before")


def _criterion(kept: Mapping[str, Any]) -> Criterion:
    values = [one.strip().lower() for name in _FIELDS if isinstance(one := kept.get(name), str)]
    if not len(kept) == len(values) == len(_FIELDS):
        raise ValueError("a criterion is a product and two bounds")
    product, since, before = values
    if not is_product(product) or max(len(since), len(before)) > MAX_VERSION:
        raise ValueError("a criterion needs a product, and bounds that are versions")
    return Criterion(product, Span(since, before))


def is_product(text: str) -> bool:
    """Whether a text can name a product: some letters or digits, `vendor:product` or a plain name."""
    vendor, colon, name = text.partition(":")
    parts = [vendor, name] if colon else [vendor]
    enough = all(len("".join(_WORD.findall(one.lower()))) >= SHORTEST_NAME for one in parts)
    return len(text) <= MAX_PRODUCT and enough and ":" not in name


class Kinship(StrEnum):
    """Whether a product that was seen is the one a criterion names. A namesake has the same name from another maker:
    makers are bought and renamed, so it is told, as a suspicion."""

    SAME = "same"
    NAMESAKE = "namesake"
    OTHER = "other"


def kinship(wanted: str, seen: str) -> Kinship:
    """How a product that was seen is related to the one a criterion names; both in lower case."""
    vendor, colon, name = wanted.partition(":")
    if not colon:
        return Kinship.SAME if words(vendor) <= words(seen) else Kinship.OTHER
    if wanted == seen:
        return Kinship.SAME
    maker, parted, seen_name = seen.partition(":")
    if words(name) != words(seen_name if parted else maker):
        return Kinship.OTHER
    return Kinship.NAMESAKE if parted else Kinship.SAME


def words(text: str) -> frozenset[str]:
    """The words of a product's name, whatever joins them."""
    return frozenset(_WORD.findall(text.lower()))


def speaks_of_systems(criteria: Iterable[Criterion]) -> bool:
    """Whether all the criteria name versions of Windows, which lists of machines know as well as the network does."""
    return all("windows" in words(one.product) for one in criteria)


def exposure_by(
    criteria: Iterable[Criterion], product: str, version: str, source: ProductSource = ProductSource.MEASURED
) -> Exposure | None:
    """What one product says: exposed, suspected (at most, when it is only declared), or nothing (None)."""
    found: Exposure | None = None
    for one in criteria:
        kin = kinship(one.product, product)
        where = Inside.NO if kin is Kinship.OTHER else inside(version, one.span)
        if where is Inside.YES and kin is Kinship.SAME and source is not ProductSource.DECLARED:
            return Exposure.EXPOSED
        if where is not Inside.NO:
            found = Exposure.SUSPECTED
    return found
