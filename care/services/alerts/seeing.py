"""Keeping the products that a run saw, in the transaction that records it; and keeping them again from its file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, or_, select, true
from sqlalchemy.orm import Session

from care.domain.alerts import ProductSource
from care.services.alerts.kept import load_products
from care.services.alerts.reported import Named, named_in, put_together
from care.services.alerts.standing import restate_establishment
from care.services.platform import Platform
from care.services.rebuilt import Rebuilt, Tell, silent
from care.store.alerts import ProductSurvey, SeenProduct
from care.store.bulk import among
from care.store.evidence import Evidence
from care.store.imports import ImportedReport
from care.store.runs import Run
from scanners.archive import read_archive
from scanners.errors import SaidError
from scanners.exchange import NamedProduct
from scanners.imported.model import Report, ReportError, Tool
from scanners.imported.read_kept import load_report
from scanners.model import Text
from scanners.named_products import NETWORK, REGISTERS, SEERS, products_of


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
    load_products(session, run, products, ProductSource.MEASURED)
    survey = ProductSurvey(
        target_id=run.target_id,
        establishment_id=run.establishment_id,
        run_id=run.id,
        scanner=run.scanner,
        seen_at=run.collected_to,
        looked=run.scanner not in REGISTERS,
        complete=bool(run.complete),
        products=len(products),
    )
    session.merge(survey)
    session.flush()
    restate_establishment(session, run.establishment_id)


def keep_reported(session: Session, run: Run, report: Report) -> None:
    """Keep what an imported report names, in the caller's write transaction, once its coverage is recorded."""
    session.get_one(ImportedReport, run.id).products = named_in(report).to_bytes()
    session.flush()
    put_together(session, run.target_id)


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


def rebuild(platform: Platform, *, everything: bool = False, tell: Tell = silent) -> Rebuilt:
    """Keep again, from their files, what the last recorded run of each target saw and what imported reports name.

    Only what was not kept, unless `everything`. One file is in memory at a time, one transaction each: it may be
    stopped and run again. `tell` is given how many are done, of how many.
    """
    with platform.database.read() as session:
        wanted = [*_last_runs(session, everything), *_reports(session, everything)]
    kept, unreadable = 0, list[tuple[int, Text]]()
    for done, (run_id, sha256) in enumerate(wanted, start=1):
        try:
            _keep_again(platform, run_id, platform.evidence.path(sha256))
            kept += 1
        except SaidError as error:
            unreadable.append((run_id, error.text))
        tell(done, len(wanted))
    return Rebuilt(kept, tuple(unreadable))


def _keep_again(platform: Platform, run_id: int, file: Path) -> None:
    with platform.database.read() as session:
        run = session.get_one(Run, run_id)
        scanner, looked_at = run.scanner, run.collected_to
    if scanner in SEERS:
        products = products_of(read_archive(file))
        with platform.database.write() as session:
            keep_products(session, session.get_one(Run, run_id), products)
        return
    named = _read_again(platform, file, Tool(scanner), looked_at)
    with platform.database.write() as session:
        session.get_one(ImportedReport, run_id).products = named.to_bytes()
        session.flush()
        put_together(session, session.get_one(Run, run_id).target_id)


def _read_again(platform: Platform, file: Path, tool: Tool, looked_at: datetime | None) -> Named:
    if not file.is_file():
        raise ReportError(
            "Le fichier importé n’est plus dans le magasin de preuves : importez-le de nouveau.",
            "The imported file is no longer in the evidence store: import it again.",
        )
    with TemporaryDirectory(prefix="care-products-") as folder:
        out = Path(folder) / "report"
        platform.read_report(file, tool, looked_at, out, _silent, _never)
        return named_in(load_report(out))


def _silent(_share: float, _text: Text) -> None:
    return None


def _never() -> bool:
    return False


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


def _reports(session: Session, everything: bool) -> list[tuple[int, str]]:
    """The imported reports, with their file, by run; those typed by hand name no product."""
    rows = session.execute(
        select(Run.id, Evidence.sha256)
        .join(ImportedReport, ImportedReport.run_id == Run.id)
        .join(Evidence, Evidence.id == Run.facts_id)
        .where(
            Run.scanner.in_([one.value for one in Tool if one is not Tool.ADS]),
            Evidence.sha256.is_not(None),
            true() if everything else ImportedReport.products.is_(None),
        )
        .order_by(Run.id)
    )
    return [(run_id, sha256) for run_id, sha256 in rows if sha256]
