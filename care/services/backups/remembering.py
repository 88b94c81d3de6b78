"""What the audits before remember of the repositories of a target, handed to the next one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.platform import Platform
from care.store.evidence import Evidence
from care.store.runs import Run
from care.store.targets import Target
from scanners.archive import read_archive
from scanners.backup.facts import BackupFacts
from scanners.backup.seen import as_asked
from scanners.errors import SaidError

_TRIED = 3
"""Archives tried, newest first: one that is damaged does not erase the memory."""


def memories(platform: Platform, session: Session, target: Target) -> dict[str, Any]:
    """The memory of each repository, as the scanner's request takes it; empty at the first audit."""
    archives = session.scalars(
        select(Evidence.sha256)
        .join(Run, Run.facts_id == Evidence.id)
        .where(Run.target_id == target.id, Evidence.sha256.is_not(None))
        .order_by(Run.id.desc())
        .limit(_TRIED)
    )
    for sha256 in archives:
        facts = _facts(platform, str(sha256))
        if facts is not None:
            return as_asked(facts)
    return {}


def _facts(platform: Platform, sha256: str) -> BackupFacts | None:
    try:
        facts = read_archive(platform.evidence.path(sha256)).facts
    except (SaidError, OSError):
        return None
    return facts if isinstance(facts, BackupFacts) else None
