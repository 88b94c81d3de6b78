"""Holding the products of an exposure audit against the local store of known vulnerabilities."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.named_products import seen_products
from scanners.vulnerabilities.matching import compare_products
from scanners.vulnerabilities.model import KnownFlaws, VulnerabilityError
from scanners.vulnerabilities.store import opened_store


def compared(facts: ExposureFacts, store: str, now: datetime) -> ExposureFacts:
    """The facts of a collection with the comparison, if there is a store: one that cannot be read costs no audit, the
    rules that need it say so."""
    if not store:
        return facts
    try:
        return with_vulnerabilities(facts, Path(store), now)
    except VulnerabilityError as error:
        return replace(facts, vulnerabilities=KnownFlaws(now, (), trouble=error.text))


def with_vulnerabilities(facts: ExposureFacts, store: Path, now: datetime) -> ExposureFacts:
    """The same facts, compared on that day with what is imported now; as they were when nothing ever was.

    VulnerabilityError when the store cannot be read.
    """
    with opened_store(store) as knowledge:
        if knowledge is None or not knowledge.states():
            return facts
        return replace(facts, vulnerabilities=compare_products(seen_products(facts), knowledge, now))
