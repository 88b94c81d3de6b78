"""Where the names of a mandate live: what its former audits looked at, what a person or the mandate says since. Pure.

A name of the mandate is audited where it is hosted. Whoever changes its DNS record would then choose the machines that
are scanned: an address that a known name did not have is reported first, and contacted once a person said yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanners.exposure.mandate import Area, Mandate
from scanners.exposure.targets import Address, unmapped


@dataclass(frozen=True)
class KnownPlace:
    """A name and the addresses where former audits looked at it, or that a person accepted since."""

    name: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """The places of one audit. `seen` gives those of each name that is known, `declared` those the mandate states;
    `looked_at` are all the addresses of `seen`; `followed` the names that are audited wherever they go."""

    seen: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)
    declared: tuple[tuple[str, Area], ...] = ()
    followed: frozenset[str] = frozenset()
    looked_at: frozenset[Address] = frozenset()

    @classmethod
    def of(cls, known: Iterable[KnownPlace], mandate: Mandate) -> KnownPlaces:
        """Those that a request gives, beside those of the mandate."""
        seen = {place.name.lower(): tuple(map(unmapped, place.addresses)) for place in known if place.addresses}
        looked_at = frozenset(address for addresses in seen.values() for address in addresses)
        return cls(seen, mandate.places, mandate.followed, looked_at)

    def new_to(self, name: str, address: Address) -> bool:
        """Whether a known name was never looked at there, nor any other name. One that is not known yet is at home
        wherever it is found first."""
        if name in self.followed or unmapped(address) in self.looked_at:
            return False
        stated = [area for known, area in self.declared if known == name]
        return (name in self.seen or bool(stated)) and not any(area.holds(address) for area in stated)

    def former(self, name: str) -> tuple[str, ...]:
        """Where a name is known to live, as people read it."""
        stated = (text for known, area in self.declared if known == name for text in area.written)
        return tuple(dict.fromkeys((*map(str, self.seen.get(name, ())), *stated)))
