"""Importing files of vulnerabilities from the pages: received, tried out by a job, then kept when a person says so."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope, machine_scope
from care.domain.jobs import JobKind, JobState
from care.services import jobs
from care.services.errors import Forbidden, Refused
from care.services.import_drafts import FILE, Upload, spool
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.work import IMPORTS_FOLDER, Hold
from care.store.jobs import Job, JobEvent
from scanners.model import Scalar, Text
from scanners.vulnerabilities.collection import import_in_child
from scanners.vulnerabilities.importing import Asked, Imported
from scanners.vulnerabilities.model import SourceState, VulnerabilityError
from scanners.vulnerabilities.store import states_of

_FOLDER = "import-"
_SHOWN = 10
GONE = Text(
    "Ce fichier n’est plus là ; déposez-le de nouveau.",
    "This file is gone; upload it again.",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A file sent. `dated` is the day it was downloaded, for those that do not say; `limit` its largest size."""

    name: str
    content: BinaryIO
    limit: int
    dated: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileView:
    """A file sent, and where it stands: tried out (`kept` False) or imported; `said` is the last word of its job."""

    job_id: int
    name: str
    kept: bool
    state: JobState
    share: float
    said: str
    asked_at: datetime
    asked_by: str
    may_keep: bool


@dataclass(frozen=True, slots=True)
class DataView:
    """What is imported, and the files sent lately, the latest first."""

    sources: tuple[SourceState, ...]
    now: datetime
    files: tuple[FileView, ...]


def data_state(platform: Platform, scope: Scope) -> DataView:
    """What is imported, for who may import; Forbidden for others."""
    _check(scope)
    with platform.database.read() as session:
        query = select(Job).where(Job.kind == JobKind.VULNERABILITIES).order_by(Job.id.desc()).limit(_SHOWN)
        rows = list(session.scalars(query))
        files = tuple(_file(platform, row, _last_word(session, row, scope), rows) for row in rows)
    return DataView(states_of(platform.settings.vulnerabilities_file), platform.clock.now(), files)


def receive(platform: Platform, scope: Scope, sent: Sent) -> int:
    """Keep a file and have it tried out; returns the job to watch. Invalid names `file` when it is too large."""
    _check(scope)
    root = platform.settings.evidence_dir / IMPORTS_FOLDER
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=root, prefix=_FOLDER))
    kept = False
    try:
        spool(Upload(sent.name, sent.content, sent.limit), folder / FILE)
        job_id = _ask(platform, scope, _args(folder.name, sent.name, sent.dated, keep=False))
        kept = True
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    return job_id


def keep(platform: Platform, scope: Scope, job_id: int) -> int:
    """Import a file that was tried out; returns the job to watch. Refused when it is gone or was asked already."""
    _check(scope)
    with platform.database.read() as session:
        row = session.get(Job, job_id)
        if row is None or row.kind is not JobKind.VULNERABILITIES:
            raise Refused(GONE)
        args: Mapping[str, Any] = row.args
        done = row.state is JobState.DONE and not args["keep"]
    if not done or not _place(platform, args).is_file():
        raise Refused(GONE)
    return _ask(platform, scope, {**args, "keep": True})


def run(platform: Platform, hold: Hold) -> None:
    """The job: try a file out, or import it; a file that cannot be used, or was imported, is removed.

    VulnerabilityError and Cancelled end it with their sentence.
    """
    args: Mapping[str, Any] = hold.claim.args
    path, store = _place(platform, args), platform.settings.vulnerabilities_file
    if not path.is_file():
        raise VulnerabilityError(GONE.fr, GONE.en)
    dated = datetime.fromisoformat(args["dated"]) if args["dated"] else None
    asked = Asked(platform.clock.now(), dated, keep=bool(args["keep"]))
    try:
        done = import_in_child(store, path, args["name"], asked, hold.progress, hold.cancelled)
    except VulnerabilityError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    with platform.database.write() as session:
        if args["keep"]:
            scope = machine_scope(session.get_one(Job, hold.claim.job_id).submitted_by)
            thing = Thing("vulnerabilities", done.source.value)
            record(session, scope, "vulnerabilities.imported", thing, platform.clock.now(), _detail(done))
        hold.finish(session, _said(done, kept=asked.keep))
    if args["keep"]:
        shutil.rmtree(path.parent, ignore_errors=True)


def _check(scope: Scope) -> None:
    if not scope.reach(Right.MANAGE_REGISTRY).everywhere:
        raise Forbidden


def _ask(platform: Platform, scope: Scope, args: Mapping[str, Any]) -> int:
    slot = f"vulnerabilities:{args['folder']}:{args['keep']}"
    with platform.database.write() as session:
        job_id = jobs.submit(platform, session, jobs.Order(JobKind.VULNERABILITIES, args, slot_key=slot), scope.actor)
    if job_id is None:
        raise Refused(GONE)
    return job_id


def _args(folder: str, name: str, dated: datetime | None, *, keep: bool) -> dict[str, Any]:
    return {"folder": folder, "name": name[-200:], "dated": dated.isoformat() if dated else "", "keep": keep}


def _place(platform: Platform, args: Mapping[str, Any]) -> Path:
    return platform.settings.evidence_dir / IMPORTS_FOLDER / str(args["folder"]) / FILE


def _last_word(session: Session, row: Job, scope: Scope) -> str:
    if row.error_fr:
        return Text(row.error_fr, row.error_en or row.error_fr).render(scope.lang)
    query = select(JobEvent).where(JobEvent.job_id == row.id).order_by(JobEvent.id.desc()).limit(1)
    last = session.scalars(query).first()
    return Text(last.fr, last.en).render(scope.lang) if last else ""


def _file(platform: Platform, row: Job, said: str, rows: list[Job]) -> FileView:
    args: Mapping[str, Any] = row.args
    asked = {other.args["folder"] for other in rows if other.args["keep"]}
    tried = row.state is JobState.DONE and not args["keep"] and args["folder"] not in asked
    return FileView(
        job_id=row.id,
        name=args["name"],
        kept=bool(args["keep"]),
        state=row.state,
        share=row.share,
        said=said,
        asked_at=row.submitted_at,
        asked_by=row.submitted_by,
        may_keep=tried and _place(platform, args).is_file(),
    )


def _said(done: Imported, *, kept: bool) -> Text:
    source = done.source.upper()
    fr = (
        f"{source} du {done.dated:%d/%m/%Y} : {done.records} enregistrements, dont {done.added} nouveaux, "
        f"{done.changed} modifiés et {done.removed} retirés."
    )
    en = (
        f"{source} of {done.dated:%Y-%m-%d}: {done.records} records, {done.added} new, {done.changed} changed and "
        f"{done.removed} removed."
    )
    return Text(fr, en) if kept else Text(f"Essai, rien n’est encore importé. {fr}", f"Trial, nothing yet. {en}")


def _detail(done: Imported) -> dict[str, Scalar]:
    return {"file": done.file, "dated": done.dated.date().isoformat(), "entries": done.records}
