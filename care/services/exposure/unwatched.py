"""What former audits of a target saw and that it no longer leads to: taken out of it, out of its mandate, or archived
with it. Nothing of it closes; it is told apart, since when, until a target leads there again or a person closes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from care.domain.assets import AssetKind
from care.services.exposure.unreported import addresses_of
from care.store.assets import Asset
from care.store.bulk import among
from care.store.findings import FindingRow, SightingRow
from care.store.runs import Run
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.looked_at import led_to

_UNTRACKED = {"synchronize_session": False}


def mark_unwatched(session: Session, run: Run, facts: ExposureFacts) -> None:
    """Note what the target of a run no longer leads to, and what it leads to again; a run that another has followed
    changes nothing."""
    at = run.collected_to
    latest = session.scalar(
        select(func.max(Run.collected_to)).where(Run.target_id == run.target_id, Run.recorded_at.is_not(None))
    )
    if at is None or (latest is not None and latest > at):
        return
    things = session.scalars(select(Asset).where(Asset.target_id == run.target_id, Asset.gone_at.is_(None))).all()
    led = led_to(facts, _names(things))
    for one in things:
        one.unwatched_at = None if led(one.key) else one.unwatched_at or at
    session.flush()
    seen = session.execute(
        select(SightingRow.finding_id, FindingRow.subject, SightingRow.unwatched_at)
        .join(FindingRow, FindingRow.id == SightingRow.finding_id)
        .where(SightingRow.target_id == run.target_id, SightingRow.gone_at.is_(None))
    ).all()
    _write(session, run.target_id, [number for number, subject, since in seen if not since and not led(subject)], at)
    _write(session, run.target_id, [number for number, subject, since in seen if since and led(subject)], None)


def archived_with(session: Session, target_id: int, at: datetime) -> None:
    """All that a target saw and that is still there is no longer looked at by it once it is archived."""
    things = (Asset.target_id == target_id, Asset.gone_at.is_(None), Asset.unwatched_at.is_(None))
    findings = (SightingRow.target_id == target_id, SightingRow.gone_at.is_(None), SightingRow.unwatched_at.is_(None))
    for left in (update(Asset).where(*things), update(SightingRow).where(*findings)):
        session.execute(left.values(unwatched_at=at), execution_options=_UNTRACKED)


def _names(things: Iterable[Asset]) -> Mapping[str, set[str]]:
    """The names that led to each address when they were last seen. An address shows the first of its names only: each
    of them tells where it led."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in things:
        if one.kind is AssetKind.ADDRESS:
            found[one.key].update(filter(None, one.traits.get("names", "").split(", ")))
        elif one.kind is AssetKind.NAME:
            for address in addresses_of(one.traits):
                found[address].add(one.key)
    return found


def _write(session: Session, target_id: int, findings: Sequence[int], at: datetime | None) -> None:
    if findings:
        mine = (SightingRow.target_id == target_id, among(session, SightingRow.finding_id, findings))
        session.execute(update(SightingRow).where(*mine).values(unwatched_at=at), execution_options=_UNTRACKED)
