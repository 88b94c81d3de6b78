"""Evidence read: who may, what proves a thing, the files opened, and all of them read again every week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.evidence import TECHNICAL, ThingRef
from care.domain.media import INLINE
from care.services.errors import NotFound
from care.services.places import within
from care.services.platform import Platform
from care.services.read_events import note_read
from care.services.trail import Thing
from care.services.work import Hold
from care.store.evidence import Evidence, EvidenceTie, StoredContent
from scanners.model import Text

REVERIFY_AFTER = timedelta(days=7)
_VERIFY_BATCH = 200


def readable(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """The conditions that keep the evidence someone may read: the technical kinds only with the findings."""
    return (
        within(scope, Right.SEE_EVIDENCE, Evidence.establishment_id),
        or_(Evidence.kind.not_in(TECHNICAL), within(scope, Right.SEE_FINDINGS, Evidence.establishment_id)),
    )


def proofs_of(session: Session, establishment_id: int, ref: ThingRef) -> Sequence[int]:
    """The evidence in use that proves something, for services that demand some (closing an action)."""
    return session.scalars(
        select(Evidence.id)
        .join(EvidenceTie, EvidenceTie.evidence_id == Evidence.id)
        .where(
            Evidence.establishment_id == establishment_id,
            Evidence.current.is_(True),
            EvidenceTie.thing_kind == ref.kind,
            EvidenceTie.thing_id == ref.id,
        )
        .order_by(Evidence.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Content:
    """A file of the store, ready to be sent: where it is, under which name, and whether a browser may show it."""

    establishment_id: int
    path: Path
    name: str
    media_type: str
    size: int
    inline: bool


def open_content(platform: Platform, scope: Scope, evidence_id: int) -> Content:
    """The file of a piece of evidence. NotFound outside the scope or for an address; EvidenceError when it is lost."""
    with platform.database.read() as session:
        row = session.execute(
            select(Evidence, StoredContent.size)
            .join(StoredContent, StoredContent.sha256 == Evidence.sha256)
            .where(Evidence.id == evidence_id, *readable(scope))
        ).one_or_none()
    if row is None:
        raise NotFound
    evidence, size = row
    path = platform.evidence.path(evidence.sha256 or "")
    inline = evidence.media_type in INLINE
    return Content(evidence.establishment_id, path, evidence.name, evidence.media_type, size, inline)


def take_content(platform: Platform, scope: Scope, establishment_id: int, evidence_id: int) -> Content:
    """The file of a piece of evidence of one establishment, for a person who reads it or takes it away: the trail
    keeps who did. NotFound outside the scope or when it belongs elsewhere."""
    content = open_content(platform, scope, evidence_id)
    if content.establishment_id != establishment_id:
        raise NotFound
    note_read(platform, scope, Thing("evidence", evidence_id, establishment_id))
    return content


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
    """A reading dated in the future is that of a clock which has gone back since: it proves nothing."""
    now = platform.clock.now()
    with platform.database.read() as session:
        old = or_(StoredContent.verified_at < now - REVERIFY_AFTER, StoredContent.verified_at > now)
        due = select(StoredContent.sha256).where(old)
        return session.scalars(due.order_by(StoredContent.verified_at).limit(_VERIFY_BATCH)).all()


def _verified(done: int, broken: int) -> Text:
    return Text(
        f"{done} fichiers relus, {broken} abîmés ou manquants.",
        f"{done} files read again, {broken} damaged or missing.",
    )
