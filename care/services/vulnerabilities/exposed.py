"""Which known vulnerabilities an establishment shows: the products that its audits and imported reports saw, held
against what is imported now, without waiting for another audit.

Products are those that regional alerts look for, by the same names, and the same latest look speaks for each place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.alerts import ProductSource
from care.services.alerts.exposure import latest
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.store.alerts import SeenProduct
from care.store.targets import Target
from scanners.exchange import NamedProduct
from scanners.exposure.products import is_recognised_by_pages
from scanners.named_products import MACHINES, REGISTERS
from scanners.vulnerabilities.matching import compare_products
from scanners.vulnerabilities.model import (
    NEEDED,
    Compared,
    Confidence,
    Flaw,
    KnownFlaws,
    SourceState,
    pressing,
)
from scanners.vulnerabilities.store import Store, opened_store

MAX_LINES = 200
"""Lines shown; the others are counted."""
_SHOWN_PLACES = 3


@dataclass(frozen=True, slots=True)
class FlawLine:
    """One flaw of one product. `places` are the first of where it was seen, of `count` in all."""

    flaw: Flaw
    exploited_since: date | None
    product: str
    version: str
    title: str
    places: tuple[str, ...]
    count: int

    @property
    def confirmed(self) -> bool:
        """Whether the tracker of the distribution confirms it."""
        return self.flaw.confidence is Confidence.CONFIRMED


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A gateway or a console of unknown version; `exploited` of its flaws are exploited, the latest since `last`."""

    product: str
    exploited: int
    last: date
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExposedView:
    """What an establishment shows. `hidden` counts the lines left out; `unread` the products without a version whose
    flaws are being exploited; `unknown` those that the data does not name; `seen_at` is the latest look."""

    sources: tuple[SourceState, ...]
    now: datetime
    seen: int
    seen_at: datetime | None
    lines: tuple[FlawLine, ...] = ()
    hidden: int = 0
    corrected: int = 0
    unread: tuple[UnreadLine, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def weak(self) -> bool:
        """Whether the silence of this data proves nothing: a needed list is missing, incomplete or too old."""
        known = {one.source: one for one in self.sources}
        return any(
            source not in known or known[source].stale(self.now) or bool(known[source].missing_years)
            for source in NEEDED
        )


def exposed(platform: Platform, scope: Scope, establishment_id: int) -> ExposedView:
    """The flaws of an establishment, exploited ones first, then the likeliest; NotFound for a stranger."""
    now = platform.clock.now()
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        rows = latest(_rows(session, establishment_id))
    seen_at = max((row.seen_at for row in rows), default=None)
    seen = [NamedProduct(row.product, row.version, row.cpe, row.subject) for row in rows]
    with opened_store(platform.settings.vulnerabilities_file) as store:
        if store is None:
            return ExposedView((), now, len(rows), seen_at)
        return _view(compare_products(seen, store, now), store, now, seen_at)


def _rows(session: Session, establishment_id: int) -> list[SeenProduct]:
    query = (
        select(SeenProduct)
        .join(Target, Target.id == SeenProduct.target_id)
        .where(
            SeenProduct.establishment_id == establishment_id,
            SeenProduct.source != ProductSource.DECLARED,
            Target.archived_at.is_(None),
            Target.scanner.not_in((*MACHINES, *REGISTERS)),
        )
    )
    return list(session.scalars(query))


def _view(known: KnownFlaws, store: Store, now: datetime, seen_at: datetime | None) -> ExposedView:
    found = sorted(
        ((flaw, one) for one in known.products for flaw in one.flaws),
        key=lambda pair: (not pair[0].exploited_since, not pair[0].sure, pressing(pair[0]), pair[1].product),
    )
    lines = tuple(_line(flaw, one, store) for flaw, one in found[:MAX_LINES])
    return ExposedView(
        sources=known.sources,
        now=now,
        seen=known.population,
        seen_at=seen_at,
        lines=lines,
        hidden=len(found) - len(lines) + sum(one.more for one in known.products),
        corrected=sum(one.corrected for one in known.products),
        unread=tuple(
            UnreadLine(one.product, one.exploited, date.fromisoformat(one.exploited_last), one.subjects + one.further)
            for one in known.products
            if one.exploited and is_recognised_by_pages(one.product)
        ),
        unknown=known.unknown,
    )


def _line(flaw: Flaw, one: Compared, store: Store) -> FlawLine:
    since = date.fromisoformat(flaw.exploited_since) if flaw.exploited_since else None
    places, count = one.subjects[:_SHOWN_PLACES], len(one.subjects) + len(one.further)
    return FlawLine(flaw, since, one.product, one.version, store.title(flaw.cve), places, count)
