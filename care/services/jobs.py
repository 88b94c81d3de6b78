"""Jobs: submitted with the business change, claimed by one worker, watched, cancelled, reaped.

The row is the truth. A worker holds a job by its fence (the attempt's number) and a lease it keeps renewing; every
write it makes for the job carries the fence, so that a worker thought dead cannot overwrite what came after it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, event, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from care.domain.access import Right, Scope
from care.domain.jobs import ACTIVE, LEASE, TERMS, Claim, JobKind, JobState, Lane, Standing, next_after_death
from care.services.errors import NotFound, Refused
from care.services.places import visible_establishment, within
from care.services.platform import Platform
from care.services.trail import Thing, record
from care.store.jobs import Job, JobEvent
from care.store.upsert import conflict_insert
from scanners.model import Lang, Text

log = logging.getLogger(__name__)

MAX_EVENT_LENGTH = 2000
_CANDIDATES = 5
_LATELY = timedelta(days=2)
"""Audits due before are forgotten when establishments take turns: a campaign of a night counts whole."""

ACCEPTED = Text("En attente d’un exécutant.", "Waiting for a worker.")
STARTED = Text("Démarré.", "Started.")
CANCELLED = Text("Annulé à votre demande.", "Cancelled as asked.")
DONE = Text("Terminé.", "Done.")
WORKER_DIED = Text(
    "L’exécutant s’est arrêté brutalement plusieurs fois pendant cette tâche ; rien n’a été enregistré à moitié. "
    "Consultez son journal, puis relancez.",
    "The worker died several times during this job; nothing was half recorded. Read its log, then run it again.",
)
TRIED_AGAIN = Text(
    "L’exécutant s’est arrêté brutalement ; la tâche est reprise depuis le début.",
    "The worker died; the job starts again from the beginning.",
)
RELEASED = Text(
    "L’exécutant s’arrête ; la tâche reprendra depuis le début à son redémarrage.",
    "The worker is stopping; the job will start again from the beginning when it is back.",
)
BUSY_TARGET = Text(
    "Un audit de cette cible est déjà en attente ou en cours ; attendez sa fin ou annulez-le.",
    "An audit of this target is already waiting or running; wait for its end or cancel it.",
)


class LostJob(Exception):  # noqa: N818 - what happened, not a fault
    """The job is no longer ours: its lease ran out and it went on without us. Whatever we did is dropped."""


@dataclass(frozen=True, slots=True)
class Order:
    """A job to submit. `due_at` None means now; of two orders with one `slot_key` only the first counts.

    With `after_job_id` the job waits for the end of that one. `said` is its first sentence, `lane` its queue when
    that is not the one of its kind.
    """

    kind: JobKind
    args: Mapping[str, Any] = field(default_factory=dict)
    establishment_id: int | None = None
    target_id: int | None = None
    slot_key: str | None = None
    after_job_id: int | None = None
    due_at: datetime | None = None
    said: Text = ACCEPTED
    lane: Lane | None = None


@dataclass(frozen=True, slots=True)
class EventView:
    """One sentence of a job's progress; `share` is between 0 and 1."""

    number: int
    at: datetime
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as people watch it. `events` are those after the number asked for."""

    id: int
    kind: JobKind
    state: JobState
    share: float
    submitted_at: datetime
    submitted_by: str
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested: bool
    may_cancel: bool
    error: str
    error_reference: str
    establishment_id: int | None
    target_id: int | None
    events: tuple[EventView, ...]


def submit(platform: Platform, session: Session, order: Order, actor: str) -> int | None:
    """Add a job in the caller's write transaction and ring for it after the commit.

    None when the slot key was already used. Refused when the target already has a job queued or running.
    """
    now, terms = platform.clock.now(), TERMS[order.kind]
    lane = order.lane or terms.lane
    row = {
        "kind": order.kind,
        "lane": lane,
        "args": dict(order.args),
        "state": JobState.QUEUED,
        "establishment_id": order.establishment_id,
        "target_id": order.target_id,
        "after_job_id": order.after_job_id,
        "slot_key": order.slot_key,
        "submitted_at": now,
        "submitted_by": actor,
        "due_at": order.due_at or now,
        "attempts": 0,
        "allowed_attempts": terms.attempts,
        "share": 0.0,
    }
    insert = conflict_insert(session.get_bind().dialect.name, Job).values(**row)
    job_id: int | None = session.scalar(insert.on_conflict_do_nothing().returning(Job.id))
    if job_id is None:
        _refuse_busy_target(session, order)
        return None
    _say(session, job_id, now, 0.0, order.said)
    _ring_after_commit(platform, session, lane, job_id)
    return job_id


def _refuse_busy_target(session: Session, order: Order) -> None:
    busy = select(Job.id).where(Job.target_id == order.target_id, Job.state.in_(ACTIVE))
    if order.target_id is not None and session.scalar(busy) is not None:
        raise Refused(BUSY_TARGET)


def _ring_after_commit(platform: Platform, session: Session, lane: Lane, job_id: int) -> None:
    def ring(_session: Session) -> None:
        platform.doorbell.ring(lane, job_id)

    event.listen(session, "after_commit", ring, once=True)


_BY_TURNS = frozenset({Lane.AUDIT, Lane.BASTION})
"""The queues of audits, where establishments take turns."""


def claim(platform: Platform, lane: Lane, worker: str, hint: int | None = None) -> Claim | None:
    """Take one due job of a lane, the one rung for first; None when there is none.

    Of any number of workers exactly one gets a job: the update carries the state and the attempt it expects. Audits
    take turns between establishments, so that none waits for the hundreds of targets of another: the turn decides, not
    the ring.
    """
    now = platform.clock.now()
    with platform.database.read() as session:
        ids = _in_turn(session, lane, now) if lane in _BY_TURNS else list(session.scalars(_waiting(lane, now)))
    if not ids:
        return None
    hint = None if lane in _BY_TURNS else hint
    with platform.database.write() as session:
        for job_id in sorted(ids, key=lambda one: one != hint):
            taken = _take(session, job_id, worker, now)
            if taken is not None:
                return taken
    return None


def _waiting(lane: Lane, now: datetime) -> Select[int]:
    return select(Job.id).where(*_due(lane, now)).order_by(Job.due_at, Job.id).limit(_CANDIDATES)


def _due(lane: Lane, now: datetime) -> tuple[ColumnElement[bool], ...]:
    before = aliased(Job)
    held_up = select(before.id).where(before.id == Job.after_job_id, before.state.in_(ACTIVE)).exists()
    return Job.state == JobState.QUEUED, Job.lane == lane, Job.due_at <= now, ~held_up


def _in_turn(session: Session, lane: Lane, now: datetime) -> list[int]:
    """The next audit of each establishment, first of those that have the fewest going on, then of those that were
    served the longest ago. Three queries at most, whatever the number of audits that wait."""
    heads = session.execute(
        select(Job.establishment_id, func.min(Job.id)).where(*_due(lane, now)).group_by(Job.establishment_id)
    ).all()
    served = _served(session, lane, now) if len(heads) > 1 else {}
    never = (0, 0.0)
    turns = sorted((served.get(place, never), job_id) for place, job_id in heads)
    found = [job_id for _turn, job_id in turns[:_CANDIDATES]]
    if 0 < len(found) < _CANDIDATES:  # several workers may come for the few that head
        found += [one for one in session.scalars(_waiting(lane, now)) if one not in found]
    return found


def _served(session: Session, lane: Lane, now: datetime) -> dict[int | None, tuple[int, float]]:
    """Of each establishment served lately: its audits going on, and when the last one began."""
    going_on = func.sum(case((Job.state == JobState.RUNNING, 1), else_=0))
    query = (
        select(Job.establishment_id, going_on, func.max(Job.started_at))
        .where(Job.state != JobState.QUEUED, Job.lane == lane, Job.due_at > now - _LATELY)
        .group_by(Job.establishment_id)
    )
    return {place: (running, began.timestamp() if began else 0.0) for place, running, began in session.execute(query)}


def _take(session: Session, job_id: int, worker: str, now: datetime) -> Claim | None:
    until = now + LEASE
    row = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(
            state=JobState.RUNNING, attempts=Job.attempts + 1, worker=worker, lease_until=until, started_at=now, share=0
        )
        .returning(Job.kind, Job.args, Job.attempts)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        return None
    _say(session, job_id, now, 0.0, STARTED)
    return Claim(job_id, row.kind, row.args, row.attempts, until)


def renew(platform: Platform, claims: Iterable[Claim]) -> Mapping[int, bool]:
    """Renew the leases of what a worker holds. Says, per job still its own, whether its end was asked for."""
    until = platform.clock.now() + LEASE
    kept: dict[int, bool] = {}
    with platform.database.write() as session:
        for held in claims:
            row = session.execute(
                _held(held)
                .values(lease_until=until)
                .returning(Job.cancel_requested_at)
                .execution_options(synchronize_session=False)
            ).one_or_none()
            if row is not None:
                kept[held.job_id] = row.cancel_requested_at is not None
    return kept


def must_stop(platform: Platform, held: Claim) -> bool:
    """Whether the job's end was asked for, or the job is no longer ours."""
    return standing(platform, held) is not Standing.OURS


def standing(platform: Platform, held: Claim) -> Standing:
    """Whose a job that a worker does is now, and whether its end was asked for."""
    with platform.database.read() as session:
        row = session.execute(
            select(Job.cancel_requested_at).where(
                Job.id == held.job_id, Job.state == JobState.RUNNING, Job.attempts == held.fence
            )
        ).one_or_none()
    if row is None:
        return Standing.LOST
    return Standing.OURS if row.cancel_requested_at is None else Standing.ENDING


def is_done(platform: Platform, held: Claim) -> bool:
    """Whether this attempt ended the job well: what was started for it only has to close."""
    with platform.database.read() as session:
        query = select(Job.id).where(Job.id == held.job_id, Job.state == JobState.DONE, Job.attempts == held.fence)
        return session.scalar(query) is not None


def tell(platform: Platform, held: Claim, share: float, text: Text) -> None:
    """Record one sentence of progress. LostJob when the job is no longer ours."""
    now = platform.clock.now()
    with platform.database.write() as session:
        _change(session, held, share=share)
        _say(session, held.job_id, now, share, text)


def finish(session: Session, held: Claim, now: datetime, said: Text = DONE) -> None:
    """Mark the job done in the transaction that records its result. LostJob when it is no longer ours."""
    _end(session, held, JobState.DONE, now, said, share=1.0)


def fail(platform: Platform, held: Claim, error: Text, reference: str = "") -> None:
    """Mark the job failed, with its sentence for people and the reference of the trace in the log."""
    now = platform.clock.now()
    with platform.database.write() as session:
        _end(
            session,
            held,
            JobState.FAILED,
            now,
            error,
            error_fr=error.fr[:MAX_EVENT_LENGTH],
            error_en=error.en[:MAX_EVENT_LENGTH],
            error_reference=reference or None,
        )


def finish_stopped(session: Session, held: Claim, now: datetime, said: Text) -> None:
    """Mark the job cancelled in the transaction that records what it had seen. LostJob when it is no longer ours."""
    _end(session, held, JobState.CANCELLED, now, said)


def end_cancelled(platform: Platform, held: Claim) -> None:
    """Mark the job cancelled, once what it was doing has stopped."""
    with platform.database.write() as session:
        _end(session, held, JobState.CANCELLED, platform.clock.now(), CANCELLED)


def release(platform: Platform, held: Claim) -> None:
    """Give the job back unharmed, because the worker itself is stopping: this attempt does not count."""
    now = platform.clock.now()
    with platform.database.write() as session:
        _queue_again(session, held)
        _say(session, held.job_id, now, 0.0, RELEASED)


def postpone(platform: Platform, held: Claim, due_at: datetime, why: Text) -> None:
    """Give the job back until `due_at`, because it may not be done before: this attempt does not count."""
    now = platform.clock.now()
    with platform.database.write() as session:
        _queue_again(session, held, due_at=due_at)
        _say(session, held.job_id, now, 0.0, why)


def _queue_again(session: Session, held: Claim, **changes: object) -> None:
    """Without counting this attempt."""
    more = Job.allowed_attempts + 1
    _change(session, held, state=JobState.QUEUED, allowed_attempts=more, worker=None, lease_until=None, **changes)


def reap(platform: Platform) -> int:
    """Take back the jobs whose worker died: run again, or ended. Returns how many. Harmless in any number.

    Jobs dated by a clock that has gone back since are made due now: they would else wait for that day to come again.
    """
    now = platform.clock.now()
    unlikely = Job.lease_until > now + 2 * LEASE  # no worker takes one as long: the clock has gone back since
    dead = select(Job.id).where(Job.state == JobState.RUNNING, or_(Job.lease_until < now, unlikely))
    ahead = select(Job).where(Job.state == JobState.QUEUED, Job.submitted_at > now, Job.due_at >= Job.submitted_at)
    with platform.database.read() as session:
        if session.scalar(dead.limit(1)) is None and session.scalars(ahead.limit(1)).first() is None:
            return 0
    with platform.database.write() as session:
        for job in session.scalars(ahead.with_for_update(skip_locked=True)):
            job.due_at = now
        jobs = list(session.scalars(select(Job).where(Job.id.in_(dead)).with_for_update(skip_locked=True)))
        for job in jobs:
            _bury(platform, session, job, now)
    return len(jobs)


def _bury(platform: Platform, session: Session, job: Job, now: datetime) -> None:
    log.warning("job %d: its worker %s is dead", job.id, job.worker)
    state = next_after_death(job.attempts, job.allowed_attempts, job.cancel_requested_at is not None)
    job.state, job.worker, job.lease_until = state, None, None
    if state is JobState.QUEUED:
        _say(session, job.id, now, 0.0, TRIED_AGAIN)
        _ring_after_commit(platform, session, job.lane, job.id)
        return
    job.finished_at = now
    if state is JobState.FAILED:
        job.error_fr, job.error_en = WORKER_DIED.fr, WORKER_DIED.en
    _say(session, job.id, now, job.share, WORKER_DIED if state is JobState.FAILED else CANCELLED)


def cancel(platform: Platform, scope: Scope, job_id: int) -> None:
    """Ask for the end of a job: at once when it waits, within three seconds when it runs. Refused when it is over."""
    now = platform.clock.now()
    with platform.database.write() as session:
        job = session.scalars(_visible(scope, job_id).with_for_update()).one_or_none()
        if job is None:
            raise NotFound
        _check_may_cancel(session, scope, job)
        if job.state.over:
            raise Refused(Text("Cette tâche est déjà terminée.", "This job is already over."))
        _ask_end(session, scope, job, now)


def _ask_end(session: Session, scope: Scope, job: Job, now: datetime) -> None:
    job.cancel_requested_at, job.cancel_requested_by = now, scope.actor
    if job.state is JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED, now
        _say(session, job.id, now, 0.0, CANCELLED)
    record(session, scope, "job.cancelled", Thing("job", job.id, job.establishment_id), now)


def cancel_audits(session: Session, scope: Scope, targets: Select[int], now: datetime) -> int:
    """Ask, in the caller's write transaction, for the end of what waits or runs on some targets; of how many."""
    going_on = select(Job).where(Job.target_id.in_(targets), Job.state.in_(ACTIVE), Job.cancel_requested_at.is_(None))
    found = session.scalars(going_on.with_for_update()).all()
    for job in found:
        _ask_end(session, scope, job, now)
    return len(found)


def _check_may_cancel(session: Session, scope: Scope, job: Job) -> None:
    if job.establishment_id is not None:
        visible_establishment(session, scope, job.establishment_id, Right.RUN_AUDIT)


def watch(platform: Platform, scope: Scope, job_id: int, after: int = 0) -> JobView:
    """A job and the events numbered above `after`; NotFound outside the scope."""
    with platform.database.read() as session:
        job = session.scalars(_visible(scope, job_id)).one_or_none()
        if job is None:
            raise NotFound
        events = session.scalars(
            select(JobEvent).where(JobEvent.job_id == job_id, JobEvent.id > after).order_by(JobEvent.id)
        ).all()
        return _view(job, events, scope)


def _visible(scope: Scope, job_id: int) -> Any:  # noqa: ANN401 - a Select of Job, which mypy cannot name through in_()
    query = select(Job).where(Job.id == job_id)
    reach = scope.reach(Right.SEE_FINDINGS)
    return query if reach.everywhere else query.where(within(scope, Right.SEE_FINDINGS, Job.establishment_id))


def _view(job: Job, events: Iterable[JobEvent], scope: Scope) -> JobView:
    error = Text(job.error_fr or "", job.error_en or "")
    return JobView(
        id=job.id,
        kind=job.kind,
        state=job.state,
        share=job.share,
        submitted_at=job.submitted_at,
        submitted_by=job.submitted_by,
        started_at=job.started_at,
        finished_at=job.finished_at,
        cancel_requested=job.cancel_requested_at is not None,
        may_cancel=not job.state.over and job.cancel_requested_at is None and scope.allows_somewhere(Right.RUN_AUDIT),
        error=error.render(scope.lang),
        error_reference=job.error_reference or "",
        establishment_id=job.establishment_id,
        target_id=job.target_id,
        events=tuple(_event_view(one, scope.lang) for one in events),
    )


def _event_view(row: JobEvent, lang: Lang) -> EventView:
    return EventView(row.id, row.at, row.share, Text(row.fr, row.en).render(lang))


def purge(platform: Platform, session: Session, older_than: timedelta) -> int:
    """Forget finished housekeeping jobs; those of audits stay with their runs."""
    before = platform.clock.now() - older_than
    gone = session.execute(
        delete(Job).where(Job.kind != JobKind.AUDIT, Job.finished_at < before, Job.state.not_in(ACTIVE))
    )
    return int(getattr(gone, "rowcount", 0))


def _held(held: Claim) -> Any:  # noqa: ANN401 - an Update of Job
    return update(Job).where(Job.id == held.job_id, Job.state == JobState.RUNNING, Job.attempts == held.fence)


def _change(session: Session, held: Claim, **values: Any) -> None:  # noqa: ANN401 - columns of Job
    changed = session.execute(_held(held).values(**values).execution_options(synchronize_session=False))
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise LostJob


def _end(
    session: Session,
    held: Claim,
    state: JobState,
    now: datetime,
    said: Text,
    **values: Any,  # noqa: ANN401 - columns of Job
) -> None:
    _change(session, held, state=state, finished_at=now, lease_until=None, **values)
    _say(session, held.job_id, now, values.get("share", 0.0), said)


def _say(session: Session, job_id: int, now: datetime, share: float, text: Text) -> None:
    session.add(
        JobEvent(job_id=job_id, at=now, share=share, fr=text.fr[:MAX_EVENT_LENGTH], en=text.en[:MAX_EVENT_LENGTH])
    )
    session.flush()
