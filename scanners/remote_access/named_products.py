"""The products that a review of remote accesses names: the gateway's system, and what the register declares. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from scanners.exchange import NamedProduct
from scanners.known_products import in_a_sentence
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.systems_seen import product_name

SHOWN = 8
"""Accesses named beside a technology; the others are counted."""


def seen_products(facts: RemoteAccessFacts) -> Iterator[NamedProduct]:
    """The system of the gateway, looked at; each technology of the register in use, declared, with its suppliers."""
    if facts.system:
        yield NamedProduct(product_name(facts.system), "", "", facts.gateway)
    declared: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in facts.register.rows if facts.register else ():
        if row.enabled is not False:
            product = in_a_sentence(row.technology)
            declared[product].add(row.supplier or row.equipment)
    for (name, version), users in sorted(declared.items()):
        yield NamedProduct(name, version, "", _listed(users), declared=True)


def _listed(users: set[str]) -> str:
    named = sorted(users - {""})
    more = f" (+{len(named) - SHOWN})" if len(named) > SHOWN else ""
    return ", ".join(named[:SHOWN]) + more
