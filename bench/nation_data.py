"""A simulated nation planted straight into the tables: regions, GHTs, establishments that move and close, values.

Regions are skewed as in life: the largest holds a seventh of the establishments, the smallest a few. A twentieth of the
establishments changed region, GHT or category since, a hundredth closed; one answer in twenty is missing, one in fifty
is of a former version. Everything is drawn from one seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from sqlalchemy import select

from care.domain.indicators import IndicatorDefinition
from care.domain.months import Month, last_day, moved
from care.services.platform import Platform
from care.store.bulk import Same, load, next_ids
from care.store.indicators import FormerPlace, IndicatorHolder, IndicatorValue
from care.store.registry import Establishment, Ght, LegalEntity, Region
from tests.support.indicators import ACCESSES, AT, EXERCISES, INCIDENTS, MATURITY
from tests.support.people import valid_finess

CATEGORIES = (
    *["CH"] * 30,
    *["EHPAD"] * 25,
    *["Clinique"] * 20,
    *["SSR"] * 12,
    *["HAD"] * 5,
    *["CHU"] * 3,
    *["CLCC"] * 2,
)
KINDS = (EXERCISES, ACCESSES, EXERCISES, INCIDENTS, EXERCISES, ACCESSES, EXERCISES, MATURITY, ACCESSES, INCIDENTS)
"""Of ten indicators: four yes or no, three shares, two numbers, one level."""
ENDS = 202602
PER_GHT = 6


@dataclass(frozen=True)
class Nation:
    """What was planted: indicators as defined, months from the first to the last, establishments."""

    definitions: tuple[IndicatorDefinition, ...]
    months: tuple[Month, ...]
    establishments: tuple[int, ...]


def definitions_of(many: int) -> tuple[IndicatorDefinition, ...]:
    """So many indicators of every measure."""
    return tuple(replace(KINDS[n % len(KINDS)], code=f"N-{n:02}") for n in range(many))


def plant(platform: Platform, establishments: int, months: int, indicators: int, seed: int = 1) -> Nation:
    """Plant everything."""
    chance = np.random.default_rng(seed)
    sites = plant_registry(platform, establishments, chance)
    found = tuple(moved(ENDS, -back) for back in reversed(range(months)))
    _moves(platform, sites, chance)
    holders = _holders(platform, sites)
    wanted = definitions_of(indicators)
    for one in wanted:
        _values(platform, one, found, holders, chance)
    return Nation(wanted, found, tuple(sites))


def plant_registry(platform: Platform, many: int, chance: np.random.Generator) -> list[int]:
    """Establishments in every region, with their legal entities and GHTs; their identifiers."""
    with platform.database.write() as session:
        regions = session.scalars(select(Region.id).order_by(Region.id)).all()
        weights = np.array([(rank + 1) ** -0.7 for rank in range(len(regions))])
        where = chance.choice(regions, size=many, p=weights / weights.sum()).tolist()
        categories = chance.choice(CATEGORIES, size=many).tolist()
        ghts = next_ids(session, Ght, len(regions) * max(1, many // len(regions) // PER_GHT // 4))
        ght_region = [regions[number % len(regions)] for number in range(len(ghts))]
        names = [f"GHT {number}" for number in ghts]
        load(session, Ght, len(ghts), {"id": ghts, "name": names, "region_id": ght_region, "created_at": Same(AT)})
        inside: dict[int, list[int]] = {one: [] for one in regions}
        for ght, region in zip(ghts, ght_region, strict=True):
            inside[region].append(ght)
        groups = [inside[one][n % len(inside[one])] if n % 3 else None for n, one in enumerate(where)]
        entities, sites = next_ids(session, LegalEntity, many), next_ids(session, Establishment, many)
        common = {"region_id": where, "created_at": Same(AT)}
        numbers = [f"{number:06}" for number in range(many)]
        load(
            session,
            LegalEntity,
            many,
            {
                **common,
                "id": entities,
                "finess": [valid_finess(f"60{one}") for one in numbers],
                "name": [f"EJ {one}" for one in numbers],
                "ght_id": groups,
                "supports_ght": Same(False),
            },
        )
        closed = [date(2025, 1 + n % 12, 3) if n % 100 == 7 else None for n in range(many)]
        load(
            session,
            Establishment,
            many,
            {
                **common,
                "id": sites,
                "finess": [valid_finess(f"61{one}") for one in numbers],
                "name": [f"Établissement {one}" for one in numbers],
                "legal_entity_id": entities,
                "category": categories,
                "city": Same(""),
                "closed_on": closed,
            },
        )
        return sites


def _moves(platform: Platform, sites: Sequence[int], chance: np.random.Generator) -> None:
    with platform.database.write() as session:
        regions = session.scalars(select(Region.id)).all()
        for site in sites[::20]:
            row = session.get_one(Establishment, site)
            until = date(2022, 1, 1) + timedelta(days=int(chance.integers(1500)))
            place = {"region_id": int(chance.choice(regions)), "legal_entity_id": row.legal_entity_id}
            session.add(FormerPlace(establishment_id=site, until=until, category="CH", **place))


def _holders(platform: Platform, sites: Sequence[int]) -> list[int]:
    with platform.database.write() as session:
        holders = next_ids(session, IndicatorHolder, len(sites))
        load(
            session,
            IndicatorHolder,
            len(sites),
            {"id": holders, "establishment_id": list(sites), "category": Same("")},
        )
        return holders


def _values(
    platform: Platform,
    definition: IndicatorDefinition,
    months: Sequence[Month],
    holders: Sequence[int],
    chance: np.random.Generator,
) -> None:
    """A month after the other, in the order of the key: an answer of each but one in twenty."""
    for month in months:
        answering = np.array(holders)[chance.random(len(holders)) < 0.95]
        whole = np.ones(len(answering), dtype=int)
        if definition.measure is ACCESSES.measure:
            whole = chance.integers(0, 60, len(answering))
            part = (whole * chance.random(len(answering))).astype(int)
        else:
            part = chance.integers(0, {"reached": 2, "level": 4}.get(definition.measure, 20), len(answering))
        with platform.database.write() as session:
            load(
                session,
                IndicatorValue,
                len(answering),
                {
                    "indicator": Same(definition.code),
                    "month": Same(month),
                    "holder_id": answering.tolist(),
                    "version": np.where(chance.random(len(answering)) < 0.02, "0", "1").tolist(),
                    "numerator": part.tolist(),
                    "denominator": whole.tolist(),
                    "as_of": [last_day(month) - timedelta(days=int(n) % 9) for n in answering],
                },
            )
