"""The directories of an establishment, handed to the audits that compare their own with them: each with its level."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.directory.points import outcomes_as_told
from care.services.platform import Platform
from care.services.scanning import DIRECTORY_SCANNER
from care.store.evidence import Evidence
from care.store.runs import RuleOutcome, Run
from care.store.targets import Target
from scanners.ad.level import estimate_level


def audited_directories(platform: Platform, session: Session, establishment_id: int) -> list[dict[str, Any]]:
    """The last complete audit of each directory: its facts, and the level that they tell, between `lowest` and
    `level`."""
    query = (
        select(Run.id, Run.target_id, Evidence.sha256)
        .join(Evidence, Evidence.id == Run.facts_id)
        .join(Target, Target.id == Run.target_id)
        .where(
            Run.establishment_id == establishment_id,
            Run.scanner == DIRECTORY_SCANNER,
            Run.complete.is_(True),
            Target.archived_at.is_(None),
        )
        .order_by(Run.collected_to.desc(), Run.id.desc())
    )
    latest: dict[int, tuple[int, str]] = {}
    for run_id, target_id, sha256 in session.execute(query):
        if sha256 is not None:
            latest.setdefault(target_id, (run_id, sha256))
    return [
        {"path": str(platform.evidence.path(sha256)), **_level(session, run_id)} for run_id, sha256 in latest.values()
    ]


def _level(session: Session, run_id: int) -> dict[str, int]:
    said = list(session.scalars(select(RuleOutcome).where(RuleOutcome.run_id == run_id)))
    estimate = estimate_level(outcomes_as_told(said))
    return {"level": estimate.level, "lowest": estimate.lowest}
