"""Evidence: files kept for ever under their own hash, with the establishment and the period they speak of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.errors import NotFound
from care.services.places import within
from care.services.platform import Platform, StoredFile
from care.services.work import Hold
from care.store.evidence import Evidence, StoredContent
from care.store.upsert import insert_missing
from scanners.model import Text

MAX_UPLOAD_BYTES = 100 << 20
MAX_FACTS_BYTES = 1 << 30
REVERIFY_AFTER = timedelta(days=7)
FACTS_MEDIA_TYPE = "application/x-care-facts+zip"
_MAX_NAME = 120
_UNSAFE = re.compile(r"[^\w .,()+@=-]+")
_VERIFY_BATCH = 200


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    """What a piece of evidence is: its kind (`facts`, `mandate`…), file name, media type and effective period."""

    establishment_id: int
    kind: str
    name: str
    media_type: str
    effective_from: date | None = None
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A piece of evidence. `sound` is False when its file no longer matches its hash."""

    id: int
    kind: str
    name: str
    media_type: str
    size: int
    sha256: str
    added_at: datetime
    added_by: str
    effective_from: date | None
    effective_to: date | None
    sound: bool


def clean_name(name: str) -> str:
    """A file name without folders, control characters or leading dots: safe to show and to offer for download."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    printable = "".join(sign for sign in last if sign.isprintable())
    cleaned = _UNSAFE.sub("_", printable).strip(" .")
    stem, dot, extension = cleaned.rpartition(".")
    if len(cleaned) > _MAX_NAME and dot and len(extension) <= 10:
        return f"{stem[: _MAX_NAME - len(extension) - 1]}.{extension}"
    return cleaned[:_MAX_NAME] or "document"


def keep_content(platform: Platform, content: BinaryIO, limit: int = MAX_UPLOAD_BYTES) -> StoredFile:
    """Write a file into the store, before the transaction that will speak of it. EvidenceError says what went wrong.

    A file whose transaction then fails stays unreferenced, which harms nothing.
    """
    return platform.evidence.put(content, limit)


def add(session: Session, stored: StoredFile, draft: EvidenceDraft, now: datetime, actor: str) -> Evidence:
    """Record a piece of evidence in the caller's write transaction."""
    insert_missing(
        session, StoredContent, sha256=stored.sha256, size=stored.size, stored_at=now, verified_at=now, sound=True
    )
    evidence = Evidence(
        establishment_id=draft.establishment_id,
        sha256=stored.sha256,
        kind=draft.kind,
        name=clean_name(draft.name),
        media_type=draft.media_type,
        effective_from=draft.effective_from,
        effective_to=draft.effective_to,
        added_at=now,
        added_by=actor,
    )
    session.add(evidence)
    session.flush()
    return evidence


def open_evidence(platform: Platform, scope: Scope, evidence_id: int) -> tuple[EvidenceView, Path]:
    """A piece of evidence and where its content can be read; NotFound outside the scope."""
    with platform.database.read() as session:
        row = session.execute(
            select(Evidence, StoredContent)
            .join(StoredContent, StoredContent.sha256 == Evidence.sha256)
            .where(Evidence.id == evidence_id, within(scope, Right.SEE_FINDINGS, Evidence.establishment_id))
        ).one_or_none()
        if row is None:
            raise NotFound
        evidence, content = row
        return _view(evidence, content), platform.evidence.path(content.sha256)


def verify(platform: Platform, hold: Hold) -> None:
    """Read again every file not verified for a week and note whether it still has its hash."""
    broken = done = 0
    while batch := _due(platform):
        for sha256 in batch:
            sound = platform.evidence.intact(sha256)
            broken, done = broken + (not sound), done + 1
            with platform.database.write() as session:
                session.execute(
                    update(StoredContent)
                    .where(StoredContent.sha256 == sha256)
                    .values(verified_at=platform.clock.now(), sound=sound)
                )
            hold.progress(0.5, Text(f"{done} fichiers relus.", f"{done} files read again."))
    with platform.database.write() as session:
        hold.finish(session, _verified(done, broken))


def _due(platform: Platform) -> Sequence[str]:
    before = platform.clock.now() - REVERIFY_AFTER
    with platform.database.read() as session:
        due = select(StoredContent.sha256).where(StoredContent.verified_at < before)
        return session.scalars(due.order_by(StoredContent.verified_at).limit(_VERIFY_BATCH)).all()


def _verified(done: int, broken: int) -> Text:
    return Text(
        f"{done} fichiers relus, {broken} abîmés ou manquants.",
        f"{done} files read again, {broken} damaged or missing.",
    )


def _view(evidence: Evidence, content: StoredContent) -> EvidenceView:
    return EvidenceView(
        id=evidence.id,
        kind=evidence.kind,
        name=evidence.name,
        media_type=evidence.media_type,
        size=content.size,
        sha256=content.sha256,
        added_at=evidence.added_at,
        added_by=evidence.added_by,
        effective_from=evidence.effective_from,
        effective_to=evidence.effective_to,
        sound=content.sound,
    )
