"""Where the lists of an establishment are judged: at one target, which takes over what others saw there (ADR 0040)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.lists.bringing import files_for
from care.services.platform import Platform
from care.services.scanning import REGISTER_SCANNER
from care.store.bulk import among
from care.store.findings import SightingRow
from care.store.runs import Run
from care.store.tallies import lock_findings
from care.store.targets import Target
from scanners.catalog import rules_of
from scanners.model import Facts
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import LIST_SECTIONS


def lists_for(platform: Platform, session: Session, target: Target, former: bool = False) -> list[dict[str, Any]]:
    """The lists of the establishment, for one target of the scanner: judged in several, a fault would be told twice.
    `former` gives those that they replaced.

    That is the one that the platform made, else one that looks at no gateway, else the oldest.
    """
    query = select(Target).where(
        Target.establishment_id == target.establishment_id,
        Target.scanner == target.scanner,
        Target.archived_at.is_(None),
    )
    first = min(session.scalars(query), key=_rank, default=target)
    if first.id != target.id:
        return []
    return files_for(platform, session, target.establishment_id, target.scanner, former)


def _rank(target: Target) -> tuple[bool, bool, int]:
    return bool(target.request), bool(target.request.get("bastion")), target.id


def take_over(session: Session, run: Run, facts: Facts | None) -> None:
    """What other targets of the establishment saw in lists is what this run's target saw, once it is given them: the
    run then says, as of its own, what is gone. Nothing is closed or opened by the move itself."""
    if not isinstance(facts, RemoteAccessFacts) or not facts.listed.lists:
        return
    lock_findings(session, run.establishment_id)
    rules = [rule.id for rule in rules_of(REGISTER_SCANNER) if set(rule.reads) & LIST_SECTIONS]
    query = (
        select(SightingRow)
        .join(Target, Target.id == SightingRow.target_id)
        .where(Target.establishment_id == run.establishment_id, SightingRow.rule.in_(rules))
        .where(SightingRow.target_id != run.target_id)
    )
    theirs = list(session.scalars(query))
    if not theirs:
        return
    numbers = sorted({one.finding_id for one in theirs})
    rows = select(SightingRow).where(
        SightingRow.target_id == run.target_id, among(session, SightingRow.finding_id, numbers)
    )
    mine = {one.finding_id: one for one in session.scalars(rows)}
    for other in theirs:
        mine[other.finding_id] = _merged(mine.get(other.finding_id), other, run)
        session.delete(other)
    session.add_all(mine.values())
    session.flush()


def _merged(mine: SightingRow | None, other: SightingRow, run: Run) -> SightingRow:
    """One sighting of the two: present as soon as one of them is, at the perimeter of the run."""
    if mine is None:
        mine = SightingRow(
            finding_id=other.finding_id,
            target_id=run.target_id,
            rule=other.rule,
            first_seen_at=other.first_seen_at,
            last_seen_at=other.last_seen_at,
            perimeter=other.perimeter,
            gone_at=other.gone_at,
        )
    mine.first_seen_at = min(mine.first_seen_at, other.first_seen_at)
    mine.last_seen_at = max(mine.last_seen_at, other.last_seen_at)
    mine.gone_at = _later_end(mine.gone_at, other.gone_at)
    mine.perimeter = run.perimeter or mine.perimeter
    return mine


def _later_end(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)
