"""Whether a unit of a candidate is covered: D2.O1.C perimeter by perimeter, D2.O1.D by tests and their schedule. Pure.

Source: ANS, CaRE domain 2. D2.O1.C: continuity plans written from BIAs, at least on a care service with a major impact,
the most critical administrative process and a technical platform, where they exist. D2.O1.D: a plan tested in a field
exercise during the operational phase, and a schedule for testing the others. How a legal entity is judged over several
establishments is our reading: each perimeter once, wherever it lies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from care.domain.continuity import Perimeter


class Cover(StrEnum):
    """Where a perimeter of a unit stands."""

    COVERED = "covered"
    ABSENT = "absent"
    NO_PLAN = "no_plan"
    NO_BIA = "no_bia"
    NEITHER = "neither"
    NOT_NAMED = "not_named"

    @property
    def settled(self) -> bool:
        """Whether nothing is missing."""
        return self in {Cover.COVERED, Cover.ABSENT}


@dataclass(frozen=True, slots=True)
class Carrier:
    """An activity in use that carries a perimeter: has it a BIA in force, and a validated plan?"""

    activity_id: int
    name: str
    establishment_id: int
    bia: bool
    plan: bool


@dataclass(frozen=True, slots=True)
class Site:
    """An establishment of a unit: who carries each perimeter, and those it says it does not have."""

    establishment_id: int
    name: str
    carriers: Mapping[Perimeter, tuple[Carrier, ...]] = field(default_factory=dict)
    absent: frozenset[Perimeter] = frozenset()


@dataclass(frozen=True, slots=True)
class PerimeterCover:
    """Where a perimeter stands in a unit. `carriers` are the activities to look at, the nearest to the aim first.

    `silent` are the sites that name no activity and do not say they have none.
    """

    perimeter: Perimeter
    cover: Cover
    carriers: tuple[Carrier, ...] = ()
    silent: tuple[Site, ...] = ()


def perimeters_of(sites: Sequence[Site]) -> tuple[PerimeterCover, ...]:
    """The three perimeters of a unit, judged over all its establishments."""
    return tuple(_perimeter(one, sites) for one in Perimeter)


def covered(found: Sequence[PerimeterCover]) -> bool:
    """Whether the unit counts as covered. One that says it has none of the three shows nothing: it does not count."""
    return all(one.cover.settled for one in found) and any(one.cover is Cover.COVERED for one in found)


def _perimeter(perimeter: Perimeter, sites: Sequence[Site]) -> PerimeterCover:
    carriers = [carrier for site in sites for carrier in site.carriers.get(perimeter, ())]
    nearest = tuple(sorted(carriers, key=lambda one: (-(one.bia + one.plan), not one.bia, one.name, one.activity_id)))
    if nearest:
        return PerimeterCover(perimeter, _cover(nearest[0]), nearest)
    silent = tuple(site for site in sites if perimeter not in site.absent)
    return PerimeterCover(perimeter, Cover.NOT_NAMED if silent or not sites else Cover.ABSENT, silent=silent)


def _cover(nearest: Carrier) -> Cover:
    if nearest.bia and nearest.plan:
        return Cover.COVERED
    if nearest.bia:
        return Cover.NO_PLAN
    return Cover.NO_BIA if nearest.plan else Cover.NEITHER
