"""What the platform itself measures of accounts and their second factor, beside what people type.

Only the register of remote accesses says it: the directory does not tell whether an account has a second factor.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.places import within
from care.services.platform import Platform
from care.services.scanning import of_register_alone
from care.store.runs import RuleOutcome, Run, latest_of_each_target
from care.store.targets import Target
from scanners.model import Status

REGISTER_RULE = "remote_access.register_second_factor"
_RULES: Mapping[str, str] = {"remote_access_register": REGISTER_RULE}


@dataclass(frozen=True, slots=True)
class Measured:
    """A part of a whole that audits counted, the oldest of them on `on`; `sites` of the holder were measured. So many
    more are `unknown`: they may be of either side."""

    part: int
    whole: int
    on: date
    sites: int
    unknown: int = 0


def measured(platform: Platform, session: Session, scope: Scope, sites: Collection[int], name: str) -> Measured | None:
    """What the last audit of each target in use says; None when none says anything, or for who sees no finding."""
    rule = _RULES.get(name)
    if rule is None:
        return None
    said = select(RuleOutcome.run_id).where(
        RuleOutcome.rule == rule,
        RuleOutcome.status.in_((Status.PASSED, Status.FAILED)),
        RuleOutcome.population.is_not(None),
    )
    last = latest_of_each_target(
        Run.id.in_(said),
        Target.archived_at.is_(None),
        Run.establishment_id.in_(sites),
        within(scope, Right.SEE_FINDINGS, Run.establishment_id),
    )
    rows = session.execute(
        select(Run, RuleOutcome)
        .join(RuleOutcome, RuleOutcome.run_id == Run.id)
        .where(Run.id.in_(last), RuleOutcome.rule == rule)
    ).all()
    if not rows:
        return None
    rows = _of_registers(session, rows)
    zone = ZoneInfo(platform.settings.timezone)
    days = [(run.collected_to or run.recorded_at or run.asked_at).astimezone(zone).date() for run, _ in rows]
    whole = sum(outcome.population or 0 for _, outcome in rows)
    without = sum(outcome.findings for _, outcome in rows)
    return Measured(max(whole - without, 0), whole, min(days), len({run.establishment_id for run, _ in rows}))


def _of_registers(session: Session, rows: Sequence[Row[Run, RuleOutcome]]) -> Sequence[Row[Run, RuleOutcome]]:
    """Where the register has an audit of its own, only that one: files once given with a bastion are no longer kept."""
    targets = {run.target_id for run, _ in rows}
    own = set(session.scalars(select(Target.id).where(Target.id.in_(targets), of_register_alone())))
    sites = {run.establishment_id for run, _ in rows if run.target_id in own}
    return [row for row in rows if row[0].target_id in own or row[0].establishment_id not in sites]
