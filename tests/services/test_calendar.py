"""The calendar: the same slot from two schedulers is one job; appointments follow the table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select

from care.adapters.calendar import Calendar, last_due
from care.domain.access import Level, Role, Scope
from care.domain.jobs import JobKind, Lane
from care.domain.schedule import Appointment, Every, Recurrence, Slot
from care.services import audits, jobs, schedules
from care.services.errors import Forbidden, NotFound, Refused
from care.services.mandates import MandateDraft, add_mandate, withdraw_mandate
from care.services.platform import Platform
from care.services.targets import TargetDraft, add_target, archive_target
from care.services.work import Hold
from care.store.jobs import Job
from care.store.registry import Establishment
from tests.support.audits import add_directory
from tests.support.clock import FixedClock
from tests.support.machine import eventually
from tests.support.people import Hospitals, person

PARIS = ZoneInfo("Europe/Paris")
NIGHT = Slot("purge", datetime(2026, 3, 2, 2, 40, tzinfo=UTC))


def kinds(platform: Platform) -> list[JobKind]:
    with platform.database.read() as session:
        return list(session.scalars(select(Job.kind).order_by(Job.id)))


@pytest.mark.both_databases
def test_a_slot_is_submitted_once_whoever_asks(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    target = add_directory(platform, machine, hospitals.valley)
    audit = Slot(f"audit:{target}", NIGHT.at)
    for slot in (NIGHT, NIGHT, audit, audit):
        schedules.submit_slot(platform, slot)
    assert kinds(platform) == [JobKind.PURGE, JobKind.AUDIT]
    schedules.submit_slot(platform, Slot("purge", NIGHT.at + timedelta(days=1)))
    schedules.submit_slot(platform, Slot(f"audit:{target}", NIGHT.at + timedelta(days=1)))
    assert kinds(platform) == [JobKind.PURGE, JobKind.AUDIT, JobKind.PURGE]


def test_an_audit_comes_back_until_it_is_removed(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    target = add_directory(platform, machine, hospitals.valley)
    weekly = Recurrence(Every.WEEK, 22, 30, weekday=4)
    schedules.set_schedule(platform, machine, target, Recurrence(Every.DAY, 1))
    schedules.set_schedule(platform, machine, target, weekly)
    assert Appointment(f"audit:{target}", "30 22 * * fri") in schedules.appointments(platform)
    (seen,) = schedules.list_schedules(platform, machine, hospitals.valley)
    assert seen.recurrence == weekly
    for who, answer in (
        (person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), NotFound),
        (person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), Forbidden),
    ):
        with pytest.raises(answer):
            schedules.remove_schedule(platform, who, target)
    archive_target(platform, machine, target)
    assert {one.name for one in schedules.appointments(platform)} == {
        "purge", "mail", "checkpoint", "verify_evidence", "verify_trail", "remind", "crisis_packs",
        "close_visits", "access_reviews", "assess", "assess_all", "figures", "push", "measure", "report_orders",
        "campaign_audits", "rhythm", "instance_drill",
    }  # fmt: skip


def _facade(platform: Platform, machine: Scope, establishment_id: int, hours: str = "20:00-06:00") -> tuple[int, int]:
    """An exposure target audited every day at noon, and its mandate."""
    mandate = add_mandate(
        platform, machine, establishment_id,
        MandateDraft("Jeanne Roux", "Directrice", "M-1", ("203.0.113.0/24",), (), date(2026, 1, 1), date(2026, 12, 31),
                     hours, unsigned_why="Essai"),
    )  # fmt: skip
    draft = TargetDraft("exposure", "Façade", {"targets": ["203.0.113.10"]}, {}, mandate)
    target = add_target(platform, machine, establishment_id, draft)
    schedules.set_schedule(platform, machine, target, Recurrence(Every.DAY, 12))
    return target, mandate


@pytest.mark.both_databases
def test_an_appointment_out_of_the_hours_of_its_mandate_waits_for_them_and_says_so(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    target, _mandate = _facade(platform, machine, hospitals.valley)
    clock.time = datetime(2026, 3, 3, 12, tzinfo=PARIS)
    slot = Slot(f"audit:{target}", clock.now())
    schedules.submit_slot(platform, slot)
    schedules.submit_slot(platform, slot)
    (seen,) = schedules.list_schedules(platform, machine, hospitals.valley)
    assert seen.told_at == slot.at
    with platform.database.read() as session:
        job = session.scalars(select(Job).where(Job.kind == JobKind.AUDIT)).one()
        assert job.due_at == datetime(2026, 3, 3, 20, tzinfo=PARIS)
    assert seen.told == (
        "Reporté au 03/03/2026 à 20:00. Le mandat n’autorise pas l’audit à cette heure : il attend la prochaine plage."
    )
    assert jobs.claim(platform, Lane.AUDIT, "w") is None
    clock.time = datetime(2026, 3, 3, 20, 1, tzinfo=PARIS)
    held = jobs.claim(platform, Lane.AUDIT, "w")
    assert held is not None
    with platform.database.write() as session:
        jobs.finish(session, held, clock.now())
    schedules.submit_slot(platform, Slot(f"audit:{target}", clock.now()))
    assert schedules.list_schedules(platform, machine, hospitals.valley)[0].told == ""


@pytest.mark.both_databases
def test_why_an_appointment_was_refused_is_kept_for_people(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    target, mandate = _facade(platform, machine, hospitals.valley)
    withdraw_mandate(platform, machine, mandate)
    schedules.submit_slot(platform, Slot(f"audit:{target}", clock.now()))
    (seen,) = schedules.list_schedules(platform, machine, hospitals.valley)
    assert "a été retiré" in seen.told
    assert kinds(platform) == []


def test_nothing_is_audited_in_an_establishment_that_closed(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    target, _mandate = _facade(platform, machine, hospitals.valley, hours="")
    with platform.database.write() as session:
        session.get_one(Establishment, hospitals.valley).closed_on = clock.now().date() + timedelta(days=1)
    schedules.submit_slot(platform, Slot(f"audit:{target}", clock.now()))
    assert kinds(platform) == [JobKind.AUDIT]
    held = jobs.claim(platform, Lane.AUDIT, "w")
    assert held is not None
    clock.forward(days=1)
    with pytest.raises(Refused, match="closed"):
        audits.audit(platform, Hold(platform, held))
    with pytest.raises(Refused, match="closed"):
        audits.start_audit(platform, machine, target)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-10-24T12:00:00+02:00", "2026-10-24T22:00:00+02:00"),
        ("2026-10-25T03:30:00+01:00", "2026-10-25T22:00:00+01:00"),
        ("2026-03-28T12:00:00+01:00", "2026-03-28T22:00:00+01:00"),
        ("2026-03-29T03:30:00+02:00", "2026-03-29T22:00:00+02:00"),
    ],
)
def test_the_hours_of_a_mandate_are_those_of_the_wall_when_clocks_change(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock, now: str, opens: str
) -> None:
    target, _mandate = _facade(platform, machine, hospitals.valley, hours="22:00-02:30")
    clock.time = datetime.fromisoformat(now)
    schedules.submit_slot(platform, Slot(f"audit:{target}", clock.now()))
    with platform.database.read() as session:
        assert session.scalars(select(Job.due_at)).one() == datetime.fromisoformat(opens)


def test_a_mandate_withdrawn_ends_what_waits_and_what_runs(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    target, mandate = _facade(platform, machine, hospitals.valley, hours="")
    schedules.submit_slot(platform, Slot(f"audit:{target}", clock.now()))
    held = jobs.claim(platform, Lane.AUDIT, "w")
    assert held is not None
    assert not jobs.must_stop(platform, held)
    withdraw_mandate(platform, machine, mandate)
    assert jobs.must_stop(platform, held)


@pytest.mark.parametrize("every", list(Every))
def test_a_recurrence_is_read_back_from_its_cron_line(every: Every) -> None:
    recurrence = Recurrence(every, 3, 5, weekday=6 if every is Every.WEEK else 0)
    assert Recurrence.of(recurrence.cron) == recurrence


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-02T02:39:59+00:00", None),
        ("2026-03-02T02:40:00+00:00", "2026-03-02T02:40:00+00:00"),
        ("2026-03-02T02:40:07+00:00", "2026-03-02T02:40:00+00:00"),
        ("2026-03-02T02:51:00+00:00", None),
        ("2026-07-02T01:41:00+00:00", "2026-07-02T01:40:00+00:00"),
    ],
)
def test_two_calendars_a_little_apart_name_the_same_slot(now: str, due: str | None) -> None:
    trigger = CronTrigger.from_crontab("40 3 * * *", timezone="Europe/Paris")
    expected = datetime.fromisoformat(due) if due else None
    assert last_due(trigger, datetime.fromisoformat(now)) == expected


def test_the_calendar_follows_its_table() -> None:
    held = [Appointment("a", "0 3 * * *"), Appointment("b", "0 4 * * *")]
    calendar = Calendar(lambda: held, lambda _slot: None, "Europe/Paris")
    calendar.start()
    try:
        held[:] = [Appointment("b", "30 4 * * *"), Appointment("c", "0 5 * * *")]
        calendar.refresh()
        jobs = {job.id: str(job.trigger) for job in calendar._scheduler.get_jobs()}
        assert {"b", "c"} <= jobs.keys()
        assert "a" not in jobs
        assert "minute='30'" in jobs["b"]
    finally:
        calendar.stop()


def test_the_calendar_rings_at_the_time() -> None:
    rung: list[Slot] = []
    calendar = Calendar(lambda: [Appointment("minute", "* * * * *")], rung.append, "Indian/Reunion")
    calendar.start()
    try:
        job = calendar._scheduler.get_job("minute")
        calendar._scheduler.modify_job("minute", next_run_time=datetime.now(UTC))
        eventually(lambda: bool(rung), "the calendar rang")
    finally:
        calendar.stop()
    assert job is not None
    assert rung[0].at.second == 0
    assert rung[0].name == "minute"
