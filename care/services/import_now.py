"""An import done here and now, without a worker: what the command line does, in its own process."""

from __future__ import annotations

from care.domain.access import Scope
from care.services import import_drafts, import_preview, import_reading, import_recording
from care.services.errors import Invalid
from care.services.import_drafts import FILE, Spooled, Upload, held, open_draft, spool, working
from care.services.import_preview import ImportPreview
from care.services.platform import Platform
from scanners.imported.model import ReportError
from scanners.model import Text


def upload(platform: Platform, scope: Scope, establishment_id: int, sent: Upload) -> int:
    """Read a file of another tool and keep it for a day, waiting for its confirmation; returns the draft's number.

    Invalid names the field (`file`); nothing is kept then.
    """
    with working(platform, scope, establishment_id) as folder:
        spooled = Spooled(folder, sent.name, spool(sent, folder / FILE))
        try:
            reading = import_reading.read_file(platform, folder, sent.tool, sent.at, _silent, _never)
        except ReportError as error:
            raise Invalid({"file": error.text}) from error
        stored = import_reading.without_passwords(folder)
        with platform.database.write() as session:
            row = import_drafts.add(session, platform, scope, establishment_id, spooled, sent.tool)
            import_reading.note(row, reading, stored)
            draft_id = row.id
    preview(platform, scope, draft_id)
    return draft_id


def preview(platform: Platform, scope: Scope, draft_id: int, target: str | None = None) -> ImportPreview:
    """What recording the draft on this target would change now; the target is proposed when None."""
    open_draft(platform, scope, draft_id)
    content = import_preview.work_out(platform, draft_id, target)
    with platform.database.write() as session:
        import_preview.keep(session, draft_id, content)
    return import_preview.open_preview(platform, scope, draft_id)


def confirm(platform: Platform, scope: Scope, draft_id: int, target: str, complete: bool = False) -> int:
    """Record the import, all or nothing; returns the run's number, the same one when asked again.

    Invalid names `target`; Refused when the file itself says that it is not complete.
    """
    decided = import_recording.checked(target, complete)
    view = open_draft(platform, scope, draft_id)
    if view.run_id is not None:
        return view.run_id
    content = held(platform, draft_id)
    return import_recording.record_draft(platform, scope, draft_id, content, content.report(), decided)


def _silent(_share: float, _text: Text) -> None:
    return None


def _never() -> bool:
    return False
