"""The calendar: the same slot from two schedulers is one job; appointments follow the table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select

from care.adapters.calendar import Calendar, last_due
from care.domain.access import Level, Role, Scope
from care.domain.jobs import JobKind
from care.domain.schedule import Appointment, Every, Recurrence, Slot
from care.services import schedules
from care.services.errors import Forbidden, NotFound
from care.services.platform import Platform
from care.services.targets import archive_target
from care.store.jobs import Job
from tests.support.audits import add_directory
from tests.support.machine import eventually
from tests.support.people import Hospitals, person

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
        "close_visits", "assess", "assess_all", "figures", "push", "measure", "report_orders", "campaign_audits",
    }  # fmt: skip


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
