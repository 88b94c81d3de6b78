"""Which names are those of one supplier: the one place that says so, for registers, contracts, lists, links and sheets.
Pure."""

from __future__ import annotations

from care.domain.node_names import folded

SHORTEST = 4
"""Names shorter than that are found in everything: they are compared whole."""


def supplier_key(name: str) -> str:
    """What lines of one register that name one supplier have in common: its name, whatever its case and accents."""
    return folded(name)


def same_supplier(one: str, other: str) -> bool:
    """Whether names written in two different places are those of one supplier: the same, or one within the other, word
    by word."""
    first, second = sorted((supplier_key(one), supplier_key(other)), key=len)
    if not first or len(first) < SHORTEST:
        return bool(first) and first == second
    return f" {first} " in f" {second} "
