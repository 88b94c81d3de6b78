"""Collections of a directory that someone made elsewhere and brings: a facts archive, or a BloodHound collection.

They are imports like any other (`care.services.import_drafts`): sent, read apart, shown, confirmed. What differs is
that our own rules judge them, so that the run they make is one of the directory's audits. Of a BloodHound collection,
which may hold passwords, only the facts made of it are kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import Change, Observed, answered_by, confront, observed
from care.services import evidence
from care.services.audits import Judged, judged_file, record_judged
from care.services.directory.keeping import Seen, last_seen
from care.services.directory.telling import rule_title
from care.services.errors import Invalid, NotFound, Refused
from care.services.import_drafts import (
    BROUGHT,
    FILE,
    NOT_READ,
    DraftView,
    Held,
    draft_view,
    drafts_seen,
    held,
    taken,
)
from care.services.import_preview import (
    Before,
    before_of,
    find_target_row,
    gap_document,
    newest_of,
    recorded_since,
    target_names,
)
from care.services.import_reading import check_dates
from care.services.import_recording import Sent, evidence_of, target_of, tie
from care.services.places import visible_establishment
from care.services.platform import Platform, StoredFile
from care.services.recording import Place, first_conclusive, known_findings
from care.services.runs import GapView
from care.services.trail import Thing, record
from care.store.imports import ImportDraft
from care.store.runs import Run
from care.store.targets import Target
from scanners.ad.collection import Brought, Clock, read_brought
from scanners.collect import Progress
from scanners.errors import CollectError
from scanners.imported.collection import EMPTIED
from scanners.model import Lang, Status, Text
from scanners.read_lifecycle import imported_text
from scanners.result import conclusion

_HEAD = (b"PK\x03\x04", b"PK\x05\x06")
"""How a ZIP file begins: no other tool's file does."""
_MOST_REASONS = 12
_CHANGES = {one.value: one for one in Change}


@dataclass(frozen=True, slots=True)
class Untold:
    """A reason why rules cannot tell, with the titles of those rules."""

    reason: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BroughtPreview:
    """What a collection is, and what recording it would change. `level` is the sentence of the estimated level.

    `target` is the directory that it would be recorded on, a new one when `new`; `targets` are those one may choose.
    `before` is the audit made of the very same facts, `newer` when the directory was last audited later than this;
    either way the page says so. `untold_more` rules cannot tell for other reasons than those of `untold`. `sent` is the
    fingerprint of the file as it was sent, when that is not what is kept.
    """

    draft: DraftView
    file: Brought
    target: str
    new: bool
    targets: tuple[str, ...]
    level: str
    statuses: Mapping[Status, int]
    counts: Mapping[Change, int]
    untold: tuple[Untold, ...]
    untold_more: int
    gaps: tuple[GapView, ...]
    before: Before | None
    newer: datetime | None
    stale: bool
    sent: str


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_brought(file: Path) -> bool:
    """Whether a file that was sent looks like a collection: those are ZIP files."""
    with file.open("rb") as content:
        return content.read(len(_HEAD[0])).startswith(_HEAD)


def read(platform: Platform, draft_id: int, progress: Progress, cancelled: Callable[[], bool]) -> Brought:
    """What the file of a draft says of itself; the facts are then in its place.

    CollectError, or Invalid for a date that cannot be: the file is then removed, as nothing will be made of it.
    """
    folder = held(platform, draft_id, FILE).folder
    with platform.database.read() as session:
        name = session.get_one(ImportDraft, draft_id).name
    clock = Clock(platform.clock.now(), platform.settings.timezone)
    try:
        table = imported_text(platform.settings.data_dir)
        place = folder / FILE
        brought = read_brought(place, name, folder / EMPTIED, clock, progress, cancelled, lifecycle_yaml=table)
        check_dates(brought.started_at, brought.finished_at, clock.now)
    except (CollectError, Invalid):
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return brought


def note(row: ImportDraft, brought: Brought) -> dict[str, Any]:
    """What the reading of a draft told, as it is kept."""
    told = asdict(brought)
    told |= {"started_at": brought.started_at.isoformat(), "finished_at": brought.finished_at.isoformat()}
    return {"sent": row.sha256, "findings": brought.objects, "brought": told}


def _brought(row: ImportDraft) -> Brought:
    told = dict((row.reading or {})["brought"])
    moments = {name: datetime.fromisoformat(told[name]) for name in ("started_at", "finished_at")}
    return Brought(**(told | moments))


# ── preview ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def work_out(platform: Platform, draft_id: int, target: str | None) -> dict[str, Any]:
    """What the page shows of a collection and of what recording it on a directory would change, in both languages.

    The directory is proposed when None. Refused when it is that of another domain.
    """
    judged = _judged(platform, held(platform, draft_id, FILE))
    now = platform.clock.now()
    with platform.database.read() as session:
        draft = session.get(ImportDraft, draft_id)
        if draft is None:
            raise NotFound
        name = _proposed(platform, session, draft) if target is None else target.strip()
        row = find_target_row(session, draft.establishment_id, BROUGHT, name)
        before = _same_domain(platform, session, row, _brought(draft)) if row else None
        place = Place(draft.establishment_id, row.id if row else 0, 0)
        seen = _observed(judged, before)
        answered = answered_by(first_conclusive(session, place, seen, tuple(seen.judged)))
        delta = confront(seen, known_findings(session, place, seen), answered, now)
    said, counts = conclusion(BROUGHT, judged.result.outcomes), judged.result.counts()
    return {
        "at": now.isoformat(),
        "target": name,
        "new": row is None,
        "level": {"fr": said.fr, "en": said.en} if said else {"fr": "", "en": ""},
        "statuses": {status.value: counts[status] for status in Status},
        "counts": {change.value: delta.counts[change] for change in Change},
        "untold": _untold(judged),
        "gaps": [gap_document(gap) for gap in {gap.reason: gap for gap in judged.result.gaps}.values()],
    }


def _judged(platform: Platform, content: Held) -> Judged:
    return judged_file(platform, BROUGHT, content.folder / FILE)


def _observed(judged: Judged, before: Seen | None) -> Observed:
    return observed(judged.result.outcomes, judged.result.finished_at, _perimeter(judged, before))


def _perimeter(judged: Judged, before: Seen | None) -> str:
    """That of the last audit of the same domain: whoever collects it, a directory is one."""
    return before.perimeter if before and before.perimeter else judged.result.target


def _untold(judged: Judged) -> list[dict[str, Any]]:
    """The rules that cannot tell, by reason, those that hold most rules first."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for outcome in judged.result.outcomes:
        if outcome.status is Status.NOT_ASSESSABLE and outcome.reason:
            by_reason.setdefault((outcome.reason.fr, outcome.reason.en), []).append(outcome.rule.id)
    most = sorted(by_reason.items(), key=lambda one: -len(one[1]))[:_MOST_REASONS]
    return [{"fr": fr, "en": en, "rules": rules} for (fr, en), rules in most]


def _proposed(platform: Platform, session: Session, draft: ImportDraft) -> str:
    """The directory of that domain, else the only one that was never audited, else a new one."""
    brought = _brought(draft)
    untouched = []
    for name in target_names(session, draft):
        row = find_target_row(session, draft.establishment_id, BROUGHT, name)
        seen = last_seen(platform, session, row.id, search=True) if row else None
        if seen is not None and seen.sid == brought.sid:
            return name
        untouched += [name] if seen is None else []
    return untouched[0] if len(untouched) == 1 else brought.domain or brought.sid


def _same_domain(platform: Platform, session: Session, target: Target, brought: Brought) -> Seen | None:
    """What the directory was when last audited; Refused when that was another domain."""
    before = last_seen(platform, session, target.id, search=True)
    if before is None or not before.sid or before.sid == brought.sid:
        return before
    raise Refused(
        Text(
            f"Ce fichier est celui du domaine {brought.domain} ({brought.sid}), et la cible « {target.name} » celle de "
            f"{before.domain} ({before.sid}) : choisissez la cible de ce domaine, ou une nouvelle.",
            f"This file is that of the domain {brought.domain} ({brought.sid}), and the target “{target.name}” that of "
            f"{before.domain} ({before.sid}): choose the target of this domain, or a new one.",
        )
    )


def open_preview(platform: Platform, scope: Scope, draft_id: int) -> BroughtPreview:
    """What was worked out for a draft; NotFound outside the scope, Refused before it was."""
    with platform.database.read() as session:
        row = session.execute(drafts_seen(scope).where(ImportDraft.id == draft_id)).one_or_none()
        if row is None:
            raise NotFound
        draft: ImportDraft = row[0]
        if draft.preview is None:
            raise Refused(NOT_READ)
        return _preview(session, draft, draft_view(platform, row, scope.lang), scope.lang)


def _preview(session: Session, draft: ImportDraft, view: DraftView, lang: Lang) -> BroughtPreview:
    kept, brought = draft.preview or {}, _brought(draft)
    target = find_target_row(session, draft.establishment_id, BROUGHT, kept["target"])
    target_id = target.id if target else 0
    sent = str((draft.reading or {})["sent"])
    names = target_names(session, draft)
    own = brought.domain or brought.sid
    told = sum(len(one["rules"]) for one in kept["untold"])
    return BroughtPreview(
        draft=view,
        file=brought,
        target=kept["target"],
        new=target is None,
        targets=names if own in names else (*names, own),
        level=Text(kept["level"]["fr"], kept["level"]["en"]).render(lang),
        statuses={status: kept["statuses"].get(status.value, 0) for status in Status},
        counts={change: kept["counts"].get(name, 0) for name, change in _CHANGES.items()},
        untold=tuple(
            Untold(Text(one["fr"], one["en"]).render(lang), tuple(rule_title(rule, lang) for rule in one["rules"]))
            for one in kept["untold"]
        ),
        untold_more=kept["statuses"].get(Status.NOT_ASSESSABLE.value, 0) - told,
        gaps=tuple(
            GapView(gap["section"], gap["truncated"], Text(gap["fr"], gap["en"]).render(lang)) for gap in kept["gaps"]
        ),
        before=before_of(session, target_id, draft.sha256),
        newer=newest_of(session, target_id, brought.finished_at),
        stale=recorded_since(session, draft.establishment_id, datetime.fromisoformat(kept["at"])),
        sent=sent if sent != draft.sha256 else "",
    )


# ── recording ───────────────────────────────────────────────────────────────────────────────────────────────────────


def record_brought(platform: Platform, scope: Scope, draft_id: int, target: str, end: Callable[[Session], None]) -> int:
    """Record a collection as an audit of its directory, in one transaction ended by `end`; returns its run, the first
    one when asked again. Refused for another domain, and for facts already recorded there."""
    content = held(platform, draft_id, FILE)
    judged = _judged(platform, content)
    stored, *_ = content.keep(platform)
    with platform.database.write() as session:
        row = taken(session, scope, draft_id)
        if row.run_id is None:
            row.run_id = _record(platform, session, scope, row, judged, stored, target)
            row.preview = None  # the run tells it from now on
        run_id = row.run_id
        end(session)
    content.forget()
    return run_id


def _record(
    platform: Platform,
    session: Session,
    scope: Scope,
    draft: ImportDraft,
    judged: Judged,
    stored: StoredFile,
    name: str,
) -> int:
    now, brought = platform.clock.now(), _brought(draft)
    known = find_target_row(session, draft.establishment_id, BROUGHT, name)
    visible_establishment(session, scope, draft.establishment_id, Right.RUN_AUDIT if known else Right.MANAGE_TARGETS)
    target = target_of(session, scope, draft, name, now)
    before = _same_domain(platform, session, target, brought)
    _refuse_twice(session, target, draft.sha256, platform.settings.timezone)
    name = f"{Path(draft.name).stem}.care" if brought.bloodhound else draft.name
    sent = Sent(stored, name, evidence.FACTS_MEDIA_TYPE, judged.result.finished_at.date())
    file = evidence_of(session, draft, sent, now, scope.actor)
    run = Run(
        establishment_id=target.establishment_id,
        target_id=target.id,
        scanner=BROUGHT,
        asked_at=now,
        asked_by=scope.actor,
        perimeter=_perimeter(judged, before),
        facts_id=file.id,
    )
    session.add(run)
    session.flush()
    tie(session, file, run.id, now, scope.actor)
    written = record_judged(platform, session, run, judged, now)
    detail = {
        "tool": "bloodhound" if brought.bloodhound else BROUGHT, "target": target.name, "domain": brought.domain,
        "sha256": (draft.reading or {})["sent"],
        "new": written.counts[Change.NEW], "fixed": written.counts[Change.FIXED],
    }  # fmt: skip
    record(session, scope, "import.recorded", Thing("run", run.id, draft.establishment_id), now, detail)
    return run.id


def _refuse_twice(session: Session, target: Target, sha256: str, timezone: str) -> None:
    """The same facts would be one more audit in the history of the directory, of the same moment."""
    before = before_of(session, target.id, sha256)
    if before is None:
        return
    at = before.at.astimezone(ZoneInfo(timezone))
    raise Refused(
        Text(
            f"Ces faits sont déjà ceux d’un audit de « {target.name} », enregistré le {at:%d/%m/%Y} par {before.by} : "
            "rien n’est à importer. Abandonnez cet import.",
            f"These facts are already those of an audit of “{target.name}”, recorded on {at:%Y-%m-%d} by {before.by}: "
            "there is nothing to import. Give this import up.",
        )
    )
