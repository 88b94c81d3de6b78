"""The products that facts name, whichever scanner collected them. Pure.

A scanner whose facts name products or systems has a module `named_products` with a function `seen_products(facts)`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from scanners.archive import Archive
from scanners.exchange import NamedProduct

NETWORK: Final = ("exposure",)
"""Scanners that see what answers on the network: what they did not see, they looked for."""
MACHINES: Final = ("ad", "workstations")
"""Scanners that know the operating systems of machines, and of nothing else."""
REGISTERS: Final = ("remote_access", "backup")
"""Scanners that read what people wrote, and one system: what they do not name was not looked for."""
SEERS: Final = (*NETWORK, *MACHINES, *REGISTERS)
MAX_PRODUCTS: Final = 20_000
"""Products kept of one audit: an exposure audit of 4,000 addresses names about as many."""
_LONGEST: Final = {"product": 200, "version": 100, "cpe": 300, "subject": 300}


def products_of(archive: Archive[Any]) -> tuple[NamedProduct, ...]:
    """The products an archive names, each once, in order; none for scanners that name none."""
    scanner = archive.manifest.scanner
    if scanner not in SEERS:
        return ()
    found: Iterable[NamedProduct] = importlib.import_module(f"scanners.{scanner}.named_products").seen_products(
        archive.facts
    )
    return bounded(found)


def bounded(found: Iterable[NamedProduct]) -> tuple[NamedProduct, ...]:
    """Products each once, in order, no longer and no more than are kept."""
    return tuple(sorted({_bounded(one) for one in found if one.product}, key=_order)[:MAX_PRODUCTS])


def _bounded(one: NamedProduct) -> NamedProduct:
    return replace(one, **{name: getattr(one, name)[:longest] for name, longest in _LONGEST.items()})


def _order(one: NamedProduct) -> tuple[str, str, str, str, bool]:
    return one.product, one.version, one.subject, one.cpe, one.declared
