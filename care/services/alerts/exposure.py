"""“Who is exposed?”, answered from stored facts: no network, three queries whatever the number of establishments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.domain.access import Place, Reach
from care.domain.alerts import (
    Criterion,
    Exposure,
    Kinship,
    ProductSource,
    exposure_by,
    kinship,
    speaks_of_systems,
    words,
)
from care.store.alerts import ProductSurvey, SeenProduct
from care.store.bulk import among
from care.store.registry import visible_ids
from care.store.targets import Target
from scanners.named_products import MACHINES

_SUREST = tuple(ProductSource)
_Said = dict[tuple[str, str, ProductSource], Exposure | None]
Inside = Callable[[InstrumentedAttribute[int]], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one (product, version) says, how it came to be known (the surest way of several), and when last."""

    exposure: Exposure
    source: ProductSource
    at: datetime


@dataclass(slots=True)
class Standing:
    """What stored facts say of one establishment. `seen` counts the places where the product was seen, each once
    whoever saw it, or where nothing saw it, those where it is declared; `facts_at` is the last look, else the last
    word, None without one; `products` are the (product, version) that speak."""

    exposure: Exposure = Exposure.UNKNOWN
    seen: int = 0
    facts_at: datetime | None = None
    products: dict[tuple[str, str], Spoken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    product: str
    version: str
    subject: str
    source: ProductSource
    seen_at: datetime


def standings(session: Session, criteria: Sequence[Criterion], place: Place) -> Mapping[int, Standing]:
    """What stored facts say of each establishment of a place; of one that is missing nothing was ever looked at."""
    reach = Reach.of(place)
    return _standings(session, criteria, lambda column: true() if reach.everywhere else column.in_(visible_ids(reach)))


def standings_among(session: Session, criteria: Sequence[Criterion], ids: Iterable[int]) -> Mapping[int, Standing]:
    """The same for these establishments."""
    wanted = list(ids)
    return _standings(session, criteria, lambda column: among(session, column, wanted))


def _standings(session: Session, criteria: Sequence[Criterion], inside: Inside) -> dict[int, Standing]:
    found, said = _looked_at(session, criteria, inside), _Said()
    for number, rows in _seen(session, _related(session, criteria), inside).items():
        spoken = _spoken(criteria, latest(rows), said)
        if spoken:
            _take_in(found.setdefault(number, Standing()), spoken)
    return found


def _spoken(criteria: Sequence[Criterion], rows: Iterable[_Row], said: _Said) -> list[tuple[_Row, Exposure]]:
    """The rows that speak, with what they say; `said` remembers it from one establishment to the next."""
    spoken = []
    for row in rows:
        key = (row.product, row.version, row.source)
        if key not in said:
            said[key] = exposure_by(criteria, *key)
        exposure = said[key]
        if exposure is not None:
            spoken.append((row, exposure))
    return spoken


def _take_in(standing: Standing, spoken: Sequence[tuple[_Row, Exposure]]) -> None:
    seen = {row.subject.casefold() for row, _said in spoken if row.source is not ProductSource.DECLARED}
    standing.seen = len(seen or {row.subject.casefold() for row, _said in spoken})
    exposed = any(said is Exposure.EXPOSED for _row, said in spoken)
    standing.exposure = Exposure.EXPOSED if exposed else Exposure.SUSPECTED
    standing.facts_at = standing.facts_at or max(row.seen_at for row, _said in spoken)
    for row, said in spoken:
        key, one = (row.product, row.version), Spoken(said, row.source, row.seen_at)
        standing.products[key] = max(standing.products.get(key, one), one, key=_surer)


def _surer(one: Spoken) -> tuple[bool, int, datetime]:
    return one.exposure is Exposure.EXPOSED, -_SUREST.index(one.source), one.at


def _looked_at(session: Session, criteria: Sequence[Criterion], inside: Inside) -> dict[int, Standing]:
    """Every establishment surveyed: not seen where a scanner looked that could see such products, unknown elsewhere."""
    blind = frozenset() if speaks_of_systems(criteria) else frozenset(MACHINES)
    query = (
        select(ProductSurvey.establishment_id, ProductSurvey.scanner, func.max(ProductSurvey.seen_at))
        .join(Target, Target.id == ProductSurvey.target_id)
        .where(Target.archived_at.is_(None), ProductSurvey.looked, inside(ProductSurvey.establishment_id))
        .group_by(ProductSurvey.establishment_id, ProductSurvey.scanner)
    )
    found: dict[int, Standing] = {}
    for number, scanner, at in session.execute(query):
        if scanner in blind:
            continue
        one = found.setdefault(number, Standing(Exposure.NOT_SEEN))
        one.facts_at = max(one.facts_at or at, at)
    return found


class Seen(Protocol):
    """A product at a place, as rows hold it."""

    @property
    def product(self) -> str:
        """Its name."""

    @property
    def version(self) -> str:
        """Its version, empty when it is not known."""

    @property
    def subject(self) -> str:
        """The place."""

    @property
    def source(self) -> ProductSource:
        """How it is known."""

    @property
    def seen_at(self) -> datetime:
        """When."""


S = TypeVar("S", bound=Seen)


def latest(rows: Iterable[S]) -> list[S]:
    """Without what somebody looked at again since: of one product at one place of an establishment, a later look that
    told its version speaks alone, whichever tool made it. What people declared stays beside what was seen."""
    known = list(rows)
    if len({row.seen_at for row in known}) < 2:
        return known
    last: dict[tuple[str, str], datetime] = {}
    for row in known:
        if row.version and row.source is not ProductSource.DECLARED:
            key = (row.product, row.subject.casefold())
            last[key] = max(last.get(key, row.seen_at), row.seen_at)
    return [
        row
        for row in known
        if row.source is ProductSource.DECLARED
        or row.seen_at >= last.get((row.product, row.subject.casefold()), row.seen_at)
    ]


def _related(session: Session, criteria: Sequence[Criterion]) -> list[str]:
    """The products ever seen that a criterion may name."""
    spoken = or_(*(and_(*(SeenProduct.product.contains(word) for word in _sought(one))) for one in criteria))
    known = session.scalars(select(SeenProduct.product).where(spoken).distinct())
    return [one for one in known if any(kinship(wanted.product, one) is not Kinship.OTHER for wanted in criteria)]


def _sought(criterion: Criterion) -> frozenset[str]:
    """Words that every related product holds: the maker may be another."""
    return words(criterion.product.rpartition(":")[2])


def _seen(session: Session, products: Sequence[str], inside: Inside) -> Mapping[int, list[_Row]]:
    found: dict[int, list[_Row]] = defaultdict(list)
    if not products:
        return found
    query = (
        select(
            SeenProduct.establishment_id,
            SeenProduct.product,
            SeenProduct.version,
            SeenProduct.subject,
            SeenProduct.source,
            SeenProduct.seen_at,
        )
        .join(Target, Target.id == SeenProduct.target_id)
        .where(SeenProduct.product.in_(products), Target.archived_at.is_(None), inside(SeenProduct.establishment_id))
    )
    for number, product, version, subject, source, seen_at in session.execute(query):
        found[number].append(_Row(product, version, subject, source, seen_at))
    return found
