"""Files of other tools on their way in: received, kept a day, read then recorded by jobs.

A file is kept at once in a folder of its own, beside the evidence, where every worker finds it. Nothing is recorded of
it before a confirmation; one that cannot be read is removed, and only the sentence that says why stays, for a day.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.import_steps import Step, step_of
from care.domain.jobs import APART, JobKind, JobState
from care.domain.media import HEAD_BYTES, Media, UnwantedFileError, recognise
from care.services import evidence, jobs
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment, within
from care.services.platform import Platform, StoredFile
from care.services.scanning import DIRECTORY_SCANNER
from care.services.work import IMPORTS_FOLDER
from care.store.imports import ImportDraft
from care.store.jobs import Job
from care.store.tallies import FindingTally
from scanners.errors import system_reason
from scanners.imported.model import Report, Tool
from scanners.imported.read_kept import load_report, write_report
from scanners.model import Lang, Text

MAX_DRAFTS = 20
"""Files of one establishment that may wait for a confirmation."""

PATIENCE_SECONDS = 2.0
"""How long a person waits for a file without being shown its progress: most are read by then."""

MOST_HERE = 5_000
"""Findings confronted within the process of the worker, which may be that of the pages: about 25 MB. Our choice."""

BROUGHT = DIRECTORY_SCANNER
"""In place of a tool: a collection of a directory made elsewhere, which our own rules judge."""

_CHUNK = 1 << 20
_FOLDER = "import-"
FILE, REPORT, ATTACHMENT = "file", "report.json.gz", "attachment"
GONE = Text(
    "Le fichier de cet import n’est plus là ; déposez-le de nouveau.",
    "The file of this import is gone; upload it again.",
)
NOT_READ = Text(
    "Ce fichier n’est pas encore lu ; attendez l’aperçu.", "This file is not read yet; wait for the preview."
)
NOT_COMPARED = Text(
    "L’aperçu est celui d’une autre cible ; recalculez-le sur celle-ci avant d’importer.",
    "The preview is that of another target; work it out again on this one before importing.",
)
CUT_SHORT = Text(
    "La lecture de ce fichier a été interrompue ; rien n’a été enregistré. Relancez-la.",
    "The reading of this file was cut short; nothing was recorded. Start it again.",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file someone sends: its name, its tool (None: to be recognised), when it looked if the file does not say.

    `limit` is the largest size taken, in bytes.
    """

    name: str
    content: BinaryIO
    limit: int
    tool: Tool | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DraftView:
    """A file that was sent, and where it stands. `tool` is None until it is recognised, `BROUGHT` for a collection.

    `job_id` is the last job asked for it, while it goes on or when it failed: `error` then says why. `run_id` is set
    once it is recorded. `readable`: its content is still there, to be read or compared again.
    """

    id: int
    establishment_id: int
    tool: str | None
    name: str
    attachment: str
    size: int
    sha256: str
    created_at: datetime
    created_by: str
    step: Step
    job_id: int | None
    error: str
    run_id: int | None
    readable: bool


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file in its folder."""

    folder: Path
    name: str
    stored: StoredFile
    attachment: str = ""


def receive(platform: Platform, scope: Scope, establishment_id: int, sent: Upload) -> int:
    """Keep a file of another tool and have a worker read it; returns the draft's number, to be watched.

    Invalid names `file` when it is too large or the disk is full; nothing is kept then. Refused when too many wait.
    """
    with working(platform, scope, establishment_id) as folder:
        spooled = Spooled(folder, sent.name, spool(sent, folder / FILE))
        with platform.database.write() as session:
            row = add(session, platform, scope, establishment_id, spooled, sent.tool)
            args = {"tool": sent.tool.value if sent.tool else "", "at": sent.at.isoformat() if sent.at else ""}
            ask(platform, session, row, JobKind.READ_IMPORT, scope.actor, args)
            return row.id


def keep_typed(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    report: Report,
    typed: bytes,
    attached: Upload | None = None,
) -> int:
    """The same for a result typed in, which needs no reading: `typed`, its canonical text, is the file of the import.

    Invalid names `attachment`.
    """
    with working(platform, scope, establishment_id) as folder:
        (folder / FILE).write_bytes(typed)
        write_report(folder / REPORT, report)
        if attached is not None:
            spool(attached, folder / ATTACHMENT, "attachment")
            _check_wanted(folder / ATTACHMENT)
        stored = StoredFile(hashlib.sha256(typed).hexdigest(), len(typed))
        spooled = Spooled(folder, f"{report.tool.value}.json", stored, attached.name if attached else "")
        with platform.database.write() as session:
            row = add(session, platform, scope, establishment_id, spooled, report.tool)
            row.reading = {"sent": stored.sha256, "findings": sum(len(check.findings) for check in report.checks)}
            ask(platform, session, row, JobKind.COMPARE_IMPORT, scope.actor)
            return row.id


def open_draft(platform: Platform, scope: Scope, draft_id: int) -> DraftView:
    """A file that was sent; NotFound outside the scope, or once it was given up or forgotten."""
    with platform.database.read() as session:
        row = session.execute(drafts_seen(scope).where(ImportDraft.id == draft_id)).one_or_none()
        if row is None:
            raise NotFound
        return draft_view(platform, row, scope.lang)


def settled(platform: Platform, scope: Scope, draft_id: int) -> DraftView:
    """The same once no worker deals with it, or after `PATIENCE_SECONDS`: small files are read while a person waits."""
    platform.endings.wait_for(lambda: not open_draft(platform, scope, draft_id).step.busy, PATIENCE_SECONDS)
    return open_draft(platform, scope, draft_id)


def list_drafts(platform: Platform, scope: Scope, establishment_id: int) -> tuple[DraftView, ...]:
    """The files of an establishment that are not recorded yet, the latest first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        rows = session.execute(
            drafts_seen(scope)
            .where(ImportDraft.establishment_id == establishment_id, ImportDraft.run_id.is_(None))
            .order_by(ImportDraft.id.desc())
            .limit(MAX_DRAFTS)
        )
        return tuple(draft_view(platform, row, scope.lang) for row in rows)


def give_up(platform: Platform, scope: Scope, draft_id: int) -> None:
    """Forget a file that was sent, and stop its reading. Refused while it is being recorded, and once it is."""
    view = open_draft(platform, scope, draft_id)
    if view.step is Step.RECORDING:  # asked before the lock, which the recording holds
        raise Refused(
            Text(
                "Cet import est en cours d’enregistrement ; annulez d’abord l’enregistrement, ou attendez sa fin.",
                "This import is being recorded; cancel the recording first, or wait for its end.",
            )
        )
    if view.step.busy and view.job_id is not None:
        _stop(platform, scope, view.job_id)
    with platform.database.write() as session:
        row = taken(session, scope, draft_id)
        if row.run_id is not None:
            raise Refused(Text("Cet import est déjà enregistré.", "This import is already recorded."))
        folder = folder_of(platform, row.folder)
        session.delete(row)
    shutil.rmtree(folder, ignore_errors=True)


def _stop(platform: Platform, scope: Scope, job_id: int) -> None:
    """Ask for the end of a job that may be over by now."""
    try:
        jobs.cancel(platform, scope, job_id)
    except Refused:
        return


@dataclass(frozen=True, slots=True)
class Held:
    """A draft's content: where it is, and what its copies in the evidence store need."""

    folder: Path

    def report(self) -> Report:
        """What was read."""
        return load_report(self.folder / REPORT)

    def keep(self, platform: Platform) -> tuple[StoredFile, ...]:
        """Copy the file, then what was attached to it, into the evidence store."""
        return tuple(_kept(platform, path) for path in (self.folder / FILE, self.folder / ATTACHMENT) if path.exists())

    def attachment_type(self) -> str:
        """The media type of what was attached; "" when nothing was."""
        path = self.folder / ATTACHMENT
        return media_of(path).type if path.exists() else ""

    def forget(self) -> None:
        """Remove the content, once recorded."""
        shutil.rmtree(self.folder, ignore_errors=True)


def held(platform: Platform, draft_id: int, part: str = REPORT) -> Held:
    """A draft with its content, for a worker; NotFound when it was given up, or when that part of it is gone."""
    with platform.database.read() as session:
        name = session.scalar(select(ImportDraft.folder).where(ImportDraft.id == draft_id))
    if name is None:
        raise NotFound
    folder = folder_of(platform, name)
    if not (folder / part).is_file():
        raise NotFound(GONE)
    return Held(folder)


def folder_of(platform: Platform, name: str) -> Path:
    """Where the content of a draft is."""
    return platform.settings.evidence_dir / IMPORTS_FOLDER / name


def taken(session: Session, scope: Scope, draft_id: int) -> ImportDraft:
    """A draft about to be changed: of two people, the second sees what the first did."""
    query = select(ImportDraft).where(
        ImportDraft.id == draft_id, within(scope, Right.RUN_AUDIT, ImportDraft.establishment_id)
    )
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def ask(
    platform: Platform,
    session: Session,
    row: ImportDraft,
    kind: JobKind,
    actor: str,
    args: dict[str, Any] | None = None,
) -> None:
    """Submit the next job of a draft, which then stands where that job does."""
    apart = kind is not JobKind.READ_IMPORT and _heavy(session, row)
    order = jobs.Order(kind, {"draft": row.id, APART: apart, **(args or {})}, establishment_id=row.establishment_id)
    row.job_id = jobs.submit(platform, session, order, actor)


def _heavy(session: Session, row: ImportDraft) -> bool:
    """Whether the report, or what it is confronted with, is large enough to need a process of its own."""
    known = select(func.coalesce(func.sum(FindingTally.findings), 0)).where(
        FindingTally.establishment_id == row.establishment_id, FindingTally.scanner == row.tool
    )
    return int((row.reading or {}).get("findings", 0)) + (session.scalar(known) or 0) > MOST_HERE


@contextmanager
def working(platform: Platform, scope: Scope, establishment_id: int) -> Iterator[Path]:
    """A folder (0700) for one file, kept only when the draft is; the person's right is checked first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
    root = platform.settings.evidence_dir / IMPORTS_FOLDER
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix=_FOLDER))
    kept = False
    try:
        yield folder
        kept = True
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def spool(sent: Upload, place: Path, field: str = "file") -> StoredFile:
    """Copy what is sent to the disk, never whole in memory; Invalid beyond the limit or when the disk is full."""
    digest, size = hashlib.sha256(), 0
    try:
        with place.open("wb") as file:
            while chunk := sent.content.read(_CHUNK):
                size += len(chunk)
                if size > sent.limit:
                    raise Invalid({field: too_large(sent.limit)})
                digest.update(chunk)
                file.write(chunk)
    except OSError as error:
        reason = system_reason(error)
        raise Invalid(
            {
                field: Text(
                    f"Le fichier n’a pas pu être reçu ({reason.fr}) ; réessayez, ou prévenez l’administrateur de CaRE.",
                    f"The file could not be received ({reason.en}); try again, or tell the administrator of CaRE.",
                )
            }
        ) from error
    return StoredFile(digest.hexdigest(), size)


def add(
    session: Session, platform: Platform, scope: Scope, establishment_id: int, spooled: Spooled, tool: Tool | None
) -> ImportDraft:
    """The row of a file just received. Refused when too many wait in the establishment."""
    visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
    waiting = select(func.count()).where(ImportDraft.establishment_id == establishment_id, ImportDraft.run_id.is_(None))
    if (session.scalar(waiting) or 0) >= MAX_DRAFTS:
        raise Refused(
            Text(
                f"{MAX_DRAFTS} fichiers attendent déjà une confirmation ; confirmez-les ou abandonnez-les d’abord.",
                f"{MAX_DRAFTS} files already wait for a confirmation; confirm them or give them up first.",
            )
        )
    draft = ImportDraft(
        establishment_id=establishment_id,
        tool=tool.value if tool else "",
        name=evidence.clean_name(spooled.name),
        attachment=evidence.clean_name(spooled.attachment) if spooled.attachment else "",
        folder=spooled.folder.name,
        sha256=spooled.stored.sha256,
        size=spooled.stored.size,
        created_at=platform.clock.now(),
        created_by=scope.actor,
    )
    session.add(draft)
    session.flush()
    return draft


def media_of(path: Path) -> Media:
    """What a file is, by its first and last bytes."""
    with path.open("rb") as content:
        head = content.read(HEAD_BYTES)
        content.seek(max(len(head), path.stat().st_size - HEAD_BYTES))
        return recognise(head, content.read(HEAD_BYTES))


def too_large(limit: int) -> Text:
    """The sentence for a file over `limit` bytes."""
    mebibytes = limit >> 20
    return Text(
        f"Ce fichier dépasse la limite de {mebibytes} Mio ; exportez un périmètre plus petit, en plusieurs fichiers, "
        "ou faites relever CARE_UPLOAD_MB par l’administrateur.",
        f"This file is over the limit of {mebibytes} MiB; export a smaller scope, as several files, or have the "
        "administrator raise CARE_UPLOAD_MB.",
    )


def draft_view(platform: Platform, row: Any, lang: Lang) -> DraftView:  # noqa: ANN401 - a row of `drafts_seen`
    """A row with its last job, as people see it."""
    draft, kind, state, error_fr, error_en = row
    step = step_of(kind, state, previewed=draft.preview is not None, recorded=draft.run_id is not None)
    return DraftView(
        id=draft.id,
        establishment_id=draft.establishment_id,
        tool=draft.tool or None,
        name=draft.name,
        attachment=draft.attachment,
        size=draft.size,
        sha256=draft.sha256,
        created_at=draft.created_at,
        created_by=draft.created_by,
        step=step,
        job_id=draft.job_id,
        error=_error(step, state, Text(error_fr or "", error_en or "")).render(lang),
        run_id=draft.run_id,
        readable=(folder_of(platform, draft.folder) / FILE).is_file(),
    )


def _error(step: Step, state: JobState | None, said: Text) -> Text:
    if step.busy or step is Step.RECORDED:
        return Text("", "")
    return CUT_SHORT if step is Step.STOPPED and state is not JobState.FAILED else said


def drafts_seen(scope: Scope) -> Select[ImportDraft, JobKind | None, JobState | None, str | None, str | None]:
    """The drafts a person may confirm, each with its last job: rows for `draft_view`."""
    return (
        select(ImportDraft, Job.kind, Job.state, Job.error_fr, Job.error_en)
        .outerjoin(Job, Job.id == ImportDraft.job_id)
        .where(within(scope, Right.RUN_AUDIT, ImportDraft.establishment_id))
    )


def _kept(platform: Platform, path: Path) -> StoredFile:
    with path.open("rb") as content:
        return evidence.keep_content(platform, content, path.stat().st_size)


def _check_wanted(path: Path) -> None:
    """Invalid (`attachment`) for an empty file, a program, or what nobody can tell."""
    try:
        media_of(path)
    except UnwantedFileError as unwanted:
        raise Invalid({"attachment": unwanted.text}) from unwanted
