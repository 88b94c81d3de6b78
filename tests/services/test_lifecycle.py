"""The lifecycle of findings at the level of the database: any history, many writers, a killed worker, a clock that
goes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from care.domain.access import Scope, machine_scope
from care.domain.findings import Change, Decision, Key, Sighting, State, Verdict
from care.domain.jobs import LEASE, JobState
from care.services import audits, findings, jobs, recording, runs
from care.services.dashboard import open_dashboard
from care.services.findings import DecisionDraft, FindingFilter
from care.services.platform import Platform
from care.services.work import Hold
from care.store.findings import FindingEvent, FindingRow, SightingRow
from care.store.tallies import differences
from scanners.model import Severity
from tests.services.test_tallies import fresh
from tests.support.audits import PlannedAudits, add_directory, claimed, planned_rule, result, run_audit, write_facts
from tests.support.blocked_recording import MARK, second_run
from tests.support.clock import FixedClock
from tests.support.machine import eventually
from tests.support.people import Hospitals
from tests.support.ports import JudgeHere, PlannedCollect
from tests.support.recordings import START, Seen, plant_targets, record_run
from tests.support.tables import dump
from tests.unit.domain.test_findings import Book

both = pytest.mark.both_databases
RULES = ("ad.old", "ad.weak")
TARGETS = ("first", "second")
FINDING = tuple[State, Severity, int, datetime]


@dataclass
class Model(Book):
    """The pure lifecycle with people's decisions: what the database must say after the same history."""

    def decide(self, key: Key, decision: Decision, now: datetime) -> None:
        if self.rows[key].state is not State.FIXED:
            self.decisions[key] = decision
            self.rows[key] = replace(self.rows[key], state=State(decision.verdict.value))

    def expire(self, now: datetime) -> None:
        for key in [key for key, decision in self.decisions.items() if not decision.holds(now)]:
            del self.decisions[key]
            if self.rows[key].state is not State.FIXED:
                self.rows[key] = replace(self.rows[key], state=State.OPEN)

    def told(self) -> tuple[Mapping[Key, FINDING], Mapping[tuple[Key, str], Sighting]]:
        rows = {
            key: (row.state, row.severity, int(str(row.evidence["level"])), row.first_seen or START)
            for key, row in self.rows.items()
        }
        return rows, self.sightings


def told(platform: Platform, targets: Mapping[str, int]) -> Any:
    """The same from the tables."""
    names = {number: name for name, number in targets.items()}
    with platform.database.read() as session:
        findings_there = session.scalars(select(FindingRow)).all()
        keys = {row.id: Key(row.rule, row.subject_key) for row in findings_there}
        sightings = {
            (keys[row.finding_id], names[row.target_id]): Sighting(
                row.first_seen_at, row.last_seen_at, row.perimeter, row.gone_at
            )
            for row in session.scalars(select(SightingRow))
        }
    rows = {keys[row.id]: (row.state, row.severity, row.evidence["level"], row.first_seen_at) for row in findings_there}
    return rows, sightings


named = st.lists(st.sampled_from("ab"), unique=True, min_size=1)
one_run = st.builds(
    Seen,
    day=st.integers(0, 6),
    subjects=st.fixed_dictionaries(dict.fromkeys(RULES, st.one_of(named, named, st.just(()), st.none()))),
    conclusive=st.booleans(),
    perimeter=st.sampled_from(["dc", "dc", "other"]),
    level=st.integers(1, 3),
)
histories = st.lists(
    st.one_of(
        *[st.tuples(st.just("run"), one_run, st.sampled_from(TARGETS))] * 4,
        st.tuples(st.just("again"), st.none(), st.integers(0, 9)),
        st.tuples(st.just("decide"), st.sampled_from(list(Verdict)), st.integers(0, 3)),
        st.tuples(st.just("wait"), st.none(), st.integers(-1, 4)),
    ),
    min_size=4,
    max_size=10,
)


@pytest.fixture
def targets(platform: Platform, machine: Scope, hospitals: Hospitals) -> dict[str, int]:
    return plant_targets(platform, machine, hospitals.valley, TARGETS)


@settings(max_examples=80)
@given(history=histories)
def _as_the_model_says(platform: Platform, place: int, targets: dict[str, int], history: list[Any]) -> None:
    model = Model()
    with fresh(platform) as copy:
        for kind, what, where in history:
            now = copy.clock.now()
            if kind == "run":
                model.record(what.observed(), where, now)
                record_run(copy, place, targets[where], what)
            elif kind == "again" and model.recorded:
                _record_again(copy, place, targets, model, where)
            elif kind == "decide" and model.rows:
                _decide(copy, model, what, where)
            elif kind == "wait":
                assert isinstance(copy.clock, FixedClock)
                copy.clock.forward(days=where)
                findings.expire_decisions(copy)
                model.expire(copy.clock.now())
            assert told(copy, targets) == model.told()


def _record_again(copy: Platform, place: int, targets: dict[str, int], model: Model, which: int) -> None:
    """The same facts once more: not one row of findings changes."""
    target, observed = model.recorded[which % len(model.recorded)]
    before = dump(copy)
    days = (observed.at - START).days
    judged = {
        rule: [one.subject for one in observed.judged[rule].seen.values()] if rule in observed.judged else None
        for rule in RULES
    }
    some = next(iter(observed.judged.values()), None)
    level = next((int(str(one.evidence["level"])) for j in observed.judged.values() for one in j.seen.values()), 1)
    seen = Seen(days, judged, some.conclusive if some else True, observed.perimeter, level)
    record_run(copy, place, targets[target], seen)
    assert dump(copy) == before


def _decide(copy: Platform, model: Model, verdict: Verdict, which: int) -> None:
    key = sorted(model.rows)[which % len(model.rows)]
    if model.rows[key].state is State.FIXED:
        return
    now = copy.clock.now()
    until = None if verdict is Verdict.FALSE_POSITIVE else now + timedelta(days=2)
    with copy.database.read() as session:
        number = session.scalars(
            select(FindingRow.id).where(FindingRow.rule == key.rule, FindingRow.subject_key == key.subject)
        ).one()
    draft = DecisionDraft(verdict, "Vu.", now + timedelta(days=2), "La directrice")
    findings.decide(copy, machine_scope("tests"), number, draft)
    model.decide(key, Decision(verdict, until), now)


@pytest.mark.parametrize("together", [20_000, 1], ids=["whole", "rule by rule"])
def test_any_history_gives_the_rows_of_the_model(
    platform: Platform,
    hospitals: Hospitals,
    targets: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    together: int,
) -> None:
    """Also when a run is recorded in parts, as those of large directories are."""
    monkeypatch.setattr(recording, "_MOST_FINDINGS", together)
    _as_the_model_says(platform, hospitals.valley, targets)


def test_a_run_recorded_in_parts_tells_all_that_it_changed(
    platform: Platform, hospitals: Hospitals, targets: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_MOST_FINDINGS", 1)
    place, target = hospitals.valley, targets["first"]
    record_run(platform, place, target, Seen(1, {"ad.old": ["a", "b"], "ad.weak": ["a"]}))
    record_run(platform, place, target, Seen(2, {"ad.old": [], "ad.weak": ["a"]}))
    worst = Seen(3, {"ad.old": ["a"], "ad.weak": ["a", "c"]}, severity=Severity.CRITICAL)
    written = record_run(platform, place, target, worst)
    assert (written.counts[Change.NEW], written.counts[Change.STILL], written.counts[Change.BACK]) == (1, 1, 1)
    assert len(written.back) == 1
    assert written.criticals == {("ad.old", "a"), ("ad.weak", "c")}


@both
def test_many_writers_at_once_give_the_rows_of_any_order(
    platform: Platform, hospitals: Hospitals, targets: dict[str, int]
) -> None:
    """Rows do not depend on the order of recording: threads end with those of the model, whatever order was theirs."""
    planned = [
        (target, Seen(day, {"ad.weak": subjects, "ad.old": subjects[:1]}, level=day))
        for (day, subjects), target in product(
            enumerate([["a", "b", "c"], ["b"], ["b", "d"], [], ["c", "d"]], start=1), TARGETS
        )
    ]
    model = Model()
    for target, seen in planned:
        model.record(seen.observed(), target, platform.clock.now())
    begin, errors = threading.Barrier(len(planned)), []

    def write(target: str, seen: Seen) -> None:
        begin.wait()
        try:
            record_run(platform, hospitals.valley, targets[target], seen)
        except BaseException as error:  # noqa: BLE001 - told by the test, whatever it is
            errors.append(error)

    threads = [threading.Thread(target=write, args=one) for one in planned]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert told(platform, targets) == model.told()
    with platform.database.read() as session:
        assert differences(session) == 0
        new = session.execute(
            select(FindingEvent.finding_id, func.count())
            .where(FindingEvent.what == "new")
            .group_by(FindingEvent.finding_id)
        ).all()
    assert [count for _finding, count in new] == [1] * len(model.rows)


@both
def test_deciding_while_runs_are_recorded_loses_neither(
    platform: Platform, machine: Scope, hospitals: Hospitals, targets: dict[str, int]
) -> None:
    record_run(platform, hospitals.valley, targets["first"], Seen(0, {"ad.weak": ["a", "b"]}))
    with platform.database.read() as session:
        ids = session.scalars(select(FindingRow.id).order_by(FindingRow.id)).all()
    until = platform.clock.now() + timedelta(days=9)
    work: list[Any] = [
        lambda: findings.decide(platform, machine, ids[0], DecisionDraft(Verdict.ACCEPTED, "Vu.", until, "Elle")),
        lambda: findings.decide(platform, machine, ids[1], DecisionDraft(Verdict.FALSE_POSITIVE, "Vu.")),
        *[
            lambda day=day: record_run(
                platform, hospitals.valley, targets["second"], Seen(day, {"ad.weak": ["a", "b"]}, level=day)
            )
            for day in range(1, 5)
        ],
    ]
    begin, errors = threading.Barrier(len(work)), []

    def do(step: Any) -> None:
        begin.wait()
        try:
            step()
        except BaseException as error:  # noqa: BLE001 - told by the test, whatever it is
            errors.append(error)

    threads = [threading.Thread(target=do, args=(step,)) for step in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    rows, _sightings = told(platform, targets)
    assert [row[0] for _key, row in sorted(rows.items())] == [State.ACCEPTED, State.FALSE_POSITIVE]
    assert {row[2] for row in rows.values()} == {4}
    with platform.database.read() as session:
        assert differences(session) == 0


STEPS = (
    "care.services.recording:_update",  # what is new is written, what is gone is not closed yet
    "care.services.recording:retally",  # all is written but the counts
    "care.services.jobs:finish",  # all is written but the end of the job
)


@pytest.fixture
def audited(
    monkeypatch: pytest.MonkeyPatch, platform: Platform, machine: Scope, hospitals: Hospitals
) -> tuple[Platform, PlannedAudits, int]:
    """A directory audited once by the real worker's code: `a` and `b` are open."""
    plan = PlannedAudits([result(START, {"weak": ["a", "b"]})])
    assert isinstance(platform.judge_directory, JudgeHere)
    platform.judge_directory.plan = plan.judge_directory
    for reader in ("findings", "runs"):
        monkeypatch.setattr(f"care.services.{reader}.rule_by_id", lambda rule: planned_rule(rule.partition(".")[2]))
    assert isinstance(platform.collect, PlannedCollect)
    platform.collect.make = write_facts
    target = add_directory(platform, machine, hospitals.valley)
    run_audit(platform, machine, target)
    return platform, plan, target


@both
@pytest.mark.parametrize("step", STEPS)
def test_kill_9_inside_the_recording_loses_nothing_and_leaves_nothing_half(
    audited: tuple[Platform, PlannedAudits, int], machine: Scope, tmp_path: Path, step: str
) -> None:
    platform, plan, target = audited
    started = audits.start_audit(platform, machine, target)
    assert started is not None
    tables = ("finding", "sighting", "finding_event", "finding_tally", "finding_flow", "rule_outcome", "evidence")
    before = dump(platform, tables)

    command = [sys.executable, "-m", "tests.support.blocked_recording", str(tmp_path)]
    worker = subprocess.Popen([*command, platform.settings.database_url, step], stdin=subprocess.PIPE)
    try:
        eventually((tmp_path / MARK).exists, "the worker is inside its transaction")
        os.kill(worker.pid, signal.SIGKILL)
    finally:
        worker.kill()
        worker.communicate()
    assert worker.returncode == -signal.SIGKILL
    assert dump(platform, tables) == before
    assert jobs.watch(platform, machine, started.job_id).state is JobState.RUNNING

    later = replace(platform, clock=FixedClock(datetime.now(START.tzinfo) + LEASE + LEASE))
    assert jobs.reap(later) == 1
    plan.results = [second_run()]
    audits.audit(later, Hold(later, claimed(later, worker="heir")))
    seen = runs.open_run(later, machine, started.run_id)
    assert seen.line.state is JobState.DONE
    assert seen.line.counts is not None
    assert (seen.line.counts.new, seen.line.counts.still, seen.line.counts.fixed) == (1, 1, 1)
    with later.database.read() as session:
        states = {row.subject: row.state for row in session.scalars(select(FindingRow))}
        assert differences(session) == 0
    assert states == {"a": State.FIXED, "b": State.OPEN, "c": State.OPEN}


@both
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_decision_survives_every_run_and_ends_on_time(
    platform: Platform,
    machine: Scope,
    hospitals: Hospitals,
    targets: dict[str, int],
    clock: FixedClock,
    verdict: Verdict,
) -> None:
    def record(day: int, *subjects: str) -> State:
        record_run(platform, hospitals.valley, targets["first"], Seen(day, {"ad.weak": subjects}, level=day))
        with platform.database.read() as session:
            return session.scalars(select(FindingRow.state)).one()

    record(0, "a")
    until = clock.now() + timedelta(days=10)
    findings.decide(platform, machine, 1, DecisionDraft(verdict, "Vu.", until, "La directrice"))
    decided = State(verdict.value)
    assert [record(1, "a"), record(2, "a"), record(3), record(4, "a")] == [decided, decided, State.FIXED, decided]
    clock.forward(days=10)
    ended = decided if verdict is Verdict.FALSE_POSITIVE else State.OPEN
    assert record(5, "a") == ended
    happened = [one.what for one in findings.open_finding(platform, machine, 1).events]
    assert happened == ["new", "decided", "fixed", "back", *(["expired"] if ended is State.OPEN else [])]


@both
def test_a_decision_that_ended_a_second_ago_shows_as_ended_without_any_worker(
    platform: Platform, machine: Scope, hospitals: Hospitals, targets: dict[str, int], clock: FixedClock
) -> None:
    place = hospitals.valley
    readers: Sequence[Any] = (
        lambda: findings.list_findings(platform, machine, place, FindingFilter(states=(State.OPEN,))).page.total,
        lambda: findings.group_findings(platform, machine, place, FindingFilter(states=(State.OPEN,))).findings,
        lambda: open_dashboard(platform, machine, place).by_state[State.OPEN],
        lambda: int(findings.open_finding(platform, machine, 1).line.state is State.OPEN),
    )
    record_run(platform, place, targets["first"], Seen(0, {"ad.weak": ["a"]}))
    for read in readers:
        until = clock.now() + timedelta(days=7)
        findings.decide(platform, machine, 1, DecisionDraft(Verdict.POSTPONED, "Été.", until))
        clock.time = until - timedelta(seconds=1)
        assert read() == 0
        clock.time = until + timedelta(seconds=1)
        assert read() == 1


@both
def test_a_clock_that_goes_back_loses_nothing_and_revives_nothing(
    platform: Platform, machine: Scope, hospitals: Hospitals, targets: dict[str, int], clock: FixedClock
) -> None:
    first = targets["first"]
    record_run(platform, hospitals.valley, first, Seen(0, {"ad.weak": ["a", "b"]}))
    begin = clock.now()
    until = begin + timedelta(days=5)
    findings.decide(platform, machine, 1, DecisionDraft(Verdict.ACCEPTED, "Vu.", until, "La directrice"))
    clock.forward(days=6)
    assert findings.expire_decisions(platform) == 1
    clock.time = begin - timedelta(days=30)
    assert findings.expire_decisions(platform) == 0
    record_run(platform, hospitals.valley, first, Seen(1, {"ad.weak": ["a"]}))
    record_run(platform, hospitals.valley, first, Seen(2, {"ad.weak": ["a", "b"]}))
    seen = findings.open_finding(platform, machine, 1)
    assert seen.line.state is State.OPEN
    assert [one.what for one in seen.events] == ["new", "decided", "expired"]
    other = findings.open_finding(platform, machine, 2)
    assert [one.what for one in other.events] == ["new", "fixed", "back"]
    for line in (seen.line, other.line):
        assert line.first_seen_at <= line.last_seen_at
    with platform.database.read() as session:
        assert all(
            row.first_seen_at <= row.last_seen_at and (row.gone_at is None or row.last_seen_at <= row.gone_at)
            for row in session.scalars(select(SightingRow))
        )
        assert differences(session) == 0
    findings.decide(platform, machine, 1, DecisionDraft(Verdict.POSTPONED, "Été.", clock.now() + timedelta(days=1)))
    clock.forward(days=1)
    assert findings.open_finding(platform, machine, 1).line.state is State.OPEN
