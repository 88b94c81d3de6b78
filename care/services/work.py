"""What is behind each kind of job, and what a handler is given to do it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Delete, delete, select
from sqlalchemy.orm import Session

from care.domain.jobs import ACTIVE, Claim, Standing
from care.domain.mail import KEPT, SETTLED
from care.services import jobs, sessions
from care.services.lists import forgetting
from care.services.platform import Platform
from care.store.imports import ImportDraft
from care.store.jobs import Job
from care.store.outbox import Mail, MailAttachment
from scanners.model import Text

_LOOK_EVERY_SECONDS = 0.25
_SPEAK_EVERY_SECONDS = 0.5
_FINISHED_JOBS_KEPT = timedelta(days=7)
_DRAFTS_KEPT = timedelta(days=1)
_FOLDERS_KEPT = timedelta(days=2)
BOOKS_FOLDER = ".books"
"""Under the folder of evidence, which every worker reaches: sealed books waiting to be taken away."""
REPORTS_FOLDER = ".reports"
"""Beside them: one folder per regional report, until it is made again."""
IMPORTS_FOLDER = ".imports"
"""Beside them: one folder per file of another tool, from its upload to its recording."""
WORK_FOLDER = "work"
"""Under the data folder: one folder per collection that is going on."""


@dataclass
class Hold:
    """A job in the hands of a worker: its arguments, its progress, and whether it must stop."""

    platform: Platform
    claim: Claim
    stopping: Callable[[], bool] = lambda: False
    _looked: float = field(default=0.0, init=False)
    _standing: Standing = field(default=Standing.OURS, init=False)
    _spoke: float = field(default=-_SPEAK_EVERY_SECONDS, init=False)
    _last: tuple[float, Text] | None = field(default=None, init=False)

    def cancelled(self) -> bool:
        """Whether the work must stop: asked by a person, lost to another worker, or the worker itself is stopping.

        Looks into the database four times a second at most.
        """
        return self.taken_away() or self.ending()

    def taken_away(self) -> bool:
        """Whether nothing of this attempt may be recorded: lost to another worker, or the worker itself is stopping."""
        return self.stopping() or self._look() is Standing.LOST

    def ending(self) -> bool:
        """Whether a person asked for the end of the work."""
        return self._look() is Standing.ENDING

    def _look(self) -> Standing:
        now = time.monotonic()
        if self._standing is not Standing.LOST and now - self._looked >= _LOOK_EVERY_SECONDS:
            self._looked, self._standing = now, jobs.standing(self.platform, self.claim)
        return self._standing

    def progress(self, share: float, text: Text) -> None:
        """Tell how far the work is. A sentence said again, or too soon after another, is not recorded."""
        now = time.monotonic()
        if (share, text) == self._last or now - self._spoke < _SPEAK_EVERY_SECONDS:
            return
        self.stage(share, text)

    def stage(self, share: float, text: Text) -> None:
        """Tell that another part of the work begins; always recorded."""
        self._spoke, self._last = time.monotonic(), (share, text)
        jobs.tell(self.platform, self.claim, share, text)

    def finish(self, session: Session, said: Text = jobs.DONE) -> None:
        """End the job in the transaction that records its result."""
        jobs.finish(session, self.claim, self.platform.clock.now(), said)


Handler = Callable[[Platform, Hold], None]
"""Does one job and calls `hold.finish` in its last transaction. Any exception ends the job otherwise."""


@contextmanager
def work_folder(platform: Platform) -> Iterator[Path]:
    """An empty folder (0700) for what one job writes meanwhile, gone afterwards."""
    root = platform.settings.data_dir / WORK_FOLDER
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix="run-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def purge(platform: Platform, hold: Hold) -> None:
    """Forget what needs no keeping: ended sessions, finished housekeeping jobs, old mail, imports never confirmed,
    old lists, folders of work cut short."""
    with platform.database.write() as session:
        sessions.forget_the_past(session, platform, platform.clock.now())
        session.execute(_old_drafts(platform.clock.now()))
        wanted = frozenset(session.scalars(select(ImportDraft.folder)))
        jobs.purge(platform, session, _FINISHED_JOBS_KEPT)
        old_mail = (Mail.state.in_(SETTLED), Mail.created_at < platform.clock.now() - KEPT)
        session.execute(delete(MailAttachment).where(MailAttachment.mail_id.in_(select(Mail.id).where(*old_mail))))
        session.execute(delete(Mail).where(*old_mail))
        forgotten = forgetting.forget_old(platform, session)
        hold.finish(session)
    for folder in forgotten:
        forgetting.remove(platform, folder)
    _remove_old_folders(platform.settings.data_dir / WORK_FOLDER, "run-*", platform.clock.now())
    _remove_old_folders(platform.settings.evidence_dir / IMPORTS_FOLDER, "import-*", platform.clock.now(), wanted)
    _remove_old_reports(platform.settings.evidence_dir / REPORTS_FOLDER, platform.clock.now())
    _remove_old_books(platform.settings.evidence_dir / BOOKS_FOLDER, platform.clock.now())


def _old_drafts(now: datetime) -> Delete:
    """Files never confirmed, and the traces of those that were; not what a job still reads or records."""
    at_work = select(Job.id).where(Job.id == ImportDraft.job_id, Job.state.in_(ACTIVE)).exists()
    return delete(ImportDraft).where(ImportDraft.created_at < now - _DRAFTS_KEPT, ~at_work)


def _remove_old_folders(root: Path, pattern: str, now: datetime, wanted: frozenset[str] = frozenset()) -> None:
    """A worker killed in the middle of a collection leaves its folder behind; so does an import never confirmed."""
    for folder in root.glob(pattern):
        old = datetime.fromtimestamp(folder.stat().st_mtime, UTC) < now - _FOLDERS_KEPT
        if old and folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_old_reports(root: Path, now: datetime) -> None:
    """A regional report can be made again: it goes with the job that made it."""
    for folder in root.glob("report-*"):
        if datetime.fromtimestamp(folder.stat().st_mtime, UTC) < now - _FINISHED_JOBS_KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_old_books(root: Path, now: datetime) -> None:
    """A sealed book can be made again at any time: it goes with the job that made it."""
    for book in root.glob("book-*"):
        if datetime.fromtimestamp(book.stat().st_mtime, UTC) < now - _FINISHED_JOBS_KEPT:
            book.unlink(missing_ok=True)
