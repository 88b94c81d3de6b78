"""The date of the next audit of a target, from what the one just recorded left open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.findings import State
from care.domain.rhythm import Step, called_for, due_after, next_step
from care.services.frameworks.exposure_audits import left_out
from care.store.findings import FindingRow, SightingRow
from care.store.restraints import Rhythm
from care.store.runs import Run
from scanners.exposure.earlier import answered
from scanners.exposure.facts import ExposureFacts

_EXPLOITED = frozenset({"exposure.exploited_vulnerability", "exposure.exploited_vulnerability_to_confirm"})
"""Rules whose findings attackers are known to use now."""


def begin_rhythm(session: Session, target_id: int, now: datetime, actor: str) -> None:
    """A new target is audited as what is found there calls for, from its first audit on."""
    session.add(Rhythm(target_id=target_id, enabled=True, changed_at=now, changed_by=actor))


def expect_first(session: Session, target_id: int, now: datetime) -> None:
    """Set when a target is due again should its first audit fail before it is recorded: within a week, our choice."""
    row = session.get(Rhythm, target_id, with_for_update=True)
    if row is not None and row.enabled and row.step is None and row.due_at is None:
        row.due_at = due_after(Step.CLEAN, now)


def set_next_audit(session: Session, run: Run, facts: ExposureFacts) -> None:
    """Set when the target of a recorded run is due again.

    A run that cannot name what it left out calms nothing down; what others found there stays open, and counts.
    """
    row = session.get(Rhythm, run.target_id, with_for_update=True)
    if row is None or run.collected_to is None:
        return
    open_ones = session.execute(
        select(func.min(FindingRow.severity), FindingRow.rule)
        .join(SightingRow, SightingRow.finding_id == FindingRow.id)
        .where(
            SightingRow.target_id == run.target_id,
            SightingRow.gone_at.is_(None),
            FindingRow.state == State.OPEN,
        )
        .group_by(FindingRow.rule)
    ).all()
    worst = min((severity for severity, _rule in open_ones), key=lambda one: one.rank, default=None)
    exploited = any(rule in _EXPLOITED for _severity, rule in open_ones)
    called = called_for(worst, exploited=exploited, silent=not answered(facts))
    after = next_step(row.step, called)
    if left_out(run) is None and row.step is not None:
        after = min(after, row.step, key=list(type(after)).index)
    row.step, row.run_id = after, run.id
    row.due_at = due_after(after, run.collected_to) if row.enabled else None
