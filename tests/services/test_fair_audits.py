"""Audits of many establishments: each in its turn, within the hours of its mandate, none lost with its worker."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from care.domain.access import Scope
from care.domain.jobs import LEASE, Claim, JobKind, JobState, Lane
from care.services import audits, jobs
from care.services.jobs import LostJob, Order
from care.services.platform import Platform
from care.services.work import Hold
from care.store.alerts import SeenProduct
from care.store.jobs import Job
from care.store.runs import Run
from care.store.targets import Mandate
from scanners.archive import Archive, Manifest, read_archive, write_archive
from tests.support.alerts import Audits, ssh
from tests.support.campaigns import campaign
from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.support.ports import PlannedCollect
from tests.support.queries import counted

both = pytest.mark.both_databases


def ask(platform: Platform, establishment_id: int, count: int = 1) -> None:
    with platform.database.write() as session:
        for _number in range(count):
            jobs.submit(platform, session, Order(JobKind.AUDIT, establishment_id=establishment_id), "tests")


def claim(platform: Platform, worker: str = "w", hint: int | None = None) -> tuple[Claim, int]:
    """The next audit, and whose it is."""
    held = jobs.claim(platform, Lane.AUDIT, worker, hint)
    assert held is not None
    with platform.database.read() as session:
        return held, session.get_one(Job, held.job_id).establishment_id or 0


def end(platform: Platform, held: Claim) -> None:
    with platform.database.write() as session:
        jobs.finish(session, held, platform.clock.now())


@both
def test_one_hospital_with_many_targets_does_not_hold_up_the_others(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    ask(platform, hospitals.valley, 40)
    ask(platform, hospitals.hill, 2)
    ask(platform, hospitals.far)
    order = []
    for _turn in range(8):
        held, whose = claim(platform)
        order.append(whose)
        clock.forward(minutes=3)
        end(platform, held)
    first, second = Counter(order[:3]), Counter(order[3:5])
    assert first == {hospitals.valley: 1, hospitals.hill: 1, hospitals.far: 1}
    assert second == {hospitals.valley: 1, hospitals.hill: 1}
    assert order[5:] == [hospitals.valley] * 3


@both
def test_who_has_audits_going_on_lets_the_others_pass(
    platform: Platform, hospitals: Hospitals, clock: FixedClock
) -> None:
    ask(platform, hospitals.valley, 5)
    whose = []
    for _ in range(2):
        whose.append(claim(platform)[1])
        clock.forward(seconds=1)
    ask(platform, hospitals.hill, 2)
    whose += [claim(platform)[1] for _ in range(3)]
    assert whose == [hospitals.valley] * 2 + [hospitals.hill] * 2 + [hospitals.valley]


def test_a_ring_gives_no_turn(platform: Platform, hospitals: Hospitals) -> None:
    ask(platform, hospitals.valley, 3)
    claim(platform)
    ask(platform, hospitals.hill)
    with platform.database.read() as session:
        rung = session.scalars(select(func.max(Job.id)).where(Job.establishment_id == hospitals.valley)).one()
    assert claim(platform, hint=rung)[1] == hospitals.hill


def test_a_claim_costs_the_same_whatever_waits(platform: Platform, hospitals: Hospitals) -> None:
    for place in (hospitals.valley, hospitals.hill, hospitals.far):
        ask(platform, place, 200)
    with counted(platform.database) as statements:
        claim(platform)
    assert len(statements) <= 8
    with counted(platform.database) as statements:
        assert jobs.claim(platform, Lane.SERVICE, "w") is None
    assert len(statements) <= 3


@both
def test_an_audit_out_of_hours_waits_for_the_next_window(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work = Audits(platform, machine, clock)
    target = at_work.target(hospitals.valley)
    started = audits.start_audit(platform, machine, target)
    assert started is not None
    with platform.database.write() as session:
        session.execute(update(Mandate).values(hours="20:00-06:00"))
    held, _whose = claim(platform)
    audits.audit(platform, Hold(platform, held))
    with platform.database.read() as session:
        job = session.get_one(Job, started.job_id)
        assert (job.state, job.due_at) == (JobState.QUEUED, datetime(2026, 3, 2, 19, tzinfo=UTC))
    assert jobs.claim(platform, Lane.AUDIT, "w") is None
    assert "prochaine plage" in jobs.watch(platform, machine, started.job_id).events[-1].text
    clock.forward(hours=11, minutes=1)
    held, _whose = claim(platform)
    audits.audit(platform, Hold(platform, held))
    assert jobs.watch(platform, machine, started.job_id).state is JobState.DONE


def test_an_audit_whose_mandate_ended_fails_with_its_reason(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work = Audits(platform, machine, clock)
    started = audits.start_audit(platform, machine, at_work.target(hospitals.valley))
    assert started is not None
    clock.forward(days=400)
    held, _whose = claim(platform)
    with pytest.raises(Exception, match="expired"):
        audits.audit(platform, Hold(platform, held))


def test_a_campaign_of_a_territory_goes_on_with_what_is_left_when_workers_die(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    done = campaign(platform, machine, hospitals, clock, establishments=20, dies_every=7)
    assert done.deaths >= 4
    assert done.states == {JobState.DONE: 40}
    assert len(done.recorded) == 40
    assert set(done.recorded.values()) == {1}, "each audit once"
    assert done.served_before_a_second_turn >= 6, "one turn each, but for who died"


class Lost(Audits):
    """Audits during which the worker is taken for dead, and another does the work."""

    def lose(self, platform: Platform, clock: FixedClock) -> None:
        collect = platform.collect
        assert isinstance(collect, PlannedCollect)
        ours, once = collect.make, threading.Event()

        def make(scanner: str, request: Mapping[str, Any], out: Path, progress: Any, cancelled: Any) -> Archive[Any]:
            if not once.is_set():
                once.set()
                clock.forward(seconds=LEASE.total_seconds() + 1)
                assert jobs.reap(platform) == 1
                audits.audit(platform, Hold(platform, claim(platform, "another")[0]))
            at = clock.now().isoformat()
            write_archive(out, Manifest(scanner, 1, "192.0.2.0/24", at, at, "tests"), ssh("8.4p1"))
            return read_archive(out)

        assert ours is not None
        collect.make = make


@both
def test_a_worker_lost_in_the_middle_of_a_campaign_loses_and_doubles_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    at_work = Lost(platform, machine, clock)
    places = (hospitals.valley, hospitals.hill, hospitals.far)
    for place in places:
        assert audits.start_audit(platform, machine, at_work.target(place)) is not None
    at_work.lose(platform, clock)
    held, _whose = claim(platform, "lost")
    with pytest.raises(LostJob):
        audits.audit(platform, Hold(platform, held))
    while (more := jobs.claim(platform, Lane.AUDIT, "another")) is not None:
        audits.audit(platform, Hold(platform, more))
    with platform.database.read() as session:
        states = list(session.scalars(select(Job.state).where(Job.kind == JobKind.AUDIT)))
        recorded = list(session.scalars(select(Run.establishment_id).where(Run.recorded_at.is_not(None))))
        seen = list(session.scalars(select(SeenProduct.establishment_id)))
    assert states == [JobState.DONE] * 3
    assert sorted(recorded) == sorted(places)
    assert sorted(seen) == sorted(places)
