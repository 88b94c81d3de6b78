"""Safety of exposure audits: what is excluded, when they keep quiet, what stops them, what becomes of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.findings import State
from care.domain.jobs import JobKind, JobState, Lane
from care.domain.restraints import ExclusionMode, StopCause
from care.domain.rhythm import Step
from care.services import audits, findings, jobs, restraints, rhythms, runs
from care.services.audit_hours import closes_at
from care.services.deadlines import DeadlineFilter, list_deadlines
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.handlers import HANDLERS
from care.services.mandates import withdraw_mandate
from care.services.platform import Platform
from care.services.restraints import ExclusionDraft, FreezeDraft, QuietDraft
from care.services.targets import open_target
from care.services.work import Hold
from care.store.findings import FindingRow
from care.store.jobs import Job
from care.store.restraints import Rhythm
from care.store.runs import Run
from care.store.targets import Target
from scanners.archive import Archive, Manifest, read_archive, write_archive
from scanners.collection import Cancelled
from scanners.exposure.facts import Exclusion, ExposureFacts, Port, Service
from scanners.model import Gap, Text
from scanners.vulnerabilities.model import Compared, Confidence, Flaw
from tests.support.alerts import Audits
from tests.support.audits import claimed
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import PlannedCollect
from tests.unit.exposure.specimens import compared, facts, host

both = pytest.mark.both_databases
PARIS = ZoneInfo("Europe/Paris")
TELNET = Port(23, Service("telnet"))
EVERY_DAY = frozenset(range(7))


@pytest.fixture
def exposure(platform: Platform, machine: Scope, clock: FixedClock) -> Audits:
    return Audits(platform, machine, clock)


@pytest.fixture
def target(exposure: Audits, hospitals: Hospitals) -> int:
    return exposure.target(hospitals.valley)


def seen(*addresses: str, left_out: tuple[str, ...] = (), exclusions: tuple[Exclusion, ...] = ()) -> ExposureFacts:
    """Facts where each address has an open telnet."""
    return replace(facts(*(host(one, TELNET) for one in addresses)), left_out=left_out, exclusions=exclusions)


def states(platform: Platform) -> dict[str, State]:
    with platform.database.read() as session:
        rows = session.scalars(select(FindingRow).where(FindingRow.rule == "exposure.telnet_exposed"))
        return {row.subject: row.state for row in rows}


def exclude(
    platform: Platform,
    machine: Scope,
    place: int,
    what: str,
    mode: ExclusionMode = ExclusionMode.NO_SCAN,
    days: int = 30,
) -> int:
    until = platform.clock.now().date() + timedelta(days=days)
    return restraints.add_exclusion(platform, machine, place, ExclusionDraft(what, mode, "Moniteur ancien", until))


# ---------------------------------------------------------------- exclusions


@both
def test_an_exclusion_reaches_the_collector_to_its_last_day_and_not_after(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int, clock: FixedClock
) -> None:
    exclude(platform, machine, hospitals.valley, "192.0.2.7", days=3)
    exclude(platform, machine, hospitals.far, "192.0.2.8")
    until = (clock.now().date() + timedelta(days=3)).isoformat()
    wanted = [{"what": "192.0.2.7", "mode": "no_scan", "reason": "Moniteur ancien", "until": until}]
    assert isinstance(platform.collect, PlannedCollect)
    exposure.run(target, seen("192.0.2.1"))
    clock.forward(days=3)
    exposure.run(target, seen("192.0.2.1"))
    clock.forward(days=1)
    last = exposure.run(target, seen("192.0.2.1"))
    assert [call[1]["exclusions"] for call in platform.collect.calls] == [wanted, wanted, []]
    (ended,) = runs.open_run(platform, machine, last).spared
    assert ended.ended, "an exclusion that ended since the last audit is told by the next"


@both
def test_what_was_not_contacted_closes_nothing(
    platform: Platform, machine: Scope, exposure: Audits, target: int
) -> None:
    exposure.run(target, seen("192.0.2.1", "192.0.2.7"))
    exclusion = Exclusion("192.0.2.7", "no_scan", "x", "2026-12-31", ("192.0.2.7",))
    second = seen("192.0.2.9", left_out=("192.0.2.7",), exclusions=(exclusion,))
    exposure.run(target, replace(second, hosts=(host("192.0.2.1"), *second.hosts)))
    assert states(platform) == {
        "192.0.2.1:23/tcp": State.FIXED, "192.0.2.7:23/tcp": State.OPEN, "192.0.2.9:23/tcp": State.OPEN,
    }  # fmt: skip


@both
def test_what_is_not_reported_is_set_aside_with_its_reason_and_comes_back(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int, clock: FixedClock
) -> None:
    number = exclude(platform, machine, hospitals.valley, "leurre.hopital.fr", ExclusionMode.NO_REPORT, days=10)
    exclusion = Exclusion("leurre.hopital.fr", "no_report", "x", "2026-12-31", ("192.0.2.7",))
    run = exposure.run(target, seen("192.0.2.1", "192.0.2.7", exclusions=(exclusion,)))
    assert states(platform) == {"192.0.2.1:23/tcp": State.OPEN, "192.0.2.7:23/tcp": State.POSTPONED}
    (spared,) = runs.open_run(platform, machine, run).spared
    assert (spared.what, spared.count, spared.ended) == ("leurre.hopital.fr", 1, False)
    restraints.lift_exclusion(platform, machine, hospitals.valley, number)
    assert states(platform)["192.0.2.7:23/tcp"] is State.OPEN
    exclude(platform, machine, hospitals.valley, "leurre.hopital.fr", ExclusionMode.NO_REPORT, days=10)
    exposure.run(target, seen("192.0.2.1", "192.0.2.7", exclusions=(exclusion,)))
    assert states(platform)["192.0.2.7:23/tcp"] is State.POSTPONED
    clock.forward(days=11)
    findings.expire_decisions(platform)
    assert states(platform)["192.0.2.7:23/tcp"] is State.OPEN, "an exclusion that ends reports again by itself"


def test_the_end_of_an_exclusion_is_a_deadline_until_it_has_come(
    platform: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock
) -> None:
    exclude(platform, machine, hospitals.valley, "192.0.2.7", days=3)

    def told() -> list[str]:
        found = list_deadlines(platform, machine, hospitals.valley, DeadlineFilter()).page.lines
        return [line.title for line in found if "192.0.2.7" in line.title]

    assert told() == ["Fin de l’exclusion de « 192.0.2.7 » : les audits y regarderont de nouveau"]
    clock.forward(days=4)
    assert told() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": "-oN /tmp/x"}, "what"),
        ({"what": ""}, "what"),
        ({"what": "192.0.2.1; reboot"}, "what"),
        ({"reason": " "}, "reason"),
        ({"until": date(2020, 1, 1)}, "until"),
        ({"until": date(2099, 1, 1)}, "until"),
    ],
)
def test_an_exclusion_says_what_why_and_until_when(
    platform: Platform, machine: Scope, hospitals: Hospitals, changes: dict[str, Any], field: str
) -> None:
    draft = ExclusionDraft("192.0.2.1", ExclusionMode.NO_SCAN, "Vieux", platform.clock.now().date())
    with pytest.raises(Invalid) as refusal:
        restraints.add_exclusion(platform, machine, hospitals.valley, replace(draft, **changes))
    assert list(refusal.value.fields) == [field]


def test_each_establishment_holds_its_own_audits_back(platform: Platform, hospitals: Hospitals) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for who, answer in ((director, Forbidden), (stranger, NotFound)):
        with pytest.raises(answer):
            restraints.stop_everything(platform, who, hospitals.valley, "")
        with pytest.raises(answer):
            exclude(platform, who, hospitals.valley, "192.0.2.1")


# ---------------------------------------------------------------- hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@both
def test_quiet_hours_refuse_a_person_and_make_the_calendar_wait(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, clock: FixedClock
) -> None:
    restraints.add_quiet(platform, machine, hospitals.valley, QuietDraft(EVERY_DAY, "07:30-18:00", "consultations"))
    clock.time = at("2026-03-03T12:00")
    with pytest.raises(Refused, match="consultations"):
        audits.start_audit(platform, machine, target)
    later = audits.start_scheduled(platform, machine, target, "slot")
    assert later is not None
    assert later.at == at("2026-03-03T18:00")
    assert jobs.claim(platform, Lane.AUDIT, "w") is None
    clock.time = at("2026-03-03T18:00")
    assert jobs.claim(platform, Lane.AUDIT, "w") is not None


@both
def test_a_freeze_holds_every_audit_to_its_last_midnight(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, clock: FixedClock
) -> None:
    clock.time = at("2026-03-03T12:00")
    draft = FreezeDraft(date(2026, 3, 3), date(2026, 3, 5), "certification")
    number = restraints.add_freeze(platform, machine, hospitals.valley, draft)
    with pytest.raises(Refused, match="certification"):
        audits.start_audit(platform, machine, target)
    later = audits.start_scheduled(platform, machine, target, "slot")
    assert later is not None
    assert later.at == at("2026-03-06T00:00")
    restraints.remove_freeze(platform, machine, hospitals.valley, number)
    with platform.database.read() as session:
        assert closes_at(platform, session, session.get_one(Target, target), clock.now()) is None


def test_a_freeze_put_in_place_before_the_worker_comes_sends_the_audit_back(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, clock: FixedClock
) -> None:
    clock.time = at("2026-03-03T12:00")
    audits.start_audit(platform, machine, target)
    draft = FreezeDraft(date(2026, 3, 3), date(2026, 3, 3), "bascule")
    restraints.add_freeze(platform, machine, hospitals.valley, draft)
    audits.audit(platform, Hold(platform, claimed(platform)))
    with platform.database.read() as session:
        job = session.scalars(select(Job).where(Job.kind == JobKind.AUDIT)).one()
    assert (job.state, job.due_at) == (JobState.QUEUED, at("2026-03-04T00:00"))
    assert isinstance(platform.collect, PlannedCollect)
    assert platform.collect.calls == [], "no packet"


# ---------------------------------------------------------------- cut short


class Cut:
    """A collector that is cut short after one address of two; `meanwhile` happens while it works."""

    def __init__(self, platform: Platform, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self._clock = clock
        self.meanwhile: Callable[[], object] = lambda: None
        self.earlier: list[str] = []
        monkeypatch.setattr("care.services.cut_short._LOOK_EVERY_SECONDS", 0.0)
        monkeypatch.setattr("care.services.work._LOOK_EVERY_SECONDS", 0.0)
        assert isinstance(platform.collect, PlannedCollect)
        platform.collect.make = self.collect

    def collect(
        self, scanner: str, request: Mapping[str, Any], out: Path, _progress: object, stopped: Callable[[], bool]
    ) -> Archive[Any]:
        self.earlier.append(request["earlier"])
        if not stopped():
            self.meanwhile()
        found = seen("192.0.2.1") if not request["earlier"] else seen("192.0.2.1", "192.0.2.2")
        if stopped():
            gap = Gap("hosts", Text("Interrompu.", "Stopped."), truncated=True)
            found = replace(found, unfinished=("192.0.2.2",), gaps=(gap,))
        now = self._clock.now().isoformat()
        write_archive(out, Manifest(scanner, 1, "192.0.2.0/24", now, now, "tests"), found)
        return read_archive(out)


@pytest.fixture
def cut(platform: Platform, clock: FixedClock, target: int, monkeypatch: pytest.MonkeyPatch) -> Cut:
    return Cut(platform, clock, monkeypatch)


def go(platform: Platform) -> int:
    """Do the next audit as the worker does; its run."""
    claim = claimed(platform)
    audits.audit(platform, Hold(platform, claim))
    with platform.database.read() as session:
        return session.scalars(select(Run.id).where(Run.job_id == claim.job_id)).one()


@both
def test_a_window_that_closes_meanwhile_keeps_a_part_and_the_rest_waits_for_the_next(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, clock: FixedClock, cut: Cut
) -> None:
    restraints.add_quiet(platform, machine, hospitals.valley, QuietDraft(EVERY_DAY, "07:30-18:00", "consultations"))
    clock.time = at("2026-03-03T07:00")
    audits.start_audit(platform, machine, target)

    def morning() -> None:
        clock.time = at("2026-03-03T07:30")

    cut.meanwhile = morning
    first = go(platform)
    part = runs.open_run(platform, machine, first)
    assert part.line.complete is False
    assert (part.cut_short.cause, part.cut_short.left_over) == (StopCause.WINDOW, 1)
    assert states(platform) == {"192.0.2.1:23/tcp": State.OPEN}
    assert jobs.claim(platform, Lane.AUDIT, "w") is None, "the rest waits"
    clock.time = at("2026-03-03T18:00")
    cut.meanwhile = lambda: None
    second = go(platform)
    whole = runs.open_run(platform, machine, second)
    assert (whole.line.complete, whole.cut_short.continues) == (True, first)
    assert cut.earlier[0] == ""
    assert cut.earlier[1].endswith(part.facts_sha256)
    assert len(states(platform)) == 2
    assert jobs.claim(platform, Lane.AUDIT, "w") is None, "nothing is left"


@both
def test_who_stops_an_audit_keeps_what_it_saw_and_it_closes_nothing(
    platform: Platform, machine: Scope, target: int, clock: FixedClock, cut: Cut
) -> None:
    audits.start_audit(platform, machine, target)
    go(platform)
    cut.meanwhile = lambda: None
    started = audits.start_audit(platform, machine, target)
    assert started is not None
    cut.meanwhile = lambda: jobs.cancel(platform, machine, started.job_id)
    run = runs.open_run(platform, machine, go(platform))
    assert (run.line.state, run.line.complete) == (JobState.CANCELLED, False)
    assert run.cut_short.cause is StopCause.PERSON
    assert "fixed" not in {state.value for state in states(platform).values()}
    assert jobs.claim(platform, Lane.AUDIT, "w") is None, "who stops it decides when it goes on"
    taken = audits.take_up(platform, machine, run.line.id)
    assert taken is not None
    cut.meanwhile = lambda: None
    assert runs.open_run(platform, machine, go(platform)).line.complete is True
    with pytest.raises(Refused, match="a later one followed"):
        audits.take_up(platform, machine, run.line.id)


@both
def test_an_exclusion_made_meanwhile_ends_the_audit_and_the_rest_goes_on_without_it(
    platform: Platform, machine: Scope, hospitals: Hospitals, target: int, clock: FixedClock, cut: Cut
) -> None:
    audits.start_audit(platform, machine, target)
    cut.meanwhile = lambda: exclude(platform, machine, hospitals.valley, "192.0.2.2")
    assert runs.open_run(platform, machine, go(platform)).cut_short.cause is StopCause.EXCLUSION
    cut.meanwhile = lambda: None
    go(platform)
    assert isinstance(platform.collect, PlannedCollect)
    assert [one["what"] for one in platform.collect.calls[1][1]["exclusions"]] == ["192.0.2.2"]


def test_a_rest_that_does_not_shrink_is_not_taken_up_for_ever(
    platform: Platform, machine: Scope, target: int, clock: FixedClock, cut: Cut
) -> None:
    clock.time = at("2026-03-03T12:00")
    audits.start_audit(platform, machine, target)
    moment = at("2026-03-03T12:00")
    for _audit in range(2):
        cut.meanwhile = lambda: exclude(platform, machine, 1, f"192.0.2.{100 + len(cut.earlier)}")
        go(platform)
    assert clock.now() == moment
    assert jobs.claim(platform, Lane.AUDIT, "w") is None


@both
def test_everything_stops_at_once_and_nothing_starts_before_it_is_allowed(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int
) -> None:
    other, far = exposure.target(hospitals.valley, "Autre"), exposure.target(hospitals.far)
    for one in (target, other, far):
        audits.start_audit(platform, machine, one)
    running = claimed(platform)
    assert restraints.stop_everything(platform, machine, hospitals.valley, "panne") == 2
    assert jobs.must_stop(platform, running)
    with platform.database.read() as session:
        kept = session.scalars(select(Job.target_id).where(Job.state == JobState.QUEUED)).all()
    assert kept == [far]
    for start in (
        lambda: audits.start_audit(platform, machine, other),
        lambda: audits.start_scheduled(platform, machine, other, "slot"),
    ):
        with pytest.raises(Refused, match="panne"):
            start()
    restraints.allow_again(platform, machine, hospitals.valley)
    assert audits.start_audit(platform, machine, other) is not None


def test_nothing_seen_before_the_stop_is_a_cancelled_audit(
    platform: Platform, machine: Scope, target: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: object) -> Archive[Any]:
        raise Cancelled

    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = nothing
    audits.start_audit(platform, machine, target)
    with pytest.raises(Cancelled):
        audits.audit(platform, Hold(platform, claimed(platform)))


# ---------------------------------------------------------------- rhythm


def rhythm(platform: Platform, target: int) -> Rhythm:
    with platform.database.read() as session:
        return session.get_one(Rhythm, target)


def tick(platform: Platform) -> None:
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.RHYTHM), "calendar")
    claim = jobs.claim(platform, Lane.SERVICE, "w")
    while claim is not None and claim.kind is not JobKind.RHYTHM:
        with platform.database.write() as session:
            jobs.finish(session, claim, platform.clock.now())
        claim = jobs.claim(platform, Lane.SERVICE, "w")
    assert claim is not None
    HANDLERS[claim.kind](platform, Hold(platform, claim))


@both
def test_the_next_audit_follows_what_is_open_and_comes_down_step_by_step(
    platform: Platform, machine: Scope, exposure: Audits, target: int, clock: FixedClock
) -> None:
    assert rhythm(platform, target).due_at is None, "nothing before a person asks for the first audit"
    exposure.run(target, seen("192.0.2.1"))
    worst = rhythm(platform, target).step
    assert worst in (Step.CRITICAL, Step.HIGH)
    clean = facts(host("192.0.2.1"))
    steps = []
    for _audit in range(4):
        exposure.run(target, clean)
        steps.append(rhythm(platform, target).step)
    order = list(Step)
    assert steps == [order[min(3, order.index(worst) + number)] for number in range(1, 5)]
    assert rhythm(platform, target).due_at == clock.now() + timedelta(days=7)


@pytest.mark.parametrize(
    ("exploited_since", "step", "hours"), [("2021-12-01", Step.CRITICAL, 12), ("", Step.LOWER, 96)]
)
def test_a_flaw_that_attackers_use_is_looked_at_again_every_12_hours_even_to_confirm(
    platform: Platform, exposure: Audits, target: int, clock: FixedClock, exploited_since: str, step: Step, hours: int
) -> None:
    flaw = Flaw("CVE-2019-0211", Confidence.TO_CONFIRM, "< 2.4.39", 5.0, exploited_since)
    web = Port(80, Service("http", "Apache httpd", "2.4.38", source="probe"))
    known = compared(Compared("apache:http_server", "2.4.38", ("192.0.2.1:80/tcp",), (flaw,)))
    exposure.run(target, replace(facts(host("192.0.2.1", web)), vulnerabilities=known))
    found = rhythm(platform, target)
    assert (found.step, found.due_at) == (step, clock.now() + timedelta(hours=hours))


def test_a_port_that_no_audit_may_question_lets_the_rhythm_calm_down(
    platform: Platform, exposure: Audits, target: int
) -> None:
    def clean(subject: str) -> ExposureFacts:
        gap = Gap("services", Text("Muet.", "Silent."), truncated=True, subject=subject)
        return replace(facts(host("192.0.2.1")), gaps=(gap,))

    def step() -> int:
        return list(Step).index(rhythm(platform, target).step or Step.CRITICAL)

    exposure.run(target, seen("192.0.2.1"))
    worst = step()
    exposure.run(target, clean(""))
    assert step() == worst, "nobody knows what was left out"
    exposure.run(target, clean("192.0.2.9:9100/tcp"))
    assert step() == worst + 1


def test_a_first_audit_that_fails_is_asked_again_within_a_week(
    platform: Platform, machine: Scope, exposure: Audits, target: int, clock: FixedClock
) -> None:
    audits.start_audit(platform, machine, target)
    assert rhythm(platform, target).due_at == clock.now() + timedelta(days=7), "should it never be recorded"


def test_one_silence_is_heard_again_before_a_target_counts_as_silent(
    platform: Platform, exposure: Audits, target: int
) -> None:
    steps = []
    for _audit in range(2):
        exposure.run(target, facts())
        steps.append(rhythm(platform, target).step)
    assert steps == [Step.CLEAN, Step.SILENT]


@both
def test_what_is_due_is_asked_for_once_within_its_hours_and_can_be_switched_off(
    platform: Platform, machine: Scope, hospitals: Hospitals, exposure: Audits, target: int, clock: FixedClock
) -> None:
    clock.time = at("2026-03-03T06:00")
    exposure.run(target, facts(host("192.0.2.1")))
    restraints.add_quiet(platform, machine, hospitals.valley, QuietDraft(EVERY_DAY, "07:30-18:00", "consultations"))
    clock.time = at("2026-03-10T12:00")
    tick(platform)
    tick(platform)
    with platform.database.read() as session:
        waiting = session.scalars(select(Job).where(Job.kind == JobKind.AUDIT, Job.state == JobState.QUEUED)).all()
    assert [job.due_at for job in waiting] == [at("2026-03-10T18:00")]
    shown = rhythms.open_rhythm(platform, machine, target)
    assert shown is not None
    assert "consultations" in shown.told
    rhythms.set_rhythm(platform, machine, target, enabled=False)
    assert rhythm(platform, target).due_at is None


def test_a_rhythm_without_mandate_says_why_nothing_starts(
    platform: Platform, machine: Scope, exposure: Audits, target: int, clock: FixedClock
) -> None:
    exposure.run(target, facts(host("192.0.2.1")))
    mandate = open_target(platform, machine, target).mandate_id
    assert mandate is not None
    withdraw_mandate(platform, machine, mandate)
    clock.forward(days=8)
    tick(platform)
    shown = rhythms.open_rhythm(platform, machine, target)
    assert shown is not None
    assert "a été retiré" in shown.told
    assert shown.due_at is not None
    assert shown.due_at > clock.now()
