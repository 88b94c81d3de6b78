"""“Who is exposed?”, answered from stored facts: no network, three queries whatever the number of establishments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.access import Place, Reach
from care.domain.alerts import Criterion, Exposure, Kinship, exposure_by, kinship, speaks_of_systems, words
from care.store.alerts import ProductSurvey, SeenProduct
from care.store.bulk import among
from care.store.registry import visible_ids
from care.store.targets import Target
from scanners.seen import MACHINES, NETWORK

Inside = Callable[[InstrumentedAttribute[int]], ColumnElement[bool]]


@dataclass(slots=True)
class Standing:
    """What stored facts say of one establishment. `seen` counts the places where the product was seen; `facts_at` is
    the last look, None without one; `products` are the (product, version) that speak, each with its exposure."""

    exposure: Exposure = Exposure.UNKNOWN
    seen: int = 0
    facts_at: datetime | None = None
    products: dict[tuple[str, str], Exposure] = field(default_factory=dict)

    def add(self, product: str, version: str, count: int, said: Exposure) -> None:
        """Take in a product that speaks."""
        self.products[product, version] = said
        self.seen += count
        if self.exposure is not Exposure.EXPOSED:
            self.exposure = said


def standings(session: Session, criteria: Sequence[Criterion], place: Place) -> Mapping[int, Standing]:
    """What stored facts say of each establishment of a place; of one that is missing nothing was ever looked at."""
    reach = Reach.of(place)
    return _standings(session, criteria, lambda column: true() if reach.everywhere else column.in_(visible_ids(reach)))


def standings_among(session: Session, criteria: Sequence[Criterion], ids: Iterable[int]) -> Mapping[int, Standing]:
    """The same for these establishments."""
    wanted = list(ids)
    return _standings(session, criteria, lambda column: among(session, column, wanted))


def _standings(session: Session, criteria: Sequence[Criterion], inside: Inside) -> dict[int, Standing]:
    found = _looked_at(session, criteria, inside)
    said: dict[tuple[str, str], Exposure | None] = {}
    for number, product, version, count in _seen(session, _related(session, criteria), inside):
        if (product, version) not in said:
            said[product, version] = exposure_by(criteria, product, version)
        exposure = said[product, version]
        if exposure is not None:
            found.setdefault(number, Standing()).add(product, version, count, exposure)
    return found


def _looked_at(session: Session, criteria: Sequence[Criterion], inside: Inside) -> dict[int, Standing]:
    """Every establishment surveyed: not seen where a scanner looked that could see such products, unknown elsewhere."""
    looking = {*NETWORK, *(MACHINES if speaks_of_systems(criteria) else ())}
    query = (
        select(ProductSurvey.establishment_id, ProductSurvey.scanner, func.max(ProductSurvey.seen_at))
        .join(Target, Target.id == ProductSurvey.target_id)
        .where(Target.archived_at.is_(None), inside(ProductSurvey.establishment_id))
        .group_by(ProductSurvey.establishment_id, ProductSurvey.scanner)
    )
    found: dict[int, Standing] = {}
    for number, scanner, at in session.execute(query):
        if scanner not in looking:
            continue
        one = found.setdefault(number, Standing(Exposure.NOT_SEEN))
        one.facts_at = max(one.facts_at or at, at)
    return found


def _related(session: Session, criteria: Sequence[Criterion]) -> list[str]:
    """The products ever seen that a criterion may name."""
    spoken = or_(*(and_(*(SeenProduct.product.contains(word) for word in _sought(one))) for one in criteria))
    known = session.scalars(select(SeenProduct.product).where(spoken).distinct())
    return [one for one in known if any(kinship(wanted.product, one) is not Kinship.OTHER for wanted in criteria)]


def _sought(criterion: Criterion) -> frozenset[str]:
    """Words that every related product holds: the maker may be another."""
    return words(criterion.product.rpartition(":")[2])


def _seen(session: Session, products: Sequence[str], inside: Inside) -> Iterable[tuple[int, str, str, int]]:
    if not products:
        return ()
    query = (
        select(SeenProduct.establishment_id, SeenProduct.product, SeenProduct.version, func.count())
        .join(Target, Target.id == SeenProduct.target_id)
        .where(SeenProduct.product.in_(products), Target.archived_at.is_(None), inside(SeenProduct.establishment_id))
        .group_by(SeenProduct.establishment_id, SeenProduct.product, SeenProduct.version)
    )
    return ((number, product, version, count) for number, product, version, count in session.execute(query))
