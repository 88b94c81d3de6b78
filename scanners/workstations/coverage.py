"""What protects how many machines: the shares that pages show and that rules judge, machine by machine. Pure.

One measure is the machines that should have something (`expected`), those that have it (`covered`), and those of which
nothing is known (`unknown`, never counted as covered). A measure that no list tells is None: it is said, not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from scanners.workstations.facts import NEVER, NO, UNKNOWN, YES, Bools, Days, MachineList, WorkstationFacts
from scanners.workstations.support import support_of


class Means(StrEnum):
    """What a machine is to have."""

    EDR = "edr"
    ANTIVIRUS = "antivirus"
    PATCHES = "patches"
    ENCRYPTION = "encryption"
    LAPS = "laps"
    SUPPORT = "support"


@dataclass(frozen=True)
class Measure:
    """Three columns of yes or no, as long as the machines."""

    expected: Bools
    covered: Bools
    unknown: Bools

    @property
    def missing(self) -> Bools:
        """Machines that should have it and do not, or of which nothing is known."""
        return self.expected & ~self.covered

    def among(self, some: Bools) -> Measure:
        """The same for some machines."""
        return Measure(self.expected & some, self.covered & some, self.unknown & some)


@dataclass(frozen=True, slots=True)
class Share:
    """So many machines of so many; `unknown` of those not covered are simply not known."""

    covered: int
    total: int
    unknown: int

    @property
    def percent(self) -> float | None:
        """None when there is nothing to cover."""
        return round(100 * self.covered / self.total, 1) if self.total else None


def share_of(measure: Measure, among: Bools | None = None) -> Share:
    """The share of a measure, among some machines."""
    expected = measure.expected if among is None else measure.expected & among
    return Share(int((expected & measure.covered).sum()), int(expected.sum()), int((expected & measure.unknown).sum()))


def measures(facts: WorkstationFacts) -> Mapping[Means, Measure | None]:
    """Every measure of these facts."""
    return {means: _MEASURES[means](facts) for means in Means}


def listed(facts: WorkstationFacts) -> Bools:
    """Machines in service that the directory or the inventory knows: those that somebody answers for."""
    return facts.active & (facts.machines.directory | facts.machines.inventory)


def edr(facts: WorkstationFacts) -> Measure | None:
    """Machines that the EDR console knows, unless it has not heard of them for `stale_days` days."""
    if not facts.source("edr"):
        return None
    machines, expected = facts.machines, listed(facts)
    return Measure(expected, expected & machines.edr & _heard(facts, machines.edr_seen), np.zeros_like(expected))


def antivirus(facts: WorkstationFacts) -> Measure | None:
    """Machines that the antivirus console knows, unless it says that their protection is off or has not heard of them
    for `stale_days` days."""
    if not facts.source("antivirus"):
        return None
    machines, expected = facts.machines, listed(facts)
    covered = expected & machines.antivirus & (machines.protected != NO) & _heard(facts, machines.antivirus_seen)
    return Measure(expected, covered, np.zeros_like(expected))


def _heard(facts: WorkstationFacts, seen: Days) -> Bools:
    """Agents that are not known to have fallen silent for as long as an unused account."""
    heard: Bools = (seen == NEVER) | (seen >= facts.today - facts.background.settings.stale_days)
    return heard


def patches(facts: WorkstationFacts) -> Measure | None:
    """Machines whose last patch is of the last `patch_days` days; without that day, those of which a report as recent
    says that they lack none. Known: those that a day or a report tells of."""
    if not (facts.tells("patched", "inventory", "patches") or facts.tells("compliant", "patches")):
        return None
    machines, since = facts.machines, facts.today - facts.background.settings.patch_days
    dated = machines.patched != NEVER
    recent_report = (machines.patch_seen == NEVER) | (machines.patch_seen >= since)
    told = ~dated & (machines.compliant == YES) & recent_report
    covered = (dated & (machines.patched >= since)) | told
    expected = facts.active
    return Measure(expected, expected & covered, expected & ~dated & (machines.compliant == UNKNOWN))


def encryption(facts: WorkstationFacts) -> Measure | None:
    """Laptops whose disk is said to be encrypted."""
    if not (facts.tells("encrypted", *_LISTS) and (facts.tells("kind", *_LISTS) or facts.tells("chassis", *_LISTS))):
        return None
    machines = facts.machines
    expected = facts.active & (machines.laptop == YES)
    return Measure(expected, expected & (machines.encrypted == YES), expected & (machines.encrypted == UNKNOWN))


def laps(facts: WorkstationFacts) -> Measure | None:
    """Machines of the directory whose local password LAPS keeps and still changes; controllers have none."""
    if not facts.source("directory"):
        return None
    machines, settings = facts.machines, facts.background.settings
    expected = machines.directory & facts.active & ~machines.controller
    fresh = machines.laps_expires >= facts.today - settings.laps_expired_days
    return Measure(expected, expected & (machines.laps_expires != NEVER) & fresh, np.zeros_like(expected))


def support(facts: WorkstationFacts) -> Measure | None:
    """Machines whose system still receives fixes, by the life-cycle table."""
    support_now = support_of(facts)
    expected = listed(facts)
    if not (expected & support_now.known).any():
        return None
    return Measure(expected, expected & support_now.known & ~support_now.ended, expected & ~support_now.known)


TOOLS: tuple[MachineList, ...] = ("edr", "antivirus", "patches")
_LISTS: tuple[MachineList, ...] = ("inventory", "edr", "antivirus")
_MEASURES: Mapping[Means, Callable[[WorkstationFacts], Measure | None]] = {
    Means.EDR: edr,
    Means.ANTIVIRUS: antivirus,
    Means.PATCHES: patches,
    Means.ENCRYPTION: encryption,
    Means.LAPS: laps,
    Means.SUPPORT: support,
}


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_lists_telling(facts: WorkstationFacts, column: str, *kinds: MachineList) -> Bools:
    """Machines in service of those of these lists that have a column: each should say something of them."""
    told = np.zeros(len(facts.machines), dtype=np.bool_)
    for kind in kinds:
        if facts.tells(column, kind):
            told |= facts.machines.known_to(kind)
    known: Bools = facts.active & told
    return known


def without_kind(facts: WorkstationFacts) -> Bools:
    """Machines, servers apart, of lists that tell the kind of machine, but not of these: they may be laptops."""
    told = in_lists_telling(facts, "kind", *_LISTS) | in_lists_telling(facts, "chassis", *_LISTS)
    blank: Bools = told & (facts.machines.laptop == UNKNOWN) & (facts.machines.server != YES)
    return blank


def maybe_servers(facts: WorkstationFacts) -> Bools:
    """Machines in service that somebody answers for, of which neither the directory, nor a type, nor a system tells
    whether they are servers."""
    maybe: Bools = listed(facts) & (facts.machines.server == UNKNOWN)
    return maybe


def times_listed(facts: WorkstationFacts) -> npt.NDArray[np.int8]:
    """How many of the lists given know each machine."""
    count = np.zeros(len(facts.machines), dtype=np.int8)
    for kind in facts.given:
        count += facts.machines.known_to(kind)
    return count


def only_in(facts: WorkstationFacts, kind: MachineList) -> Bools:
    """Machines in service that no other list knows."""
    alone: Bools = facts.active & facts.machines.known_to(kind) & (times_listed(facts) == 1)
    return alone


def in_no_tool(facts: WorkstationFacts) -> Bools:
    """Machines in service that none of the tools given knows: neither the EDR or antivirus console, nor the patch
    report. Nobody when none was given."""
    given = [kind for kind in TOOLS if facts.source(kind)]
    known = np.logical_or.reduce([facts.machines.known_to(kind) for kind in given]) if given else True
    alone: Bools = facts.active & ~np.asarray(known, dtype=np.bool_)
    return alone


def signatures(facts: WorkstationFacts) -> Measure | None:
    """Machines of the antivirus console whose signatures are of the day; None when it does not tell."""
    if not (facts.tells("signatures", "antivirus") or facts.tells("outdated", "antivirus")):
        return None
    machines = facts.machines
    old = (machines.signatures != NEVER) & (
        machines.signatures < facts.today - facts.background.settings.signature_days
    )
    expected = facts.active & machines.antivirus
    unknown = (machines.signatures == NEVER) & (machines.fresh == UNKNOWN)
    return Measure(expected, expected & ~old & (machines.fresh != NO) & ~unknown, expected & unknown)


# ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class PlaceShares:
    """The machines in service of one site or service (“” when nobody says where), the shares of each measure, how
    many of these machines a single list knows, and how many no tool does."""

    place: str
    machines: int
    shares: Mapping[Means, Share | None]
    alone: int
    bare: int


def by_place(facts: WorkstationFacts, what: str) -> tuple[PlaceShares, ...]:
    """The shares of every site (`site`) or service (`service`), those without a place last."""
    names = (*(facts.background.sites if what == "site" else facts.background.services), "")
    rows = facts.machines.site if what == "site" else facts.machines.service
    place = np.where(rows < 0, len(names) - 1, rows)
    counts, alone, bare = (
        _counted(place, mask, len(names))
        for mask in (facts.active, facts.active & (times_listed(facts) == 1), in_no_tool(facts))
    )
    told = {
        means: None
        if measure is None
        else (
            _counted(place, measure.expected & measure.covered, len(names)),
            _counted(place, measure.expected, len(names)),
            _counted(place, measure.expected & measure.unknown, len(names)),
        )
        for means, measure in measures(facts).items()
    }
    return tuple(
        PlaceShares(
            name,
            counts[rank],
            {means: None if one is None else Share(*(column[rank] for column in one)) for means, one in told.items()},
            alone[rank],
            bare[rank],
        )
        for rank, name in enumerate(names)
        if counts[rank]
    )


def _counted(place: npt.NDArray[np.int32], mask: Bools, size: int) -> list[int]:
    counts: list[int] = np.bincount(place[mask], minlength=size).tolist()
    return counts
