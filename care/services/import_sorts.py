"""The jobs of an import: what a file asks for depends on what it is.

The report of another tool says what that tool found; a collection of a directory holds facts, which our rules judge.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from care.domain.jobs import JobKind
from care.services import import_preview, import_reading, import_recording
from care.services.directory import brought
from care.services.errors import NotFound
from care.services.import_drafts import BROUGHT, FILE, ask, held
from care.services.platform import Platform
from care.services.work import Hold
from care.store.imports import ImportDraft
from scanners.collection import Cancelled


def read(platform: Platform, hold: Hold) -> None:
    """Read the file of a draft, then have it compared with what is known."""
    args: dict[str, Any] = dict(hold.claim.args)
    draft_id = int(args["draft"])
    if args.get("tool") or not brought.is_brought(held(platform, draft_id, FILE).folder / FILE):
        import_reading.read(platform, hold)
        return
    hold.stage(0.0, import_reading.READING)
    told = brought.read(platform, draft_id, hold.progress, hold.cancelled)
    stored = import_reading.without_passwords(held(platform, draft_id, FILE).folder)
    with platform.database.write() as session:
        row = session.get(ImportDraft, draft_id, with_for_update=True)
        if row is None:
            raise NotFound
        row.reading = brought.note(row, told)
        row.tool, row.sha256, row.size = BROUGHT, stored.sha256, stored.size
        ask(platform, session, row, JobKind.COMPARE_IMPORT, row.created_by)
        hold.finish(session, import_reading.READ)


def compare(platform: Platform, hold: Hold) -> None:
    """Work the preview of a draft out."""
    args: dict[str, Any] = dict(hold.claim.args)
    draft_id = int(args["draft"])
    work_out = brought.work_out if _is_brought(platform, draft_id) else import_preview.work_out
    hold.stage(0.1, import_preview.COMPARING)
    content = work_out(platform, draft_id, args.get("target"))
    with platform.database.write() as session:
        import_preview.keep(session, draft_id, content)
        hold.finish(session, import_preview.COMPARED)


def record(platform: Platform, hold: Hold) -> None:
    """Record a draft as its person confirmed it. Cancelled, or killed, it leaves the draft as it was."""
    args: dict[str, Any] = dict(hold.claim.args)
    draft_id = int(args["draft"])
    if not _is_brought(platform, draft_id):
        import_recording.record_import(platform, hold)
        return
    hold.stage(0.05, import_recording.OPENING)
    if hold.cancelled():
        raise Cancelled
    scope = import_recording.confirmed_by(platform, hold, args)

    def end(session: Session) -> None:
        hold.finish(session, import_recording.RECORDED)

    brought.record_brought(platform, scope, draft_id, args["target"], end)


def _is_brought(platform: Platform, draft_id: int) -> bool:
    with platform.database.read() as session:
        row = session.get(ImportDraft, draft_id)
        return row is not None and row.tool == BROUGHT
