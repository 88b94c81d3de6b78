"""Operating systems as products: what scanners that know machines have in common. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from scanners.exchange import NamedProduct

SHOWN: Final = 8
"""Names of machines kept beside a system; the others are counted."""
_WINDOWS: Final = re.compile(
    r"windows(?:\W*(?:®|™))*\s+(?P<name>server\W*(?:®|™)?\s*\d{4}(?:\s+r2)?|vista|xp|\d+(?:\.\d)?)", re.IGNORECASE
)
_BUILD: Final = re.compile(r"(\d+(?:\.\d+)+)\s*\((\d+)(?:\.(\d+))?\)")


@dataclass(frozen=True, slots=True)
class Running:
    """A machine and its system as a list writes it: `Windows Server 2016 Standard`, `10.0 (14393)`."""

    system: str
    version: str
    machine: str


def systems(machines: Iterable[Running]) -> Iterator[NamedProduct]:
    """One product a system and version; its subject names the first machines, and counts the others: `(+12)`."""
    by_version: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in machines:
        by_version[product_name(one.system), version_of(one.version)].add(one.machine)
    for (product, version), names in sorted(by_version.items()):
        shown = sorted(names)[:SHOWN]
        more = f" (+{len(names) - len(shown)})" if len(names) > len(shown) else ""
        yield NamedProduct(product, version, "", ", ".join(shown) + more)


def product_name(system: str) -> str:
    """The `vendor:product` of a Windows, as the NVD calls it without its build; the plain name of another system."""
    match = _WINDOWS.search(system)
    if match is None:
        return " ".join(system.lower().split())
    words = re.sub(r"[^a-z0-9.]+", " ", match["name"].lower()).split()
    return f"microsoft:windows_{'_'.join(words)}"


def version_of(written: str) -> str:
    """`10.0 (14393)` as `10.0.14393`, which vendors' bulletins write."""
    match = _BUILD.fullmatch(written.strip())
    return ".".join(filter(None, match.groups())) if match else written.strip()
