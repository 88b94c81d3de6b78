"""The reading of another tool's file by a worker, in a bounded child process that knows nothing of the platform."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from care.domain.access import Scope
from care.domain.import_steps import Step
from care.domain.jobs import JobKind
from care.services.errors import Invalid, NotFound, Refused
from care.services.import_drafts import FILE, GONE, REPORT, ask, held, open_draft, taken
from care.services.platform import Platform, StoredFile
from care.services.work import Hold
from care.store.imports import ImportDraft
from care.store.jobs import Job
from scanners.collect import Progress
from scanners.imported.collection import EMPTIED, Reading
from scanners.imported.model import ReportError, Tool
from scanners.model import Text

CLOCK_SKEW = timedelta(minutes=10)
"""How far the clock of the machine that ran the tool may be ahead of ours. Our choice."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this a date is that of a machine without a clock."""

READING = Text("Lecture du fichier.", "Reading the file.")
READ = Text("Fichier lu.", "File read.")
_CHUNK = 1 << 20


def read(platform: Platform, hold: Hold) -> None:
    """The job: read the file of a draft, then have it compared with what is known.

    ReportError and Invalid end it with their sentence: the file is then removed, as nothing will be made of it.
    """
    args: dict[str, Any] = dict(hold.claim.args)
    draft_id, tool = int(args["draft"]), Tool(args["tool"]) if args["tool"] else None
    at = datetime.fromisoformat(args["at"]) if args["at"] else None
    hold.stage(0.0, READING)
    folder = held(platform, draft_id, FILE).folder
    try:
        reading = read_file(platform, folder, tool, at, hold.progress, hold.cancelled)
    except (ReportError, Invalid):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    stored = without_passwords(folder)
    with platform.database.write() as session:
        row = session.get(ImportDraft, draft_id, with_for_update=True)
        if row is None:
            raise NotFound
        note(row, reading, stored)
        ask(platform, session, row, JobKind.COMPARE_IMPORT, row.created_by)
        hold.finish(session, READ)


def read_again(platform: Platform, scope: Scope, draft_id: int) -> None:
    """Start again a reading that was cut short. Refused when the file could not be used: it is gone."""
    view = open_draft(platform, scope, draft_id)
    if not view.readable:
        raise Refused(GONE)
    with platform.database.write() as session:
        row = taken(session, scope, draft_id)
        if view.step is not Step.STOPPED or row.job_id != view.job_id:
            return  # someone was quicker
        again = JobKind.COMPARE_IMPORT if row.reading else JobKind.READ_IMPORT
        ask(platform, session, row, again, scope.actor, {} if row.reading else _asked_before(session, row))


def _asked_before(session: Session, row: ImportDraft) -> dict[str, Any]:
    """What the person said of the file: its tool, its date."""
    before = session.get(Job, row.job_id) if row.job_id is not None else None
    return {name: (before.args.get(name, "") if before else "") for name in ("tool", "at")}


def read_file(
    platform: Platform,
    folder: Path,
    tool: Tool | None,
    at: datetime | None,
    progress: Progress,
    cancelled: Callable[[], bool],
) -> Reading:
    """Read the file of a folder; its report is then beside it, and passwords of a scan policy are gone from it.

    ReportError, or Invalid (`file`) for a date that cannot be.
    """
    reading = platform.read_report(folder / FILE, tool, at, folder / REPORT, progress, cancelled)
    check_dates(reading.started_at, reading.finished_at, platform.clock.now())
    return reading


def note(row: ImportDraft, reading: Reading, stored: StoredFile) -> None:
    """Keep what the reading told; `stored` is the file as it is kept, which may no longer be the one sent."""
    row.reading = {"sent": row.sha256, "findings": reading.findings, "emptied": stored.sha256 != row.sha256}
    row.tool, row.sha256, row.size = reading.tool.value, stored.sha256, stored.size


def without_passwords(folder: Path) -> StoredFile:
    """The file to keep: the copy without the preferences of its scan policy takes its place, if there is one."""
    if (folder / EMPTIED).exists():
        (folder / EMPTIED).replace(folder / FILE)
    return _fingerprint(folder / FILE)


def _fingerprint(path: Path) -> StoredFile:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return StoredFile(digest.hexdigest(), size)


def check_dates(started_at: datetime, at: datetime, now: datetime) -> None:
    """The lifecycle rests on when the tool looked: a date to come would hide every later report. Invalid (`file`)."""
    if at > now + CLOCK_SKEW:
        raise Invalid({"file": Text(
            f"Ce rapport est daté du {at:%d/%m/%Y %H:%M} UTC, dans le futur ; remettez à l’heure la machine qui a "
            "lancé l’outil, puis relancez-le.",
            f"This report is dated {at:%Y-%m-%d %H:%M} UTC, in the future; set the clock of the machine that ran the "
            "tool, then run it again.",
        )})  # fmt: skip
    if at < EARLIEST or started_at > at:
        raise Invalid({"file": Text(
            f"Les dates de ce rapport ({started_at:%d/%m/%Y}, {at:%d/%m/%Y}) ne sont pas possibles ; remettez "
            "à l’heure la machine qui a lancé l’outil, puis relancez-le.",
            f"The dates of this report ({started_at:%Y-%m-%d}, {at:%Y-%m-%d}) are not possible; set the clock "
            "of the machine that ran the tool, then run it again.",
        )})  # fmt: skip
