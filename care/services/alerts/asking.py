"""“Who is exposed?”, asked by a region before it sends anything."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from care.domain.access import Place, Reach, Right, Scope
from care.domain.alerts import Criterion, Exposure, ProductSource
from care.services.alerts.exposure import Spoken, Standing, standings
from care.services.library import today
from care.services.place_choices import SeenSite, seen_sites
from care.services.places import place_name
from care.services.platform import Platform
from care.services.territories import check_territory, territories_in
from care.store.federation import InstallationEstablishment
from care.store.registry import still_open, visible

MOST_SHOWN = 100
"""Establishments named on a preview; the others are counted."""
WORST_FIRST = (Exposure.EXPOSED, Exposure.SUSPECTED, Exposure.UNKNOWN, Exposure.NOT_SEEN)
_SUREST = tuple(ProductSource)


@dataclass(frozen=True, slots=True)
class PlaceProduct:
    """A product of an establishment that speaks (`name`: with its version), how it is known and when last."""

    name: str
    source: ProductSource
    at: datetime


@dataclass(frozen=True, slots=True)
class PlaceExposure:
    """What stored facts say of one establishment; `products` are those that speak, the surest first."""

    establishment_id: int
    name: str
    ght: str
    exposure: Exposure
    seen: int
    facts_at: datetime | None
    products: tuple[PlaceProduct, ...]


@dataclass(frozen=True, slots=True)
class MatchedProduct:
    """A product that criteria reached, in how many establishments, and whether its version was known there."""

    product: str
    exposed: int
    suspected: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is exposed. `elsewhere` counts the establishments that an installation of their own speaks for: nothing is
    known of them here, they answer by their bundle. `places` are the exposed and suspected ones, worst first, at most
    `MOST_SHOWN` of them."""

    place: str
    asked: int
    counts: Mapping[Exposure, int]
    elsewhere: int
    products: tuple[MatchedProduct, ...]
    places: tuple[PlaceExposure, ...]
    left_out: int


def places_to_manage(platform: Platform, scope: Scope) -> tuple[tuple[Place, str], ...]:
    """The whole platform, the regions and the GHT whose establishments this person may alert, the widest first."""
    with platform.database.read() as session:
        return tuple(territories_in(session, scope, Right.MANAGE_REGION, inhabited=True))


def who_is_exposed(platform: Platform, scope: Scope, place: Place, criteria: Sequence[Criterion]) -> Answer:
    """What stored facts say of the open establishments of a place: no network, a few queries. NotFound, Forbidden."""
    with platform.database.read() as session:
        check_territory(session, scope, place, Right.MANAGE_REGION)
        name = place_name(session, place, scope.lang)
        sites = seen_sites(session, [visible(Reach.of(place)), still_open(today(platform))])
        found = standings(session, criteria, place)
        elsewhere = set(session.scalars(select(InstallationEstablishment.establishment_id)))
    here = [one for one in sites if one.id not in elsewhere]
    lines = [_line(site, found.get(site.id, Standing())) for site in here]
    counts = Counter(one.exposure for one in lines)
    speaking = sorted((one for one in lines if one.products), key=_worst)
    return Answer(
        place=name,
        asked=len(sites),
        counts={one: counts[one] for one in WORST_FIRST},
        elsewhere=len(sites) - len(here),
        products=_products(found[site.id] for site in here if site.id in found),
        places=tuple(speaking[:MOST_SHOWN]),
        left_out=max(0, len(speaking) - MOST_SHOWN),
    )


def _line(site: SeenSite, standing: Standing) -> PlaceExposure:
    return PlaceExposure(
        establishment_id=site.id,
        name=site.name,
        ght=site.ght or "",
        exposure=standing.exposure,
        seen=standing.seen,
        facts_at=standing.facts_at,
        products=tuple(
            PlaceProduct(f"{product} {version}".strip(), one.source, one.at)
            for (product, version), one in sorted(standing.products.items(), key=_clearest)
        ),
    )


def _clearest(one: tuple[tuple[str, str], Spoken]) -> tuple[bool, int, tuple[str, str]]:
    key, spoken = one
    return spoken.exposure is not Exposure.EXPOSED, _SUREST.index(spoken.source), key


def _worst(one: PlaceExposure) -> tuple[int, str, int]:
    return WORST_FIRST.index(one.exposure), one.name, one.establishment_id


def _products(found: Iterable[Standing]) -> tuple[MatchedProduct, ...]:
    counted: dict[str, Counter[Exposure]] = defaultdict(Counter)
    for standing in found:
        worst: dict[str, Exposure] = {}
        for (product, _version), one in standing.products.items():
            if worst.get(product) is not Exposure.EXPOSED:
                worst[product] = one.exposure
        for product, said in worst.items():
            counted[product][said] += 1
    return tuple(
        MatchedProduct(product, counts[Exposure.EXPOSED], counts[Exposure.SUSPECTED])
        for product, counts in sorted(counted.items(), key=lambda one: (-one[1].total(), one[0]))
    )
