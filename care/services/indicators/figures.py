"""The job that keeps figures: marked months are made again, or every month when all are asked for.

The chore comes by every few minutes and mostly finds nothing. When it does, the work goes to a process of its own:
pandas and a month of the nation are more than the server that shows pages should hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from care.domain.access import Right, Scope
from care.domain.jobs import APART, JobKind, JobState
from care.domain.months import Month
from care.services import jobs
from care.services.errors import Forbidden
from care.services.indicators.definitions import read_definitions
from care.services.indicators.marks import known_months, mark_months
from care.services.jobs import JobView
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.services.work import Hold
from care.store.indicators import IndicatorMark
from care.store.jobs import Job
from scanners.model import Text

EVERYTHING = "everything"
"""The argument of a full recomputation: every month that has a value or a figure."""
NOTHING = Text("Aucun mois à recalculer.", "No month to compute again.")
HANDED_OVER = Text(
    "Recalcul des mois marqués confié à un processus à part.", "The marked months are computed by a process apart."
)


def keep_figures(platform: Platform, hold: Hold) -> None:
    """The job: make the marked months again, one short transaction each; hand them over when not yet apart."""
    if hold.claim.args.get(EVERYTHING):
        with platform.database.write() as session:
            mark_months(session, known_months(session), platform.clock.now())
    with platform.database.read() as session:
        due = session.scalars(select(IndicatorMark.month).order_by(IndicatorMark.month.desc())).all()
    if due and not hold.claim.args.get(APART):
        with platform.database.write() as session:
            ask(platform, session, "calendar")
            hold.finish(session, HANDED_OVER)
        return
    said = _make(platform, hold, due) if due else NOTHING
    if said is not None:
        with platform.database.write() as session:
            hold.finish(session, said)


def _make(platform: Platform, hold: Hold, due: Sequence[Month]) -> Text | None:
    """Make months, the last first: it is the one people look at. What was done; None when it must stop."""
    # Here only: who does not make figures does without pandas, its second to load and its memory.
    from care.services.indicators import figuring

    with platform.database.read() as session:
        maker = figuring.Maker(platform, session, read_definitions(platform, session))
    done = 0
    for month in due:
        if hold.cancelled():
            return None
        done += maker.make(month)
        hold.progress(done / len(due), _progress(done, len(due)))
    return _progress(done, len(due))


def ask(platform: Platform, session: Session, actor: str) -> None:
    """Have marked months made as soon as a worker is free; asked many times in a minute, once."""
    minute = platform.clock.now().astimezone(UTC)
    order = jobs.Order(JobKind.FIGURES, {APART: True}, slot_key=f"figures@{minute:%Y-%m-%dT%H:%M}+")
    jobs.submit(platform, session, order, actor)


def may_make_all_again(scope: Scope) -> bool:
    """Whether this person follows the nation."""
    return scope.reach(Right.MANAGE_REGION).everywhere


def last_making(platform: Platform, scope: Scope) -> JobView | None:
    """The last time that every figure was asked for, as far as jobs are kept. Forbidden but to who follows the
    nation."""
    if not may_make_all_again(scope):
        raise Forbidden
    with platform.database.read() as session:
        job_id = _last_whole(session)
    return jobs.watch(platform, scope, job_id) if job_id is not None else None


def _last_whole(session: Session, *conditions: ColumnElement[bool]) -> int | None:
    whole = Job.args[EVERYTHING].as_boolean().is_(True)
    query = select(Job.id).where(Job.kind == JobKind.FIGURES, whole, *conditions)
    return session.scalar(query.order_by(Job.id.desc()).limit(1))


def make_all_again(platform: Platform, scope: Scope) -> int | None:
    """Have every figure of every month made again, from the values; the job, that which waits or works already if one
    does. Forbidden but to who follows the nation.

    Nothing needs it, as what changes a figure marks its month; it shows that figures follow from values.
    """
    if not may_make_all_again(scope):
        raise Forbidden
    with platform.database.write() as session:
        going_on = _last_whole(session, Job.state.in_((JobState.QUEUED, JobState.RUNNING)))
        if going_on is not None:
            return going_on
        order = jobs.Order(JobKind.FIGURES, {EVERYTHING: True, APART: True})
        job = jobs.submit(platform, session, order, scope.actor)
        record(session, scope, "indicators.figures_asked", Thing("job", job or 0), platform.clock.now())
    return job


def _progress(done: int, total: int) -> Text:
    return Text(f"Mois recalculés : {done} sur {total}.", f"Months computed again: {done} of {total}.")
