"""What people exclude from an audit for a while, beside the mandate: not contacted at all, or not reported. Pure.

An exclusion comes with the request, holds only what the grammar of mandates holds, and can only take away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from scanners.exposure.domain_facts import FoundName
from scanners.exposure.facts import Barred, Exclusion
from scanners.exposure.mandate import Area, Mandate, parse_area
from scanners.exposure.targets import Address

NO_SCAN, NO_REPORT = "no_scan", "no_report"


@dataclass(frozen=True)
class ExclusionAsked:
    """One exclusion as a request gives it: see `scanners.exposure.facts.Exclusion`."""

    what: str
    mode: Literal["no_scan", "no_report"]
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The exclusions of one audit, ready to be asked about an address."""

    known: tuple[tuple[ExclusionAsked, Area], ...] = ()

    @classmethod
    def of(cls, asked: Iterable[ExclusionAsked]) -> Exclusions:
        """Ready to be asked; MandateError names the one that is unreadable."""
        return cls(tuple((one, parse_area([one.what])) for one in asked))

    def from_contact(self, what: Address | str) -> bool:
        """Whether an address or a name is not to be contacted."""
        return any(asked.mode == NO_SCAN and area.holds(what) for asked, area in self.known)

    def names(self) -> tuple[str, ...]:
        """The exact names that are not to be contacted: neither is the address behind them, whoever asks for it."""
        return tuple(name for asked, area in self.known if asked.mode == NO_SCAN for name in area.names)

    def applied(
        self, contacted: Mapping[Address, Sequence[str]], excluded: Mapping[Address, Sequence[str]]
    ) -> tuple[Exclusion, ...]:
        """Every exclusion, with the addresses of the audit that it concerned."""
        return tuple(
            Exclusion(
                asked.what,
                asked.mode,
                asked.reason,
                asked.until,
                _concerned(area, excluded if asked.mode == NO_SCAN else contacted),
            )
            for asked, area in self.known
        )


def set_aside(excluded: Mapping[Address, Sequence[str]], found: Iterable[FoundName]) -> Mapping[Address, Sequence[str]]:
    """What exclusions took from an audit, each address with the names that account for it: of its targets, and behind
    the names found, which may lead anywhere."""
    every = {address: list(names) for address, names in excluded.items()}
    for name in found:
        for text in name.spared:
            every.setdefault(ip_address(text), []).extend(filter(None, (name.name, name.alias)))
    return every


def barred(mandate: Mandate, aside: Mapping[Address, Sequence[str]]) -> tuple[Barred, ...]:
    """Each exclusion of the mandate that took something from an audit, with what it took."""
    known = ((what, _concerned(parse_area([what]), aside)) for what in mandate.excluded.written)
    return tuple(Barred(what, addresses) for what, addresses in known if addresses)


def _concerned(area: Area, known: Mapping[Address, Sequence[str]]) -> tuple[str, ...]:
    return tuple(str(address) for address, names in known.items() if any(map(area.holds, (address, *names))))
