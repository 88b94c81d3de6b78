"""Products that imported reports name: kept with each report, and put together per target, whatever their order.

The newest report that had to name what answers on a machine speaks for that machine; one that only lists weaknesses
adds what it names. Nothing here depends on the order of imports.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from care.domain.alerts import ProductSource
from care.services.alerts.kept import load_products
from care.services.alerts.standing import restate_establishment
from care.services.coverage import Coverage
from care.store.alerts import ProductSurvey, SeenProduct
from care.store.imports import ImportedReport
from care.store.runs import Run
from care.store.targets import Target
from scanners.exchange import NamedProduct
from scanners.imported.model import Report, host_of
from scanners.imported.read_kept import products_document, products_in


@dataclass(frozen=True, slots=True)
class Named:
    """What one report names; with `looked` it had to name whatever answers on the machines it covers."""

    products: tuple[NamedProduct, ...]
    looked: bool

    def to_bytes(self) -> bytes:
        """Compressed JSON, for `from_bytes`."""
        document = {"products": products_document(self.products), "looked": self.looked}
        return zlib.compress(json.dumps(document, sort_keys=True).encode(), 6)

    @classmethod
    def from_bytes(cls, content: bytes) -> Named:
        """What `to_bytes` gave."""
        document = json.loads(zlib.decompress(content))
        return cls(products_in(document["products"]), document["looked"])


def named_in(report: Report) -> Named:
    """What a report names."""
    return Named(report.products, report.names_products)


def put_together(session: Session, target_id: int) -> None:
    """Make again, in the caller's write transaction, the products of a target from its reports, and state the open
    alerts of its establishment again."""
    target = session.get_one(Target, target_id, with_for_update=True)  # two imports at once: one after the other
    session.execute(delete(SeenProduct).where(SeenProduct.target_id == target_id))
    session.execute(delete(ProductSurvey).where(ProductSurvey.target_id == target_id))
    reports = _reports(session, target_id)
    kept = _current([(run.id, named, coverage) for run, named, coverage in reports])
    for run, _named, _coverage in reports:
        load_products(session, run, kept[run.id], ProductSource.IMPORTED)
    told = [(run, named) for run, named, _coverage in reports if named.looked or named.products]
    if told:
        last = told[0][0]
        session.add(
            ProductSurvey(
                target_id=target_id,
                establishment_id=target.establishment_id,
                run_id=last.id,
                scanner=target.scanner,
                seen_at=last.collected_to,
                looked=any(named.looked for _run, named in told),
                complete=bool(last.complete),
                products=sum(map(len, kept.values())),
            )
        )
    session.flush()
    restate_establishment(session, target.establishment_id)


def _reports(session: Session, target_id: int) -> list[tuple[Run, Named, Coverage]]:
    """The reports of a target whose products are kept, the newest first."""
    rows = session.execute(
        select(Run, ImportedReport.products, ImportedReport.coverage)
        .join(ImportedReport, ImportedReport.run_id == Run.id)
        .where(Run.target_id == target_id, ImportedReport.products.is_not(None))
        .order_by(Run.collected_to.desc(), Run.id.desc())
    )
    return [(run, Named.from_bytes(named), Coverage.from_bytes(covered)) for run, named, covered in rows if named]


def _current(reports: Iterable[tuple[int, Named, Coverage]]) -> Mapping[int, Sequence[NamedProduct]]:
    """By run, the products that no newer report contradicts."""
    answered: set[str] = set()  # machines of which a newer report named everything
    known: set[tuple[str, str]] = set()  # products of a place that a newer report named
    whole, kept = False, dict[int, list[NamedProduct]]()
    for number, named, coverage in reports:
        kept[number] = [
            one
            for one in named.products
            if not whole
            and host_of(one.subject).casefold() not in answered
            and (one.subject.casefold(), one.product) not in known
        ]
        known |= {(one.subject.casefold(), one.product) for one in named.products}
        if named.looked:
            answered |= set(coverage.perimeters)
            whole = whole or coverage.whole
    return kept
