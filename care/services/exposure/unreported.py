"""What exclusions “without report” keep out of the lists, maps, counts, files and letters of exposure.

It is looked at like the rest and kept apart rather than lost: the list shows it when asked to, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.assets import AssetKind
from care.domain.restraints import ExclusionMode
from care.store.assets import Asset
from care.store.restraints import Exclusion
from scanners.exposure.mandate import Area, parse_area
from scanners.exposure.subjects import host_of
from scanners.exposure.things import Thing

T = TypeVar("T", Asset, Thing)


@dataclass(frozen=True, slots=True)
class Silenced:
    """One exclusion without report in force."""

    id: int
    what: str
    reason: str
    until: date
    by: str


class Unreported:
    """The exclusions without report of an establishment on a day, ready to be asked about what is seen."""

    def __init__(self, session: Session, establishment_id: int, day: date) -> None:
        rows = without_report(session, establishment_id, day)
        found = [(_silenced(row), parse_area([row.what])) for row in rows]
        self._known = [(one, area, addresses_behind(session, establishment_id, area)) for one, area in found]

    def of(self, row: Asset | Thing) -> Silenced | None:
        """The exclusion that a thing falls under; None when it is reported. A name goes with the addresses it leads
        to, when all of them do: it would tell them."""
        found = self._of(row.key)
        if found is not None or row.kind != AssetKind.NAME:
            return found
        behind = [self._of(address) for address in addresses_of(row.traits)]
        return behind[0] if behind and all(behind) else None

    def _of(self, key: str) -> Silenced | None:
        host = host_of(key)
        return next((one for one, area, behind in self._known if str(host) in behind or area.holds(host)), None)

    def keep(self, rows: Iterable[T]) -> list[T]:
        """Those that are reported."""
        return [row for row in rows if self.of(row) is None]


def without_report(session: Session, establishment_id: int, day: date) -> Sequence[Exclusion]:
    """The exclusions without report in force on a day, the one that ends last first."""
    return session.scalars(
        select(Exclusion)
        .where(
            Exclusion.establishment_id == establishment_id,
            Exclusion.mode == ExclusionMode.NO_REPORT,
            Exclusion.lifted_at.is_(None),
            Exclusion.until >= day,
        )
        .order_by(Exclusion.until.desc(), Exclusion.id)
    ).all()


def addresses_of(traits: Mapping[str, str]) -> list[str]:
    """The addresses to which a name leads."""
    written = traits.get("addresses", "")
    return [] if written in {"", "none"} else written.split(", ")


def addresses_behind(session: Session, establishment_id: int, area: Area) -> frozenset[str]:
    """The addresses to which names of an area led when they were last seen."""
    if not (area.names or area.suffixes):
        return frozenset()
    rows = session.execute(
        select(Asset.key, Asset.traits).where(
            Asset.establishment_id == establishment_id, Asset.kind == AssetKind.NAME, Asset.gone_at.is_(None)
        )
    ).all()
    return frozenset(address for key, traits in rows if area.holds(key) for address in addresses_of(traits))


def _silenced(row: Exclusion) -> Silenced:
    return Silenced(row.id, row.what, row.reason, row.until, row.created_by)
