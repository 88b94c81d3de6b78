"""The map of the perimeter: every address that answers, as a picture and as a list."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from care.domain.access import Right, Scope
from care.domain.assets import AssetKind
from care.services.exposure.open_weaknesses import OpenWeaknesses
from care.services.exposure.things import present_things
from care.services.exposure.unreported import Unreported
from care.services.finding_decisions import expire_decisions
from care.services.library import today
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.assets import Asset
from reports.perimeter_map import MapAddress, MapSheet, perimeter_map
from reports.words import Lang as ReportLang
from reports.words import Severity as ReportSeverity
from scanners.exposure.families import families_by_host, families_said
from scanners.model import Lang, Severity

MOST_DRAWN = 300
"""Addresses on the map at most, the most exposed: the list of things holds them all."""
_WIDE, _NARROW = 5, 2
"""Columns of the picture, on a screen and on a telephone."""


@dataclass(frozen=True, slots=True)
class AddressTile:
    """One address on the map: its names, what its services serve for, how many answer, the gravest open weakness
    (None when none) and how many there are.

    `everything`: it answers on every port, so that its services are not known.
    """

    asset_id: int
    address: str
    names: str
    families: tuple[tuple[str, int], ...]
    services: int
    everything: bool
    worst: Severity | None
    findings: int


@dataclass(frozen=True)
class MapView:
    """The map of an establishment, the most exposed first; `narrow` is the picture for a telephone, None when one
    picture suits all, `wide` None when nothing answers. `left_out` addresses are on neither."""

    establishment_id: int
    tiles: tuple[AddressTile, ...]
    wide: MapSheet | None
    narrow: MapSheet | None
    left_out: int


def open_map(platform: Platform, scope: Scope, establishment_id: int) -> MapView:
    """Picture and list; NotFound, Forbidden."""
    expire_decisions(platform)
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        hidden = Unreported(session, establishment_id, today(platform))
        rows = hidden.keep(present_things(session, establishment_id))
        tiles = _tiles(rows, OpenWeaknesses(session, establishment_id), scope.lang)
    shown = tiles[:MOST_DRAWN]
    wide, narrow = (_drawn(shown, scope.lang, columns) for columns in (_WIDE, _NARROW))
    return MapView(
        establishment_id=establishment_id,
        tiles=shown,
        wide=wide,
        narrow=narrow if narrow != wide else None,
        left_out=len(tiles) - len(shown),
    )


def _tiles(rows: Sequence[Asset], weak: OpenWeaknesses, lang: Lang) -> tuple[AddressTile, ...]:
    services = [row for row in rows if row.kind is AssetKind.SERVICE]
    families = families_by_host((row.key, row.traits) for row in services)
    tiles = []
    for row in rows:
        if row.kind is AssetKind.ADDRESS:
            known = weak.of(row.kind, row.key)
            mine = families.get(row.key, Counter())
            tiles.append(
                AddressTile(
                    asset_id=row.id,
                    address=row.key,
                    names=row.traits.get("names", ""),
                    families=families_said(mine, lang),
                    services=mine.total(),
                    everything=row.traits.get("answers_everything") == "yes",
                    worst=known[0].severity if known else None,
                    findings=len(known),
                )
            )
    return tuple(sorted(tiles, key=_most_exposed_first))


def _most_exposed_first(one: AddressTile) -> tuple[int, bool, bytes]:
    rank = one.worst.rank if one.worst else len(Severity)
    return rank, ":" in one.address, ipaddress.ip_address(one.address).packed


def _drawn(tiles: Sequence[AddressTile], lang: Lang, columns: int) -> MapSheet | None:
    addresses = [
        MapAddress(
            address=one.address,
            families=one.families,
            worst=ReportSeverity(one.worst.value) if one.worst else None,
            findings=one.findings,
            everything=one.everything,
        )
        for one in tiles
    ]
    return next(iter(perimeter_map(addresses, cast(ReportLang, lang), columns)), None)
