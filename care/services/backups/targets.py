"""Which targets read backups, and what the last audits of them read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from care.services.platform import Platform
from care.services.scanning import BACKUP_SCANNER, INVENTORY
from care.store.evidence import Evidence
from care.store.runs import Run, latest_of_each_target
from care.store.targets import Target
from scanners.archive import read_archive
from scanners.backup.facts import BackupFacts, Plan
from scanners.errors import SaidError


@dataclass(frozen=True, slots=True)
class FactsToday(BackupFacts):
    """What an audit read, under a plan said since: what people write is dated as of `now`, not as of the audit."""

    now: datetime | None = None

    def said_by(self) -> date:
        """The day of the plan."""
        return max(self.now or self.collected_at, self.collected_at).date()


@dataclass(frozen=True, slots=True)
class Read:
    """What the last audit read: its facts, its run and target. None of it when there was none."""

    facts: BackupFacts | None = None
    run_id: int | None = None
    target_id: int | None = None

    def with_plan(self, plan: Plan, now: datetime) -> BackupFacts:
        """What was read, under the plan of today; nothing was when no audit tells. A plan that ties no job keeps the
        ties that the audit was given."""
        if self.facts is None:
            return BackupFacts(plan, (), None, now)
        read = {one.name: getattr(self.facts, one.name) for one in fields(BackupFacts)}
        said = plan if plan.jobs else replace(plan, jobs=self.facts.plan.jobs)
        return FactsToday(**{**read, "plan": said}, now=now)


def backup_targets(session: Session, establishment_id: int) -> Sequence[Target]:
    """The backup targets in use, the oldest first; who asks was checked before."""
    query = select(Target).where(
        Target.establishment_id == establishment_id, Target.scanner == BACKUP_SCANNER, Target.archived_at.is_(None)
    )
    return session.scalars(query.order_by(Target.id)).all()


def reading_target(session: Session, establishment_id: int) -> Target | None:
    """The target that audits the inventory, if there is one."""
    return next((one for one in backup_targets(session, establishment_id) if one.request.get(INVENTORY)), None)


def follows(session: Session, establishment_id: int, target_id: int) -> bool:
    """Whether the inventory follows that target: the one that reads it, or any when none does."""
    reading = reading_target(session, establishment_id)
    return reading is None or reading.id == target_id


def last_read(platform: Platform, session: Session, establishment_id: int) -> Read:
    """What the last audit of the target that the inventory follows read, as long as its archive can be opened."""
    followed = reading_target(session, establishment_id)
    last = latest_of_each_target(
        Run.establishment_id == establishment_id,
        Run.scanner == BACKUP_SCANNER,
        Run.facts_id.is_not(None),
        Target.archived_at.is_(None),
        *([Target.id == followed.id] if followed else []),
    )
    found = session.execute(
        select(Run.id, Run.target_id, Evidence.sha256)
        .join(Evidence, Evidence.id == Run.facts_id)
        .where(Run.id.in_(last), Evidence.sha256.is_not(None))
        .order_by(Run.recorded_at.desc(), Run.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return Read()
    run_id, target_id, sha256 = found
    try:
        facts = cast("BackupFacts", read_archive(platform.evidence.path(str(sha256))).facts)
    except (SaidError, OSError):
        return Read(None, run_id, target_id)
    return Read(facts, run_id, target_id)
