"""Files of other tools on their way in: received, read in a bounded child process, kept a day for a confirmation.

Nothing is recorded here: a file that cannot be read leaves no trace, in the database or on the disk.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.media import HEAD_BYTES, Media, UnwantedFileError, recognise
from care.services import evidence
from care.services.errors import Invalid, NotFound, Refused
from care.services.places import visible_establishment, within
from care.services.platform import Platform, StoredFile
from care.services.work import WORK_FOLDER
from care.store.imports import ImportDraft
from scanners.errors import system_reason
from scanners.imported.model import Report, ReportError, Tool
from scanners.imported.read_kept import load_report, write_report
from scanners.model import Text

CLOCK_SKEW = timedelta(minutes=10)
"""How far the clock of the machine that ran the tool may be ahead of ours. Our choice."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this a date is that of a machine without a clock."""

MAX_DRAFTS = 20
"""Files of one establishment that may wait for a confirmation."""

_CHUNK = 1 << 20
_FOLDER = "import-"
_FILE, _REPORT, _ATTACHMENT = "file", "report.json.gz", "attachment"


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
    """A file that was read and waits for its confirmation."""

    id: int
    establishment_id: int
    tool: Tool
    name: str
    attachment: str
    size: int
    sha256: str
    created_at: datetime
    created_by: str


def upload(platform: Platform, scope: Scope, establishment_id: int, sent: Upload) -> int:
    """Read a file of another tool and keep it for a day, waiting for its confirmation; returns the draft's number.

    Invalid names the field (`file`, `at`); nothing is kept then.
    """
    with _working(platform, scope, establishment_id) as folder:
        stored = _spool(sent, folder / _FILE)
        try:
            report = platform.read_report(folder / _FILE, sent.tool, sent.at, folder / _REPORT)
        except ReportError as error:
            raise Invalid({"file": error.text}) from error
        return _keep_draft(platform, scope, establishment_id, report, _Spooled(folder, sent.name, stored))


def type_in(
    platform: Platform,
    scope: Scope,
    establishment_id: int,
    report: Report,
    typed: bytes,
    attached: Upload | None = None,
) -> int:
    """The same for a result typed in: `typed` is its canonical text, kept as the file of the import."""
    with _working(platform, scope, establishment_id) as folder:
        (folder / _FILE).write_bytes(typed)
        write_report(folder / _REPORT, report)
        if attached is not None:
            _spool(attached, folder / _ATTACHMENT, "attachment")
            _check_wanted(folder / _ATTACHMENT)
        stored = StoredFile(hashlib.sha256(typed).hexdigest(), len(typed))
        spooled = _Spooled(folder, f"{report.tool.value}.json", stored, attached.name if attached else "")
        return _keep_draft(platform, scope, establishment_id, report, spooled)


def open_draft(platform: Platform, scope: Scope, draft_id: int) -> DraftView:
    """A file waiting for its confirmation; NotFound outside the scope, or once it was confirmed or given up."""
    with platform.database.read() as session:
        return _draft_view(_draft(session, scope, draft_id))


def list_drafts(platform: Platform, scope: Scope, establishment_id: int) -> tuple[DraftView, ...]:
    """The files of an establishment waiting for a confirmation, the latest first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        rows = session.scalars(
            select(ImportDraft)
            .where(ImportDraft.establishment_id == establishment_id)
            .order_by(ImportDraft.id.desc())
            .limit(MAX_DRAFTS)
        )
        return tuple(_draft_view(row) for row in rows)


def give_up(platform: Platform, scope: Scope, draft_id: int) -> None:
    """Forget a file that was read; nothing was recorded of it."""
    with platform.database.write() as session:
        row = taken(session, scope, draft_id)
        folder = platform.settings.data_dir / WORK_FOLDER / row.folder
        session.delete(row)
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Held:
    """A draft and where its content is."""

    view: DraftView
    folder: Path

    def report(self) -> Report:
        """What was read."""
        return load_report(self.folder / _REPORT)

    def keep(self, platform: Platform) -> tuple[StoredFile, ...]:
        """Copy the file, then what was attached to it, into the evidence store."""
        return tuple(
            _kept(platform, path) for path in (self.folder / _FILE, self.folder / _ATTACHMENT) if path.exists()
        )

    def attachment_type(self) -> str:
        """The media type of what was attached; "" when nothing was."""
        path = self.folder / _ATTACHMENT
        return media_of(path).type if path.exists() else ""

    def forget(self) -> None:
        """Remove the content, once recorded."""
        shutil.rmtree(self.folder, ignore_errors=True)


def held(platform: Platform, scope: Scope, draft_id: int) -> Held:
    """A draft with its content; NotFound outside the scope, or when the content is gone."""
    with platform.database.read() as session:
        row = _draft(session, scope, draft_id)
        folder = platform.settings.data_dir / WORK_FOLDER / row.folder
        view = _draft_view(row)
    if not (folder / _REPORT).is_file():
        raise NotFound(
            Text(
                "Le fichier de cet import n’est plus là ; déposez-le de nouveau.",
                "The file of this import is gone; upload it again.",
            )
        )
    return Held(view, folder)


def taken(session: Session, scope: Scope, draft_id: int) -> ImportDraft:
    """A draft about to be recorded or given up: of two people, the second finds it gone."""
    return _draft(session, scope, draft_id, for_update=True)


def _kept(platform: Platform, path: Path) -> StoredFile:
    with path.open("rb") as content:
        return evidence.keep_content(platform, content, path.stat().st_size)


@dataclass(frozen=True, slots=True)
class _Spooled:
    """A file in its work folder."""

    folder: Path
    name: str
    stored: StoredFile
    attachment: str = ""


@contextmanager
def _working(platform: Platform, scope: Scope, establishment_id: int) -> Iterator[Path]:
    """A folder (0700) for one file, kept only when the draft is; the person's right is checked first."""
    with platform.database.read() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
    root = platform.settings.data_dir / WORK_FOLDER
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix=_FOLDER))
    kept = False
    try:
        yield folder
        kept = True
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def _spool(sent: Upload, place: Path, field: str = "file") -> StoredFile:
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


def _check_wanted(path: Path) -> None:
    """Invalid (`attachment`) for an empty file, a program, or what nobody can tell."""
    try:
        media_of(path)
    except UnwantedFileError as unwanted:
        raise Invalid({"attachment": unwanted.text}) from unwanted


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
        f"Ce fichier dépasse la limite de {mebibytes} Mio ; exportez un périmètre plus petit, en plusieurs fichiers.",
        f"This file is over the limit of {mebibytes} MiB; export a smaller scope, as several files.",
    )


def _keep_draft(platform: Platform, scope: Scope, establishment_id: int, report: Report, spooled: _Spooled) -> int:
    now = platform.clock.now()
    _check_dates(report, now)
    with platform.database.write() as session:
        visible_establishment(session, scope, establishment_id, Right.RUN_AUDIT)
        waiting = select(func.count()).where(ImportDraft.establishment_id == establishment_id)
        if (session.scalar(waiting) or 0) >= MAX_DRAFTS:
            raise Refused(
                Text(
                    f"{MAX_DRAFTS} fichiers attendent déjà une confirmation ; confirmez-les ou abandonnez-les d’abord.",
                    f"{MAX_DRAFTS} files already wait for a confirmation; confirm them or give them up first.",
                )
            )
        draft = ImportDraft(
            establishment_id=establishment_id,
            tool=report.tool.value,
            name=evidence.clean_name(spooled.name),
            attachment=evidence.clean_name(spooled.attachment) if spooled.attachment else "",
            folder=spooled.folder.name,
            sha256=spooled.stored.sha256,
            size=spooled.stored.size,
            created_at=now,
            created_by=scope.actor,
        )
        session.add(draft)
        session.flush()
        return draft.id


def _check_dates(report: Report, now: datetime) -> None:
    """The lifecycle rests on when the tool looked: a date to come would hide every later report."""
    at = report.finished_at
    if at > now + CLOCK_SKEW:
        raise Invalid({"file": Text(
            f"Ce rapport est daté du {at:%d/%m/%Y %H:%M} UTC, dans le futur ; remettez à l’heure la machine qui a "
            "lancé l’outil, puis relancez-le.",
            f"This report is dated {at:%Y-%m-%d %H:%M} UTC, in the future; set the clock of the machine that ran the "
            "tool, then run it again.",
        )})  # fmt: skip
    if at < EARLIEST or report.started_at > at:
        raise Invalid({"file": Text(
            f"Les dates de ce rapport ({report.started_at:%d/%m/%Y}, {at:%d/%m/%Y}) ne sont pas possibles ; remettez à "
            "l’heure la machine qui a lancé l’outil, puis relancez-le.",
            f"The dates of this report ({report.started_at:%Y-%m-%d}, {at:%Y-%m-%d}) are not possible; set the clock "
            "of the machine that ran the tool, then run it again.",
        )})  # fmt: skip


def _draft(session: Session, scope: Scope, draft_id: int, for_update: bool = False) -> ImportDraft:
    query = select(ImportDraft).where(
        ImportDraft.id == draft_id, within(scope, Right.RUN_AUDIT, ImportDraft.establishment_id)
    )
    row = session.scalars(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise NotFound
    return row


def _draft_view(row: ImportDraft) -> DraftView:
    return DraftView(
        row.id,
        row.establishment_id,
        Tool(row.tool),
        row.name,
        row.attachment,
        row.size,
        row.sha256,
        row.created_at,
        row.created_by,
    )
