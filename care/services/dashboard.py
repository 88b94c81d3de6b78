"""The home of an establishment: open weaknesses, when each kind of audit was last made, how things move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.findings import State
from care.domain.jobs import JobState
from care.services.findings import expire_decisions
from care.services.places import visible_establishment
from care.services.platform import Platform
from care.services.runs import RunLine, latest_runs
from care.store.jobs import Job
from care.store.runs import Run, latest_of_each_target
from care.store.tallies import FindingTally
from care.store.targets import Target
from scanners.catalog import SCANNERS
from scanners.model import Severity

_TREND_POINTS = 60
_RECENT_RUNS = 5


@dataclass(frozen=True, slots=True)
class ScannerStatus:
    """One kind of audit. `last_looked_at` is when it collected, None when never; counts are those of the latest runs of
    its targets, added up."""

    scanner: str
    targets: int
    last_looked_at: datetime | None
    complete: bool | None
    passed: int
    failed: int
    not_assessable: int
    error: int
    running_job_id: int | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """How many weaknesses were present after a run was recorded, decided ones included."""

    at: datetime
    present: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The home of an establishment."""

    establishment_id: int
    name: str
    open_by_severity: Mapping[Severity, int]
    by_state: Mapping[State, int]
    scanners: tuple[ScannerStatus, ...]
    trend: tuple[TrendPoint, ...]
    recent_runs: tuple[RunLine, ...]


def open_dashboard(platform: Platform, scope: Scope, establishment_id: int) -> Dashboard:
    """The home of an establishment; NotFound outside the scope."""
    expire_decisions(platform)
    with platform.database.read() as session:
        establishment = visible_establishment(session, scope, establishment_id, Right.SEE_FINDINGS)
        counted = session.execute(
            select(FindingTally.state, FindingTally.severity, func.sum(FindingTally.findings))
            .where(FindingTally.establishment_id == establishment_id)
            .group_by(FindingTally.state, FindingTally.severity)
        ).all()
        scanners = _scanners(session, establishment_id)
        trend = _trend(session, establishment_id)
        recent = latest_runs(session, establishment_id, _RECENT_RUNS, scope.lang)
    return Dashboard(
        establishment_id=establishment_id,
        name=establishment.name,
        open_by_severity={
            severity: sum(count for state, other, count in counted if state is State.OPEN and other is severity)
            for severity in Severity
        },
        by_state={state: sum(count for other, _, count in counted if other is state) for state in State},
        scanners=scanners,
        trend=trend,
        recent_runs=recent,
    )


def _scanners(session: Session, establishment_id: int) -> tuple[ScannerStatus, ...]:
    targets = dict(
        session.execute(
            select(Target.scanner, func.count())
            .where(Target.establishment_id == establishment_id, Target.archived_at.is_(None))
            .group_by(Target.scanner)
        ).all()
    )
    latest = latest_of_each_target(
        Run.establishment_id == establishment_id, Run.recorded_at.is_not(None), Target.archived_at.is_(None)
    )
    runs = session.scalars(select(Run).where(Run.id.in_(latest))).all()
    running = dict(
        session.execute(
            select(Run.scanner, func.max(Job.id))
            .join(Job, Job.id == Run.job_id)
            .where(Run.establishment_id == establishment_id, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
            .group_by(Run.scanner)
        ).all()
    )
    return tuple(
        _status(scanner, targets.get(scanner, 0), [run for run in runs if run.scanner == scanner], running.get(scanner))
        for scanner in SCANNERS
    )


def _status(scanner: str, targets: int, runs: list[Run], running: int | None) -> ScannerStatus:
    return ScannerStatus(
        scanner=scanner,
        targets=targets,
        last_looked_at=max((at for run in runs if (at := run.collected_to or run.recorded_at)), default=None),
        complete=all(run.complete for run in runs) if runs else None,
        passed=_total(run.passed for run in runs),
        failed=_total(run.failed for run in runs),
        not_assessable=_total(run.not_assessable for run in runs),
        error=_total(run.error for run in runs),
        running_job_id=running,
    )


def _total(numbers: Iterable[int | None]) -> int:
    return sum(number or 0 for number in numbers)


def _trend(session: Session, establishment_id: int) -> tuple[TrendPoint, ...]:
    """The last points of the running total of new, back and fixed findings, in one query."""
    change = Run.findings_new + Run.findings_back - Run.findings_fixed
    present = func.sum(change).over(order_by=(Run.recorded_at, Run.id))
    rows = session.execute(
        select(Run.recorded_at, present)
        .where(Run.establishment_id == establishment_id, Run.recorded_at.is_not(None))
        .order_by(Run.recorded_at.desc(), Run.id.desc())
        .limit(_TREND_POINTS)
    ).all()
    return tuple(TrendPoint(at, int(count or 0)) for at, count in reversed(rows) if at is not None)
