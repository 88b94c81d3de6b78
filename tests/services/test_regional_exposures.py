"""Exposure audits of a region's members: planned within mandates, asked for when due, declined, followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from care.domain.access import Grant, Level, Place, Role, Scope
from care.domain.jobs import LEASE, JobKind, JobState, Lane
from care.domain.regional import AuditState, CampaignKind, ExposureProgress
from care.services import accounts, jobs, mandates, targets
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.handlers import HANDLERS
from care.services.mandates import MandateDraft
from care.services.platform import Platform
from care.services.regional.campaigns import CampaignDraft, change_campaign, create_campaign, excuse
from care.services.regional.exposures import (
    ExposureLine,
    asked_audits,
    audits_csv,
    decline_audit,
    follow_exposures,
    plan_missing,
)
from care.services.regional.planning import MOST_TRIES
from care.services.regional.reading import list_campaigns
from care.services.regional.reminding import remind
from care.services.targets import TargetDraft
from care.services.work import Hold
from care.store.jobs import Job
from care.store.outbox import Mail
from care.store.registry import Establishment
from care.store.runs import Run
from care.store.support import CampaignAudit
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.queries import counted

PARIS = ZoneInfo("Europe/Paris")
DRAFT = CampaignDraft("Façades de printemps", date(2026, 3, 2), date(2026, 3, 31), kind=CampaignKind.EXPOSURE)


Expose = Callable[..., int]


@pytest.fixture
def expose(platform: Platform, machine: Scope) -> Expose:
    """An exposure target with its mandate; the number of the target."""

    def add(place: int, name: str = "Façade", hours: str = "20:00-06:00", until: date = date(2026, 12, 31),
            scope: str = "203.0.113.0/24") -> int:  # fmt: skip
        draft = MandateDraft("Jeanne Roux", "Directrice", f"Note {name}", (scope,), (), date(2026, 1, 1), until, hours,
                             unsigned_why="Essai")  # fmt: skip
        mandate = mandates.add_mandate(platform, machine, place, draft)
        target = TargetDraft("exposure", name, {"targets": ["203.0.113.10"]}, {}, mandate)
        return targets.add_target(platform, machine, place, target)

    return add


@pytest.fixture
def open_campaign(platform: Platform, grades: Scope, hospitals: Hospitals) -> Callable[[], int]:
    return lambda: create_campaign(platform, grades, Place(Level.REGION, hospitals.region), DRAFT)


def line(platform: Platform, scope: Scope, campaign: int, establishment_id: int) -> ExposureLine:
    view = follow_exposures(platform, scope, campaign)
    return next(one for one in view.places if one.establishment_id == establishment_id)


def ring(platform: Platform) -> None:
    """What the calendar does every ten minutes."""
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.CAMPAIGN_AUDITS), "calendar")
    while claim := jobs.claim(platform, Lane.SERVICE, "tests"):
        if claim.kind is JobKind.CAMPAIGN_AUDITS:
            HANDLERS[claim.kind](platform, Hold(platform, claim))


def audit_jobs(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(Job).where(Job.kind == JobKind.AUDIT)) or 0


def record_run(platform: Platform, run_id: int | None) -> None:
    """As the worker does once the audit is judged."""
    with platform.database.write() as session:
        run = session.get_one(Run, run_id)
        run.recorded_at = platform.clock.now()
        session.execute(update(Job).where(Job.id == run.job_id).values(state=JobState.DONE))


@pytest.mark.both_databases
def test_each_target_is_planned_within_its_hours_and_asked_for_then(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley)
    expose(hospitals.hill)
    expose(hospitals.far)
    campaign = open_campaign()
    view = follow_exposures(platform, grades, campaign)
    assert view.counts == {ExposureProgress.PLANNED: 2}
    due = sorted(audit.due_at for one in view.places for audit in one.audits)
    assert len(due) == 2
    for moment in due:
        local = moment.astimezone(PARIS)
        assert local.time() >= time(20) or local.time() < time(6)
        assert date(2026, 3, 2) <= local.date() <= date(2026, 3, 31)
    assert due[1] - due[0] > timedelta(days=7)
    ring(platform)
    assert audit_jobs(platform) == 0, "nothing is due yet"
    clock.time = due[0] + timedelta(minutes=5)
    ring(platform)
    ring(platform)
    assert audit_jobs(platform) == 1, "asked for once"
    audits = [audit for one in follow_exposures(platform, grades, campaign).places for audit in one.audits]
    assert sorted(one.state for one in audits) == [AuditState.PLANNED, AuditState.RUNNING]
    record_run(platform, next(one.run_id for one in audits if one.run_id))
    view = follow_exposures(platform, grades, campaign)
    assert view.counts == {ExposureProgress.DONE: 1, ExposureProgress.PLANNED: 1}
    (told,) = list_campaigns(platform, grades)
    assert (told.asked, told.joined, told.counting) == (2, 2, 1)


@pytest.mark.both_databases
def test_what_is_added_meanwhile_is_planned_by_itself(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    campaign = open_campaign()
    assert line(platform, grades, campaign, hospitals.valley).progress is ExposureProgress.NO_TARGET
    expose(hospitals.valley)
    clock.forward(days=5)
    ring(platform)
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    assert audit.due_at > clock.now()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"until": date(2026, 2, 1)}, "n’autorise aucun moment"),
        ({"scope": "198.51.100.0/24"}, "ne couvre pas"),
        ({"hours": "09:00-09:05"}, "n’autorise aucun moment"),
    ],
)
def test_why_a_target_cannot_be_audited_is_said(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    how: dict[str, object], said: str,
) -> None:  # fmt: skip
    expose(hospitals.valley, **how)
    found = line(platform, grades, open_campaign(), hospitals.valley)
    assert (found.progress, found.audits) == (ExposureProgress.NO_MANDATE, ())
    assert said in found.why[0][1]


def test_a_target_without_a_mandate_or_with_one_withdrawn(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int],
) -> None:  # fmt: skip
    targets.add_target(
        platform, machine, hospitals.valley, TargetDraft("exposure", "Nue", {"targets": ["203.0.113.10"]}, {}, None)
    )
    expose(hospitals.hill)
    mandates.withdraw_mandate(platform, machine, 1)
    campaign = open_campaign()
    assert line(platform, grades, campaign, hospitals.valley).why == (
        ("Nue", "Aucun mandat n’est rattaché à cette cible."),
    )
    assert "retiré" in line(platform, grades, campaign, hospitals.hill).why[0][1]


@pytest.mark.both_databases
def test_a_mandate_withdrawn_before_the_hour_stops_the_audit(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int], clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley)
    campaign = open_campaign()
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    mandates.withdraw_mandate(platform, machine, 1)
    clock.time = audit.due_at + timedelta(minutes=1)
    ring(platform)
    assert audit_jobs(platform) == 0
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    assert audit.state is AuditState.WAITING
    assert "a été retiré" in audit.told
    clock.time = datetime(2026, 4, 2, tzinfo=PARIS)
    ring(platform)
    assert line(platform, grades, campaign, hospitals.valley).audits[0].state is AuditState.MISSED
    assert line(platform, grades, campaign, hospitals.valley).progress is ExposureProgress.NOT_DONE


def test_an_hour_that_was_missed_is_put_off_to_the_next_night(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley)
    campaign = open_campaign()
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    clock.time = datetime.combine(audit.due_at.astimezone(PARIS).date() + timedelta(days=1), time(12), PARIS)
    ring(platform)  # the machine was off during the night
    (later,) = line(platform, grades, campaign, hospitals.valley).audits
    assert audit_jobs(platform) == 0
    assert later.due_at > clock.now()
    assert not time(6) <= later.due_at.astimezone(PARIS).time() < time(20)
    assert later.due_at < clock.now() + timedelta(hours=18)
    assert "n’autorise l’audit que de 20:00-06:00" in later.told
    clock.time = later.due_at
    ring(platform)
    assert audit_jobs(platform) == 1
    assert line(platform, grades, campaign, hospitals.valley).audits[0].told == ""


def test_a_target_that_is_busy_waits_its_turn(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int], clock: FixedClock,
) -> None:  # fmt: skip
    target = expose(hospitals.valley, hours="")
    campaign = open_campaign()
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    clock.time = audit.due_at + timedelta(minutes=1)
    with platform.database.write() as session:
        order = jobs.Order(JobKind.AUDIT, establishment_id=hospitals.valley, target_id=target)
        other = jobs.submit(platform, session, order, "tests")
    ring(platform)
    assert "déjà en attente" in line(platform, grades, campaign, hospitals.valley).audits[0].told
    with platform.database.write() as session:
        session.execute(update(Job).where(Job.id == other).values(state=JobState.DONE))
    clock.forward(minutes=10)
    ring(platform)
    assert line(platform, grades, campaign, hospitals.valley).audits[0].state is AuditState.RUNNING


@pytest.mark.both_databases
def test_what_failed_is_planned_again_when_asked(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley, hours="")
    campaign = open_campaign()
    clock.time = line(platform, grades, campaign, hospitals.valley).audits[0].due_at
    ring(platform)
    with platform.database.write() as session:
        failed = {"state": JobState.FAILED, "error_fr": "Injoignable", "error_en": "Unreachable"}
        session.execute(update(Job).where(Job.kind == JobKind.AUDIT).values(**failed))
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    assert (audit.state, audit.told) == (AuditState.FAILED, "Injoignable")
    clock.forward(hours=1)
    assert plan_missing(platform, grades, campaign) == 1
    assert plan_missing(platform, grades, campaign) == 0
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    assert (audit.state, audit.run_id) == (AuditState.PLANNED, None)
    assert audit.due_at >= clock.now() + timedelta(days=1), "there is time to decline"
    clock.time = audit.due_at
    ring(platform)
    assert audit_jobs(platform) == 2
    clock.forward(days=60)
    with pytest.raises(Refused, match="over"):
        plan_missing(platform, grades, campaign)


def fail(platform: Platform, error: str = "Injoignable") -> None:
    """What the worker says of the audits that wait or run."""
    values = {"state": JobState.FAILED, "error_fr": error, "error_en": "Unreachable"}
    going_on = Job.state.in_([JobState.QUEUED, JobState.RUNNING])
    with platform.database.write() as session:
        session.execute(update(Job).where(Job.kind == JobKind.AUDIT, going_on).values(**values))


@pytest.mark.both_databases
def test_what_failed_is_tried_again_by_itself_a_few_times_within_its_hours(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley)
    campaign = open_campaign()
    for number in range(1, MOST_TRIES + 1):
        (audit,) = line(platform, grades, campaign, hospitals.valley).audits
        assert audit.state is AuditState.PLANNED
        assert ("Essai" in audit.told) == (number > 1)
        assert not time(6) <= audit.due_at.astimezone(PARIS).time() < time(20)
        clock.time = audit.due_at
        ring(platform)
        assert audit_jobs(platform) == number
        fail(platform, f"Injoignable {number}")
        (audit,) = line(platform, grades, campaign, hospitals.valley).audits
        assert (audit.state, f"Injoignable {number}" in audit.told) == (AuditState.FAILED, True)
        ring(platform)
        ring(platform)
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    assert audit.state is AuditState.FAILED, "no fourth try"
    assert audit.told == f"Injoignable {MOST_TRIES} Essai 3 sur 3 ; le précédent a échoué : Injoignable 2"
    assert plan_missing(platform, grades, campaign) == 1, "people may still ask for it"


def test_a_failed_audit_whose_mandate_ended_or_that_was_cancelled_is_not_tried_again(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int], clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley, hours="")
    expose(hospitals.hill, hours="")
    campaign = open_campaign()
    clock.time = datetime(2026, 3, 28, 12, tzinfo=PARIS)
    ring(platform)
    assert audit_jobs(platform) == 2
    mandates.withdraw_mandate(platform, machine, 2)
    (cancelled,) = line(platform, grades, campaign, hospitals.hill).audits
    assert cancelled.state is AuditState.FAILED
    assert "Annulé par" in cancelled.told
    fail(platform)
    mandates.withdraw_mandate(platform, machine, 1)
    ring(platform)
    for place in (hospitals.valley, hospitals.hill):
        (audit,) = line(platform, grades, campaign, place).audits
        assert (audit.state, audit.run_id is None) == (AuditState.FAILED, False)
    assert audit_jobs(platform) == 2


def test_nothing_is_tried_again_after_the_end(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley, hours="")
    campaign = open_campaign()
    clock.time = datetime(2026, 3, 31, 23, 30, tzinfo=PARIS)
    ring(platform)
    fail(platform)
    ring(platform)  # less than an hour is left
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    assert (audit.state, audit.told) == (AuditState.FAILED, "Injoignable")
    clock.forward(days=2)
    ring(platform)
    assert audit_jobs(platform) == 1


@pytest.mark.both_databases
def test_a_worker_lost_in_a_campaign_leaves_one_audit_counted_once(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley, hours="")
    campaign = open_campaign()
    clock.time = line(platform, grades, campaign, hospitals.valley).audits[0].due_at
    ring(platform)
    lost = jobs.claim(platform, Lane.AUDIT, "lost")
    assert lost is not None
    clock.forward(seconds=LEASE.total_seconds() + 1)
    assert jobs.reap(platform) == 1
    ring(platform)
    taken = jobs.claim(platform, Lane.AUDIT, "other")
    assert taken is not None
    assert (taken.job_id, taken.fence) == (lost.job_id, lost.fence + 1)
    with pytest.raises(jobs.LostJob), platform.database.write() as session:
        jobs.finish(session, lost, clock.now())
    (audit,) = line(platform, grades, campaign, hospitals.valley).audits
    record_run(platform, audit.run_id)
    ring(platform)
    view = follow_exposures(platform, grades, campaign)
    assert (audit_jobs(platform), view.states) == (1, {AuditState.DONE: 1})
    with platform.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Run)) == 1


@pytest.mark.both_databases
def test_an_establishment_declines_an_audit_and_allows_it_again(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int], clock: FixedClock,
) -> None:  # fmt: skip
    target = expose(hospitals.valley, hours="")
    campaign = open_campaign()
    (asked,) = asked_audits(platform, ciso, hospitals.valley)
    assert (asked.title, asked.may_decline, len(asked.line.audits)) == ("Façades de printemps", True, 1)
    decline_audit(platform, ciso, hospitals.valley, campaign, target, "Bascule du DPI cette nuit-là")
    found = line(platform, grades, campaign, hospitals.valley)
    assert (found.progress, found.audits[0].declined) == (ExposureProgress.NOT_DONE, "Bascule du DPI cette nuit-là")
    clock.time = found.audits[0].due_at + timedelta(minutes=1)
    ring(platform)
    assert audit_jobs(platform) == 0
    with pytest.raises(Invalid):
        decline_audit(platform, ciso, hospitals.valley, campaign, target, "x" * 301)
    decline_audit(platform, ciso, hospitals.valley, campaign, target, "")
    ring(platform)
    assert audit_jobs(platform) == 1
    with pytest.raises(Refused, match="already started"):
        decline_audit(platform, ciso, hospitals.valley, campaign, target, "Trop tard")


def test_others_neither_see_nor_decline(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int],
) -> None:  # fmt: skip
    target = expose(hospitals.hill)
    campaign = open_campaign()
    with pytest.raises(NotFound):
        decline_audit(platform, ciso, hospitals.valley, campaign, target, "x")  # of another establishment
    with pytest.raises(NotFound):
        decline_audit(platform, ciso, hospitals.hill, campaign, target, "x")
    with pytest.raises(Forbidden):
        decline_audit(platform, grades, hospitals.hill, campaign, target, "x")  # it is theirs to say
    with pytest.raises(NotFound):
        follow_exposures(platform, person(Role.REGIONAL, Level.REGION, hospitals.other_region), campaign)
    with pytest.raises(NotFound):
        follow_exposures(platform, ciso, campaign)
    assert asked_audits(platform, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.far) == ()


@pytest.mark.both_databases
def test_changing_the_dates_plans_anew_and_excusing_stops(
    platform: Platform, grades: Scope, ciso: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int], clock: FixedClock,
) -> None:  # fmt: skip
    target = expose(hospitals.valley, hours="")
    expose(hospitals.hill, hours="")
    campaign = open_campaign()
    decline_audit(platform, ciso, hospitals.valley, campaign, target, "Non")
    later = replace(DRAFT, opens_on=date(2026, 5, 4), closes_on=date(2026, 5, 8))
    change_campaign(platform, grades, campaign, later, 1)
    (audit,) = line(platform, grades, campaign, hospitals.hill).audits
    assert date(2026, 5, 4) <= audit.due_at.astimezone(PARIS).date() <= date(2026, 5, 8)
    assert line(platform, grades, campaign, hospitals.valley).audits[0].declined == "Non"
    change_campaign(platform, grades, campaign, replace(later, title="Autre titre"), 2)
    assert line(platform, grades, campaign, hospitals.hill).audits[0].due_at == audit.due_at
    excuse(platform, grades, campaign, hospitals.hill, "Fusion")
    clock.time = audit.due_at + timedelta(minutes=1)
    ring(platform)
    assert audit_jobs(platform) == 0
    assert line(platform, grades, campaign, hospitals.hill).progress is ExposureProgress.EXCUSED


@pytest.mark.both_databases
def test_who_closed_or_left_the_territory_is_no_longer_audited(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int],
    clock: FixedClock,
) -> None:  # fmt: skip
    expose(hospitals.valley, hours="")
    expose(hospitals.hill, hours="")
    campaign = open_campaign()
    with platform.database.write() as session:
        session.get_one(Establishment, hospitals.valley).region_id = hospitals.other_region
        session.get_one(Establishment, hospitals.hill).closed_on = date(2026, 3, 2)
    clock.time = datetime(2026, 3, 31, 12, tzinfo=PARIS)
    ring(platform)
    assert audit_jobs(platform) == 0
    audits = [audit for one in follow_exposures(platform, grades, campaign).places for audit in one.audits]
    assert {one.told for one in audits} == {"L’établissement a fermé ou quitté ce territoire."}


@pytest.mark.both_databases
def test_who_cannot_be_audited_is_reminded(
    platform: Platform, machine: Scope, grades: Scope, hospitals: Hospitals, expose: Expose,
    open_campaign: Callable[[], int],
) -> None:  # fmt: skip
    expose(hospitals.valley)
    for login, place in (("vallee", hospitals.valley), ("colline", hospitals.hill)):
        grant = Grant(Role.CISO, Place(Level.ESTABLISHMENT, place))
        draft = accounts.AccountDraft(
            login, login, "une phrase de passe solide", (grant,), email=f"{login}@example.org"
        )
        accounts.open_account(platform, machine, draft)
    campaign = open_campaign()
    assert [remind(platform, grades, campaign) for _ in range(2)] == [1, 0]
    with platform.database.read() as session:
        mail = session.scalars(select(Mail)).one()
    assert mail.recipient == "colline@example.org"
    assert "un mandat en cours de validité" in mail.body


def test_the_file_has_every_establishment_and_many_cost_few_queries(
    platform: Platform, grades: Scope, hospitals: Hospitals, expose: Expose, open_campaign: Callable[[], int]
) -> None:
    for rank in range(5):
        expose(hospitals.valley, f"Façade {rank}")
    campaign = open_campaign()
    text = audits_csv(platform, grades, campaign).decode("utf-8-sig")
    assert text.count("Hôpital de la Vallée;") == 5
    assert "Hôpital de la Colline;GHT des Deux Rives;Aucune cible" in text
    with counted(platform.database) as statements:
        follow_exposures(platform, grades, campaign)
    assert len([one for one in statements if one.lstrip().upper().startswith("SELECT")]) <= 14
    with platform.database.read() as session:
        days = {row.due_at.date() for row in session.scalars(select(CampaignAudit))}
    assert len(days) == 5, "those of one establishment fall on different nights"
