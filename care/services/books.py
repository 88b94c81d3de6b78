"""Sealed books: a choice of evidence written as one signed archive, by a job, then taken away by who may export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import func, select

from care.domain.access import Right, Scope, machine_scope
from care.domain.evidence import ChainKind, EvidenceKind, Standing, ThingKind, ThingRef
from care.domain.jobs import JobKind, JobState
from care.services import evidence_chain, jobs, seal
from care.services.book_contents import book_of, chosen, selection
from care.services.errors import NotFound, Refused
from care.services.library import EvidenceFilter
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.seal import Chain
from care.services.trail import Thing, record
from care.services.work import BOOKS_FOLDER, Hold
from care.store.evidence import Evidence, StoredContent
from care.store.jobs import Job
from care.store.registry import Establishment
from reports.book import Book, BookPiece, write_book
from reports.errors import ReportError
from reports.seal.verifier import grouped
from scanners.collection import Cancelled
from scanners.errors import SaidError
from scanners.model import Lang, Scalar, Text

__all__ = ["grouped"]

MAX_PIECES = 20_000
"""More would make an index that nobody reads and a manifest of more than 30 MB: our choice."""

Wanted = EvidenceFilter
Progress = Callable[[float], None]


class BookError(SaidError):
    """A book could not be made: a damaged piece, a full disk."""


@dataclass(frozen=True, slots=True)
class BookPreview:
    """What a book would hold: pieces, bytes of their files, and how many files are damaged or missing."""

    pieces: int
    size: int
    unsound: int


@dataclass(frozen=True, slots=True)
class BookView:
    """A book that was asked for. `size` is None until it can be taken away, and once it is gone."""

    job_id: int
    asked_at: datetime
    asked_by: str
    state: JobState
    share: float
    said: str
    name: str
    size: int | None


def preview(platform: Platform, scope: Scope, establishment_id: int, wanted: Wanted) -> BookPreview:
    """What the choice amounts to, before anything is written."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        asked = chosen(platform, scope, establishment_id, wanted)
        count, size = session.execute(
            select(func.count(), func.coalesce(func.sum(StoredContent.size), 0))
            .select_from(Evidence)
            .outerjoin(StoredContent, StoredContent.sha256 == Evidence.sha256)
            .where(*asked)
        ).one()
        unsound = session.scalar(
            select(func.count())
            .select_from(Evidence)
            .join(StoredContent, StoredContent.sha256 == Evidence.sha256)
            .where(*asked, StoredContent.sound.is_(False))
        )
        return BookPreview(count, int(size), unsound or 0)


def ask_book(platform: Platform, scope: Scope, establishment_id: int, wanted: Wanted) -> int:
    """Have a book made; returns the job to watch. Refused when the choice is empty or too large."""
    _check_size(preview(platform, scope, establishment_id, wanted))
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        args = {"wanted": _written(wanted), "lang": scope.lang}
        order = jobs.Order(JobKind.BOOK, args, establishment_id=establishment_id)
        job_id = jobs.submit(platform, session, order, scope.actor)
    if job_id is None:
        raise NotFound
    return job_id


def make(platform: Platform, hold: Hold) -> None:
    """The job: write the book beside the evidence, whole or not at all."""
    with platform.database.read() as session:
        job = session.get_one(Job, hold.claim.job_id)
        establishment_id, asked_by = job.establishment_id or 0, job.submitted_by
    args: Mapping[str, Any] = hold.claim.args
    scope = machine_scope(asked_by, args["lang"])

    def progress(share: float) -> None:
        hold.progress(share, Text("Écriture des pièces.", "Writing the pieces."))
        if hold.cancelled():
            raise Cancelled

    target = _place(platform, hold.claim.job_id)
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = target.with_suffix(".part")
    try:
        with _opened(temporary) as out:
            count = write(platform, scope, establishment_id, _read(args["wanted"]), out, progress)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    with platform.database.write() as session:
        hold.finish(session, Text(f"Dossier scellé : {count} pièces.", f"Book sealed: {count} pieces."))


def write(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    wanted: Wanted,
    out: BinaryIO,
    progress: Progress = lambda _share: None,
) -> int:
    """Write a sealed book to a seekable file; returns how many pieces it holds.

    The chain is signed first, so that every piece lies before a signature. BookError when a piece is damaged or the
    disk is full; Refused when the choice is empty, too large, or the chain does not hold.
    """
    _check_size(preview(platform, scope, establishment_id, wanted))
    with platform.database.write() as session:
        evidence_chain.adopt_unchained(session, establishment_id)
    with platform.database.read() as session:
        place = visible_establishment(session, scope, establishment_id, Right.EXPORT)
        chain = Chain(ChainKind.EVIDENCE, place.id, place.finess, place.name)
    seal.sign_end(platform, scope, chain)
    book = book_of(platform, scope, place, wanted)
    _seal(platform, book, out, progress)
    with platform.database.write() as session:
        detail: dict[str, Scalar] = {
            "pieces": len(book.pieces),
            "key": book.key,
            "selection": selection(wanted).fr[:500],
        }
        thing = Thing("book", establishment_id, establishment_id)
        record(session, scope, "book.sealed", thing, platform.clock.now(), detail)
    return len(book.pieces)


def _seal(platform: Platform, book: Book, out: BinaryIO, progress: Progress) -> None:
    def open_piece(piece: BookPiece) -> AbstractContextManager[BinaryIO]:
        return platform.evidence.path(piece.sha256).open("rb")

    try:
        write_book(book, out, open_piece, platform.signer.sign, progress)
    except ReportError as error:
        raise BookError(error.fr, error.en) from error
    except OSError as error:
        raise BookError(
            f"Le dossier scellé n’a pas pu être écrit ({error.strerror}) ; libérez de l’espace, puis recommencez : "
            "rien n’a été gardé à moitié.",
            f"The sealed book could not be written ({error.strerror}); free some space, then try again: nothing was "
            "half kept.",
        ) from error


def script() -> bytes:
    """The script that verifies a book, as it is put in each."""
    return resources.files("reports.seal").joinpath("verifier.py").read_bytes()


def list_books(platform: Platform, scope: Scope, establishment_id: int) -> tuple[BookView, ...]:
    """The books asked for lately in an establishment, the latest first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.EXPORT)
        rows = session.scalars(_jobs(establishment_id).order_by(Job.id.desc()).limit(20)).all()
        finess = session.get_one(Establishment, establishment_id).finess
        return tuple(_view(platform, row, finess, scope.lang) for row in rows)


def open_book(platform: Platform, scope: Scope, job_id: int) -> tuple[int, BookView, Path]:
    """A book to take away: its establishment, what it is, where it is. NotFound outside the scope or once gone."""
    with platform.database.read() as session:
        row = session.scalars(
            select(Job).where(
                Job.id == job_id, Job.kind == JobKind.BOOK, within(scope, Right.EXPORT, Job.establishment_id)
            )
        ).one_or_none()
        if row is None:
            raise NotFound
        establishment_id = row.establishment_id or 0
        finess = session.get_one(Establishment, establishment_id).finess
        view = _view(platform, row, finess, scope.lang)
    if view.size is None:
        raise NotFound
    return establishment_id, view, _place(platform, job_id)


def took_away(platform: Platform, scope: Scope, establishment_id: int, job_id: int) -> None:
    """Note in the trail who took a book away."""
    with platform.database.write() as session:
        record(session, scope, "book.taken", Thing("book", job_id, establishment_id), platform.clock.now())


def _jobs(establishment_id: int) -> Any:  # noqa: ANN401 - a Select of jobs
    return select(Job).where(Job.kind == JobKind.BOOK, Job.establishment_id == establishment_id)


def _view(platform: Platform, row: Job, finess: str, lang: Lang) -> BookView:
    path = _place(platform, row.id)
    ready = row.state is JobState.DONE and path.is_file()
    error = Text(row.error_fr or "", row.error_en or "")
    return BookView(
        job_id=row.id,
        asked_at=row.submitted_at,
        asked_by=row.submitted_by,
        state=row.state,
        share=row.share,
        said=error.render(lang),
        name=f"dossier-{finess}-{row.submitted_at:%Y%m%d}-{row.id}.zip",
        size=path.stat().st_size if ready else None,
    )


def _place(platform: Platform, job_id: int) -> Path:
    return platform.settings.evidence_dir / BOOKS_FOLDER / f"book-{job_id}.zip"


def _opened(path: Path) -> BinaryIO:
    path.touch(mode=0o600)
    return path.open("wb")


def _check_size(found: BookPreview) -> None:
    if not found.pieces:
        raise Refused(
            Text(
                "Aucune preuve ne correspond à ce choix ; élargissez-le.", "No evidence matches this choice; widen it."
            )
        )
    if found.pieces > MAX_PIECES:
        raise Refused(
            Text(
                f"Ce choix réunit {found.pieces} preuves, plus de {MAX_PIECES} ; restreignez la période ou les types.",
                f"This choice gathers {found.pieces} pieces, more than {MAX_PIECES}; narrow the period or the kinds.",
            )
        )


def _written(wanted: Wanted) -> dict[str, Any]:
    """A choice as a job's argument."""
    return {
        "kinds": [kind.value for kind in wanted.kinds],
        "ids": list(wanted.ids),
        "thing": [wanted.thing.kind.value, wanted.thing.id] if wanted.thing else None,
        "standing": wanted.standing.value if wanted.standing else None,
        "former": wanted.former,
        "words": wanted.words,
        "owner": wanted.owner,
        "since": wanted.since.isoformat() if wanted.since else None,
        "until": wanted.until.isoformat() if wanted.until else None,
    }


def _read(written: Mapping[str, Any]) -> Wanted:
    thing = written["thing"]
    return EvidenceFilter(
        kinds=tuple(EvidenceKind(kind) for kind in written["kinds"]),
        ids=tuple(int(number) for number in written.get("ids", ())),  # absent from a job of an older version
        thing=ThingRef(ThingKind(thing[0]), thing[1]) if thing else None,
        standing=Standing(written["standing"]) if written["standing"] else None,
        former=written["former"],
        words=written["words"],
        owner=written["owner"],
        since=date.fromisoformat(written["since"]) if written["since"] else None,
        until=date.fromisoformat(written["until"]) if written["until"] else None,
    )
