"""How many establishments of a region or a GHT played an exercise that counts, in a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select

from care.domain.access import Level, Place, Reach, Right, Scope
from care.domain.regional import FEWEST, TARGETS, missing_for
from care.services.errors import NotFound
from care.services.place_choices import seen_sites
from care.services.places import place_lineage
from care.services.platform import Platform
from care.services.regional.reading import counts_between
from care.store.continuity import ContinuityTest
from care.store.registry import Establishment, still_open, visible
from scanners.model import Text


@dataclass(frozen=True, slots=True)
class Target:
    """One of the State's shares, and how many more establishments it takes."""

    percent: int
    missing: int


@dataclass(frozen=True, slots=True)
class RateLine:
    """Of a group of establishments, how many played an exercise that counts."""

    name: str
    done: int
    asked: int

    @property
    def percent(self) -> int | None:
        """The share, rounded down; None when nobody is asked."""
        return self.done * 100 // self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Rate:
    """Establishments with at least one exercise that counts in a year, in all, by GHT and by category."""

    year: int
    whole: RateLine
    targets: tuple[Target, ...]
    by_ght: tuple[RateLine, ...]
    by_category: tuple[RateLine, ...]


def read_rate(platform: Platform, scope: Scope, place: Place, year: int) -> Rate:
    """The share of establishments of a region or a GHT that played an exercise that counts, in a year. NotFound."""
    with platform.database.read() as session:
        if place.level not in (Level.REGION, Level.GHT):
            raise NotFound
        if not scope.allows(Right.RUN_CAMPAIGN, place_lineage(session, place)):
            raise NotFound
        first, last = date(year, 1, 1), date(year, 12, 31)
        played = select(ContinuityTest.establishment_id).where(counts_between(first, last))
        inside = and_(visible(Reach.of(place)), still_open(first))
        sites = seen_sites(session, [inside])
        rows = session.execute(
            select(Establishment.id, Establishment.category, Establishment.id.in_(played)).where(inside)
        ).all()
    done = {number for number, _category, has in rows if has}
    whole = RateLine("", len(done), len(rows))
    return Rate(
        year=year,
        whole=whole,
        targets=tuple(Target(one, missing_for(one, whole.done, whole.asked)) for one in TARGETS),
        by_ght=_grouped((site.ght or "", site.id in done) for site in sites),
        by_category=by_category(((category, bool(has)) for _number, category, has in rows), scope.lang),
    )


def _grouped(pairs: Iterable[tuple[str, bool]]) -> tuple[RateLine, ...]:
    asked: Counter[str] = Counter()
    done: Counter[str] = Counter()
    for name, has in pairs:
        asked[name] += 1
        done[name] += has
    return tuple(RateLine(name, done[name], asked[name]) for name in sorted(asked))


def by_category(pairs: Iterable[tuple[str, bool]], lang: str) -> tuple[RateLine, ...]:
    """The categories of at least `FEWEST` establishments, the others together; none when that tells no more than the
    whole. Those together are never fewer than `FEWEST` either: what the lines leave of the whole would tell of them."""
    told, small = sorted(_grouped(pairs), key=lambda one: -one.asked), list[RateLine]()
    while told and (told[-1].asked < FEWEST or 0 < sum(one.asked for one in small) < FEWEST):
        small.append(told.pop())
    if not told:
        return ()
    if small:
        together = OTHER_CATEGORIES.render(lang)
        told.append(RateLine(together, sum(one.done for one in small), sum(one.asked for one in small)))
    return tuple(told)


OTHER_CATEGORIES = Text("Autres catégories", "Other categories")
