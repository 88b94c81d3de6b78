"""The audits that a page of one subject tells of: the last one, one by its number, the targets that have some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.services.errors import NotFound
from care.services.places import within
from care.store.runs import Run
from care.store.targets import Target


@dataclass(frozen=True, slots=True)
class RunHead:
    """The run that a page tells of, among those of its target."""

    run_id: int
    establishment_id: int
    target_id: int
    target_name: str
    at: datetime
    complete: bool
    latest: bool


def recorded(scanner: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions that keep the recorded audits of a scanner."""
    return Run.scanner == scanner, Run.recorded_at.is_not(None)


def run_head(session: Session, scope: Scope, scanner: str, run_id: int) -> tuple[Run, RunHead]:
    """A recorded audit of a scanner, visible to the reader; NotFound otherwise."""
    row = session.execute(
        select(Run, Target.name)
        .join(Target, Target.id == Run.target_id)
        .where(Run.id == run_id, *recorded(scanner), within(scope, Right.SEE_FINDINGS, Run.establishment_id))
    ).one_or_none()
    if row is None:
        raise NotFound
    run, name = row
    last = _last(session, scanner, Run.target_id == run.target_id)
    at = run.collected_to or run.asked_at
    return run, RunHead(
        run.id, run.establishment_id, run.target_id, name, at, bool(run.complete), latest=last == run.id
    )


def latest_run(session: Session, scanner: str, establishment_id: int, target_id: int | None = None) -> int | None:
    """The last recorded audit of a scanner in an establishment, or of the target asked for; None before any."""
    here = Run.establishment_id == establishment_id
    return _last(session, scanner, here if target_id is None else here & (Run.target_id == target_id))


def _last(session: Session, scanner: str, among: ColumnElement[bool]) -> int | None:
    return session.scalar(
        select(Run.id).where(among, *recorded(scanner)).order_by(Run.collected_to.desc(), Run.id.desc()).limit(1)
    )


def audited_targets(session: Session, scanner: str, establishment_id: int) -> tuple[tuple[int, str], ...]:
    """The targets of the establishment that a scanner audited, by name."""
    audited = select(Run.target_id).where(Run.establishment_id == establishment_id, *recorded(scanner))
    rows = session.execute(
        select(Target.id, Target.name).where(Target.id.in_(audited)).order_by(Target.name, Target.id)
    )
    return tuple((number, name) for number, name in rows)
