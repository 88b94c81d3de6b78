"""Holding the products of an exposure audit against the local store of known vulnerabilities."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.seen import seen_products
from scanners.vulnerabilities.matching import compare_products
from scanners.vulnerabilities.store import opened_store


def with_vulnerabilities(facts: ExposureFacts, store: Path, now: datetime) -> ExposureFacts:
    """The same facts, compared on that day with what is imported now; as they were when nothing ever was.

    VulnerabilityError when the store cannot be read.
    """
    with opened_store(store) as knowledge:
        if knowledge is None or not knowledge.states():
            return facts
        return replace(facts, vulnerabilities=compare_products(seen_products(facts), knowledge, now))
