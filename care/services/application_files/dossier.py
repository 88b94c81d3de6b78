"""Declaration dossiers: asked for by who may export, made by a job as one sealed folder, taken away and verified.

The archive lies beside the sealed books and goes like them; the file keeps for ever what stood when it was made, the
versions that applied, and the hash of the archive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Place, Right, Scope, machine_scope, place_at
from care.domain.evidence import ChainKind
from care.domain.funded_domains import FundedDomain
from care.domain.jobs import ACTIVE, JobKind, JobState
from care.services import evidence_chain, jobs, seal
from care.services.action_query import today
from care.services.application_files.candidates import domain_of, find_file, sites_of
from care.services.application_files.dossier_content import Gathered, gather, pieces_by_site
from care.services.application_files.moving import thing_of
from care.services.books import BookError
from care.services.errors import NotFound, Refused
from care.services.platform import Platform
from care.services.seal import Chain
from care.services.trail import record
from care.services.work import BOOKS_FOLDER, Hold
from care.store.jobs import Job
from care.store.programme import ApplicationEvent, ApplicationFile
from care.store.registry import Establishment
from reports.book import BookPiece
from reports.dossier import Dossier, write_dossier
from reports.errors import ReportError
from scanners.collection import Cancelled
from scanners.model import Lang, Scalar, Text

Progress = Callable[[float], None]
SHOWN = 10
_BUSY = Text(
    "Le dossier scellé de ce domaine est déjà en préparation ; il apparaît ici dès qu’il est prêt.",
    "The sealed dossier of this domain is already being made; it appears here as soon as it is ready.",
)
_NOT_OPENED = Text(
    "Ouvrez d’abord le dossier de ce domaine : c’est lui qui garde la trace de ce qui a été scellé.",
    "Open the file of this domain first: it keeps the trace of what was sealed.",
)


@dataclass(frozen=True, slots=True)
class DossierView:
    """A dossier asked for. `size` is None until it can be taken away, and once it is gone."""

    job_id: int
    asked_at: datetime
    asked_by: str
    state: JobState
    said: str
    name: str
    size: int | None


def ask_dossier(platform: Platform, scope: Scope, place: Place, framework: str) -> int:
    """Have a dossier made; returns the job. Refused when no file is open or while one is being made."""
    domain = domain_of(framework)
    with platform.database.write() as session:
        sites_of(session, scope, place)
        sites_of(session, scope, place, Right.EXPORT)
        if find_file(session, place, framework) is None:
            raise Refused(_NOT_OPENED)
        if any(_is_of(row, place, domain) for row in session.scalars(_jobs().where(Job.state.in_(ACTIVE)))):
            raise Refused(_BUSY)
        args = {"place": place.key, "framework": framework, "lang": scope.lang}
        job_id = jobs.submit(platform, session, jobs.Order(JobKind.DOSSIER, args), scope.actor)
    if job_id is None:
        raise NotFound
    return job_id


def make(platform: Platform, hold: Hold) -> None:
    """The job: write the dossier beside the sealed books, whole or not at all, and note in the file what it held."""
    args: Mapping[str, Any] = hold.claim.args
    with platform.database.read() as session:
        asked_by = session.get_one(Job, hold.claim.job_id).submitted_by
    place, domain = place_at(str(args["place"])), domain_of(str(args["framework"]))

    def progress(share: float) -> None:
        hold.progress(share, Text("Écriture des pièces.", "Writing the pieces."))
        if hold.cancelled():
            raise Cancelled

    target = _path(platform, hold.claim.job_id)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = target.with_suffix(".part")
    scope = machine_scope(asked_by, str(args["lang"]))
    try:
        temporary.touch(mode=0o600)
        with temporary.open("wb") as out:
            gathered = write(platform, scope, place, domain, out, progress)
        sha256 = _hash_of(temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    with platform.database.write() as session:
        _keep(platform, session, scope, place, domain, gathered, hold.claim.job_id, sha256)
        hold.finish(session, Text("Dossier scellé prêt.", "Sealed dossier ready."))


def write(
    platform: Platform,
    scope: Scope,
    place: Place,
    domain: FundedDomain,
    out: BinaryIO,
    progress: Progress = lambda _share: None,
) -> Gathered:
    """Write a dossier to a seekable file; returns what it holds.

    The chains of the establishments are signed first, so that every piece lies before a signature. BookError when a
    piece is damaged or the disk is full; Refused when a chain does not hold.
    """
    with platform.database.read() as session:
        wanted = pieces_by_site(platform, session, place, domain)
        sites = [session.get_one(Establishment, number) for number in wanted]
        chains = [Chain(ChainKind.EVIDENCE, one.id, one.finess, one.name) for one in sites]
    for chain in chains:
        with platform.database.write() as session:
            evidence_chain.adopt_unchained(session, chain.establishment_id or 0)
        seal.sign_end(platform, scope, chain)
    gathered = gather(platform, scope, place, domain, scope.actor)
    _seal(platform, gathered.dossier, out, progress)
    return gathered


def _seal(platform: Platform, dossier: Dossier, out: BinaryIO, progress: Progress) -> None:
    def open_piece(piece: BookPiece) -> AbstractContextManager[BinaryIO]:
        return platform.evidence.path(piece.sha256).open("rb")

    try:
        write_dossier(dossier, out, open_piece, platform.signer.sign, progress)
    except ReportError as error:
        raise BookError(error.fr, error.en) from error
    except OSError as error:
        raise BookError(
            f"Le dossier scellé n’a pas pu être écrit ({error.strerror}) ; libérez de l’espace, puis recommencez : "
            "rien n’a été gardé à moitié.",
            f"The sealed dossier could not be written ({error.strerror}); free some space, then try again: nothing was "
            "half kept.",
        ) from error


def _keep(
    platform: Platform,
    session: Session,
    scope: Scope,
    place: Place,
    domain: FundedDomain,
    gathered: Gathered,
    job_id: int,
    sha256: str,
) -> None:
    """The event of the file: what stood, for the day when somebody asks why."""
    row, now = find_file(session, place, domain.framework), platform.clock.now()
    if row is None:
        raise NotFound
    detail = {
        "job": job_id,
        "sha256": sha256,
        "key": gathered.dossier.key,
        "pieces": len(gathered.dossier.places()),
        "met": gathered.met,
        "total": len(gathered.dossier.objectives),
        "stood": dict(gathered.stood),
    }
    session.add(
        ApplicationEvent(file_id=row.id, what="dossier", on=today(platform), detail=detail, at=now, by=scope.actor)
    )
    told: dict[str, Scalar] = {
        "pieces": len(gathered.dossier.places()),
        "met": gathered.met,
        "key": gathered.dossier.key,
        "sha256": sha256,
    }
    record(session, scope, "application_file.sealed", thing_of(row), now, told)


def list_dossiers(platform: Platform, scope: Scope, place: Place, framework: str) -> tuple[DossierView, ...]:
    """The dossiers asked for lately, the latest first; none for who may not take them away."""
    domain = domain_of(framework)
    with platform.database.read() as session:
        sites_of(session, scope, place, Right.EXPORT)
        rows = [row for row in session.scalars(_jobs().order_by(Job.id.desc())) if _is_of(row, place, domain)]
        return tuple(_view(platform, row, scope.lang) for row in rows[:SHOWN])


def open_dossier(
    platform: Platform, scope: Scope, place: Place, framework: str, job_id: int
) -> tuple[DossierView, Path]:
    """A dossier to take away, noted in the trail. NotFound outside the scope, for another file, or once gone."""
    domain = domain_of(framework)
    with platform.database.write() as session:
        sites_of(session, scope, place, Right.EXPORT)
        row = session.scalars(_jobs().where(Job.id == job_id)).one_or_none()
        known = find_file(session, place, framework)
        if row is None or known is None or not _is_of(row, place, domain):
            raise NotFound
        view = _view(platform, row, scope.lang)
        if view.size is None:
            raise NotFound
        _took_away(platform, session, scope, known, job_id)
    return view, _path(platform, job_id)


def _took_away(platform: Platform, session: Session, scope: Scope, row: ApplicationFile, job_id: int) -> None:
    record(session, scope, "application_file.taken", thing_of(row), platform.clock.now(), {"job": job_id})


def _jobs() -> Any:  # noqa: ANN401 - a Select of jobs
    return select(Job).where(Job.kind == JobKind.DOSSIER)


def _is_of(row: Job, place: Place, domain: FundedDomain) -> bool:
    return (row.args.get("place"), row.args.get("framework")) == (place.key, domain.framework)


def _view(platform: Platform, row: Job, lang: Lang) -> DossierView:
    path = _path(platform, row.id)
    ready = row.state is JobState.DONE and path.is_file()
    return DossierView(
        job_id=row.id,
        asked_at=row.submitted_at,
        asked_by=row.submitted_by,
        state=row.state,
        said=Text(row.error_fr or "", row.error_en or "").render(lang),
        name=f"declaration-{row.args['framework']}-{row.submitted_at:%Y%m%d}-{row.id}.zip",
        size=path.stat().st_size if ready else None,
    )


def _path(platform: Platform, job_id: int) -> Path:
    return platform.settings.evidence_dir / BOOKS_FOLDER / f"book-declaration-{job_id}.zip"


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
