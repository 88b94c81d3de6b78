"""Keeping the products that a run saw, in the transaction that records it; and keeping them again from its archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, true
from sqlalchemy.orm import Session

from care.services.alerts.standing import restate_establishment
from care.services.platform import Platform
from care.store.alerts import ProductSurvey, SeenProduct
from care.store.bulk import Columns, Same, among, load, next_ids
from care.store.evidence import Evidence
from care.store.runs import Run
from scanners.archive import read_archive
from scanners.errors import SaidError
from scanners.exchange import NamedProduct
from scanners.model import Text
from scanners.seen import NETWORK, SEERS, products_of


def keep_products(session: Session, run: Run, products: Sequence[NamedProduct]) -> None:
    """Keep what a recorded run saw, in the caller's write transaction, and state the open alerts again.

    What a complete run no longer sees is gone; an incomplete one only replaces what it saw at the same places. Nothing
    happens for scanners that name no product, nor for a run older than the one already kept.
    """
    if run.scanner not in SEERS or run.collected_to is None:
        return
    known = session.get(ProductSurvey, run.target_id, with_for_update=True)
    if known is not None and known.seen_at > run.collected_to:
        return
    session.execute(delete(SeenProduct).where(among(session, SeenProduct.id, _replaced(session, run, products))))
    _load(session, run, products)
    survey = ProductSurvey(
        target_id=run.target_id,
        establishment_id=run.establishment_id,
        run_id=run.id,
        scanner=run.scanner,
        seen_at=run.collected_to,
        complete=bool(run.complete),
        products=len(products),
    )
    session.merge(survey)
    session.flush()
    restate_establishment(session, run.establishment_id)


def _replaced(session: Session, run: Run, products: Sequence[NamedProduct]) -> list[int]:
    """The rows of the target that this run makes untrue."""
    rows = session.execute(
        select(SeenProduct.id, SeenProduct.subject).where(SeenProduct.target_id == run.target_id)
    ).all()
    by_place = run.scanner in NETWORK or not products
    if run.complete or not by_place:
        return [number for number, _subject in rows]
    again = {one.subject for one in products}
    return [number for number, subject in rows if subject in again]


def _load(session: Session, run: Run, products: Sequence[NamedProduct]) -> None:
    columns: Columns = {
        "id": next_ids(session, SeenProduct, len(products)),
        "establishment_id": Same(run.establishment_id),
        "target_id": Same(run.target_id),
        "run_id": Same(run.id),
        "product": [one.product for one in products],
        "version": [one.version for one in products],
        "cpe": [one.cpe for one in products],
        "subject": [one.subject for one in products],
        "seen_at": Same(run.collected_to),
    }
    load(session, SeenProduct, len(products), columns)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What building again did: `kept` runs, and why the others could not be read (by run)."""

    kept: int
    unreadable: tuple[tuple[int, Text], ...]


def rebuild(
    platform: Platform, *, everything: bool = False, tell: Callable[[int, int], None] = lambda _done, _of: None
) -> Rebuilt:
    """Keep again, from its archive, what the last recorded run of each target saw.

    Only targets whose last run was not kept, unless `everything`. One archive is in memory at a time, one transaction
    each: it may be stopped and run again. `tell` is given how many are done, of how many.
    """
    with platform.database.read() as session:
        wanted = _last_runs(session, everything)
    kept, unreadable = 0, list[tuple[int, Text]]()
    for done, (run_id, sha256) in enumerate(wanted, start=1):
        try:
            products = products_of(read_archive(platform.evidence.path(sha256)))
        except SaidError as error:
            unreadable.append((run_id, error.text))
        else:
            with platform.database.write() as session:
                keep_products(session, session.get_one(Run, run_id), products)
            kept += 1
        tell(done, len(wanted))
    return Rebuilt(kept, tuple(unreadable))


def _last_runs(session: Session, everything: bool) -> list[tuple[int, str]]:
    """The last recorded run of each target, with its archive, by run."""
    behind = or_(ProductSurvey.target_id.is_(None), ProductSurvey.seen_at < Run.collected_to)
    rows = session.execute(
        select(Run.target_id, Run.id, Evidence.sha256)
        .join(Evidence, Evidence.id == Run.facts_id)
        .outerjoin(ProductSurvey, ProductSurvey.target_id == Run.target_id)
        .where(
            Run.scanner.in_(SEERS),
            Run.collected_to.is_not(None),
            Evidence.sha256.is_not(None),
            true() if everything else behind,
        )
        .order_by(Run.collected_to, Run.id)
    )
    last = {target_id: (run_id, sha256) for target_id, run_id, sha256 in rows}
    return sorted((run_id, sha256) for run_id, sha256 in last.values() if sha256)
