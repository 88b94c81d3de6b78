"""The life of a job: one worker gets it, a dead one loses it, a person cancels it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.jobs import LEASE, Claim, JobKind, JobState, Lane
from care.services import jobs
from care.services.errors import Forbidden, NotFound, Refused
from care.services.jobs import LostJob, Order
from care.services.platform import Platform
from care.store.jobs import Job
from scanners.model import Text
from tests.support.audits import add_directory, claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import MemoryDoorbell

both = pytest.mark.both_databases
PROGRESS = Text("En cours.", "Going on.")


def submit(platform: Platform, kind: JobKind = JobKind.PURGE, **more: object) -> int | None:
    with platform.database.write() as session:
        return jobs.submit(platform, session, Order(kind, **more), "tests")  # type: ignore[arg-type]


def submitted(platform: Platform, kind: JobKind = JobKind.PURGE, **more: object) -> int:
    job_id = submit(platform, kind, **more)
    assert job_id is not None
    return job_id


def state_of(platform: Platform, job_id: int) -> JobState:
    with platform.database.read() as session:
        return session.scalars(select(Job.state).where(Job.id == job_id)).one()


def finish(platform: Platform, claim: Claim) -> None:
    with platform.database.write() as session:
        jobs.finish(session, claim, platform.clock.now())


@both
def test_a_job_rings_after_the_commit_only(platform: Platform) -> None:
    bell = platform.doorbell
    assert isinstance(bell, MemoryDoorbell)
    with platform.database.write() as session:
        job_id = jobs.submit(platform, session, Order(JobKind.PURGE), "tests")
        assert bell.rung == []
    assert bell.rung == [(Lane.SERVICE, job_id)]


def test_a_job_of_a_failed_transaction_never_existed(platform: Platform) -> None:
    bell = platform.doorbell
    assert isinstance(bell, MemoryDoorbell)

    def submit_then_fail() -> None:
        with platform.database.write() as session:
            jobs.submit(platform, session, Order(JobKind.PURGE), "tests")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        submit_then_fail()
    assert bell.rung == []
    assert jobs.claim(platform, Lane.SERVICE, "w") is None


@both
def test_a_slot_key_is_used_once(platform: Platform) -> None:
    assert submit(platform, slot_key="purge@1") is not None
    assert submit(platform, slot_key="purge@1") is None
    finish(platform, claimed(platform, Lane.SERVICE))
    assert submit(platform, slot_key="purge@1") is None


@both
def test_one_target_has_one_job_at_a_time(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    target = add_directory(platform, machine, hospitals.valley)
    submitted(platform, JobKind.AUDIT, target_id=target)
    with pytest.raises(Refused, match="already waiting or running"):
        submit(platform, JobKind.AUDIT, target_id=target)
    finish(platform, claimed(platform))
    submitted(platform, JobKind.AUDIT, target_id=target)


@both
def test_of_many_workers_one_gets_the_job(platform: Platform) -> None:
    wanted = {submitted(platform) for _ in range(10)}
    taken: list[int] = []
    start = threading.Barrier(6)

    def work(name: str) -> None:
        start.wait()
        while (claim := jobs.claim(platform, Lane.SERVICE, name)) is not None:
            taken.append(claim.job_id)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(wanted)


def test_a_job_waits_for_the_one_before(platform: Platform) -> None:
    first = submitted(platform)
    second = submitted(platform, after_job_id=first)
    held = claimed(platform, Lane.SERVICE)
    assert held.job_id == first
    assert jobs.claim(platform, Lane.SERVICE, "w2") is None
    jobs.fail(platform, held, PROGRESS)
    assert claimed(platform, Lane.SERVICE).job_id == second


def test_a_job_waits_for_its_time(platform: Platform, clock: FixedClock) -> None:
    job_id = submitted(platform, due_at=clock.now() + LEASE)
    assert jobs.claim(platform, Lane.SERVICE, "w") is None
    clock.forward(seconds=LEASE.total_seconds())
    assert claimed(platform, Lane.SERVICE).job_id == job_id


@both
def test_a_dead_worker_loses_its_job_and_can_write_no_more(platform: Platform, clock: FixedClock) -> None:
    job_id = submitted(platform)
    zombie = claimed(platform, Lane.SERVICE, "zombie")
    clock.forward(seconds=LEASE.total_seconds())
    assert jobs.reap(platform) == 0
    clock.forward(seconds=1)
    assert jobs.reap(platform) == 1
    assert jobs.must_stop(platform, zombie)
    for attempt in (finish, lambda where, what: jobs.tell(where, what, 0.5, PROGRESS)):
        with pytest.raises(LostJob):
            attempt(platform, zombie)
    heir = claimed(platform, Lane.SERVICE, "heir")
    assert (heir.job_id, heir.fence) == (job_id, zombie.fence + 1)
    with pytest.raises(LostJob):
        finish(platform, zombie)
    finish(platform, heir)
    assert state_of(platform, job_id) is JobState.DONE


def test_a_renewed_lease_keeps_the_job(platform: Platform, clock: FixedClock) -> None:
    submitted(platform)
    held = claimed(platform, Lane.SERVICE)
    for _ in range(3):
        clock.forward(seconds=LEASE.total_seconds() - 1)
        assert jobs.renew(platform, [held]) == {held.job_id: False}
        assert jobs.reap(platform) == 0
    clock.forward(seconds=LEASE.total_seconds() + 1)
    jobs.reap(platform)
    assert jobs.renew(platform, [held]) == {}


def test_a_job_whose_workers_keep_dying_fails_with_a_sentence(
    platform: Platform, clock: FixedClock, machine: Scope
) -> None:
    job_id = submitted(platform)
    for _ in range(2):
        claimed(platform, Lane.SERVICE)
        clock.forward(seconds=LEASE.total_seconds() + 1)
        jobs.reap(platform)
    seen = jobs.watch(platform, machine, job_id)
    assert seen.state is JobState.FAILED
    assert "rien n’a été enregistré à moitié" in seen.error


def test_a_worker_that_stops_gives_its_job_back_unharmed(platform: Platform) -> None:
    job_id = submitted(platform)
    for _ in range(5):
        jobs.release(platform, claimed(platform, Lane.SERVICE))
    assert state_of(platform, job_id) is JobState.QUEUED


@both
def test_a_waiting_job_is_cancelled_at_once(platform: Platform, machine: Scope) -> None:
    job_id = submitted(platform)
    jobs.cancel(platform, machine, job_id)
    assert state_of(platform, job_id) is JobState.CANCELLED
    with pytest.raises(Refused):
        jobs.cancel(platform, machine, job_id)


def test_a_running_job_is_told_to_stop(platform: Platform, machine: Scope, clock: FixedClock) -> None:
    job_id = submitted(platform)
    held = claimed(platform, Lane.SERVICE)
    assert not jobs.must_stop(platform, held)
    jobs.cancel(platform, machine, job_id)
    assert jobs.must_stop(platform, held)
    assert jobs.renew(platform, [held]) == {job_id: True}
    clock.forward(seconds=LEASE.total_seconds() + 1)
    jobs.reap(platform)
    assert state_of(platform, job_id) is JobState.CANCELLED


def texts(events: Sequence[jobs.EventView]) -> list[str]:
    return [one.text for one in events]


@both
def test_progress_is_read_after_a_number(platform: Platform, machine: Scope) -> None:
    job_id = submitted(platform)
    held = claimed(platform, Lane.SERVICE)
    jobs.tell(platform, held, 0.25, PROGRESS)
    first = jobs.watch(platform, machine, job_id)
    assert texts(first.events) == ["En attente d’un exécutant.", "Démarré.", "En cours."]
    assert first.share == 0.25
    finish(platform, held)
    assert texts(jobs.watch(platform, machine, job_id, after=first.events[-1].number).events) == ["Terminé."]


def test_a_stranger_neither_sees_nor_cancels(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    target = add_directory(platform, machine, hospitals.valley)
    job_id = submitted(platform, JobKind.AUDIT, target_id=target, establishment_id=hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    for attempt in (jobs.watch, jobs.cancel):
        with pytest.raises(NotFound):
            attempt(platform, stranger, job_id)
    assert not jobs.watch(platform, director, job_id).may_cancel
    with pytest.raises(Forbidden):
        jobs.cancel(platform, director, job_id)


def test_housekeeping_is_forgotten_after_a_while_but_not_audits(platform: Platform, clock: FixedClock) -> None:
    job_id = submitted(platform)
    finish(platform, claimed(platform, Lane.SERVICE))
    audit = submitted(platform, JobKind.AUDIT)
    finish(platform, claimed(platform))
    clock.forward(days=8)
    with platform.database.write() as session:
        assert jobs.purge(platform, session, LEASE) == 1
    with platform.database.read() as session:
        assert session.get(Job, job_id) is None
        assert session.get(Job, audit) is not None
