"""Real worker processes: killed, stopped and told to cancel in the middle of a real collection."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from care import config
from care.domain.access import Scope
from care.domain.jobs import LEASE, JobKind, JobState
from care.services import audits, jobs
from care.services.audits import Started
from care.services.errors import Refused
from care.services.exercises.conducting import Conductor
from care.services.handlers import HANDLERS
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.services.targets import TargetDraft, add_target
from care.services.work import Hold
from care.store.evidence import Evidence
from care.store.findings import FindingRow
from care.store.jobs import Job
from care.store.runs import RuleOutcome, Run
from care.store.trouble import StorageError, UnreachableError
from care.wiring import build_platform
from care.worker import Worker
from scanners.errors import CollectError
from scanners.model import Text
from tests.support.clock import FixedClock
from tests.support.machine import SilentServer, care, eventually, silent_server
from tests.support.people import plant_hospitals
from tests.unit.remote_access.ssh_hosts import Host, Listening, private_key, saying, serving, stopping_after

CANCEL_SECONDS = 3.0
HANGS_SECONDS = 25
"""What a bastion may take in the test of those that hang; one that answers takes eight, most of them for ssh-audit."""
REPORT = (Path(__file__).parents[1] / "unit/remote_access/recorded/report.txt").read_bytes()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Platform]:
    """A platform on real adapters, shared with the processes of the test."""
    platform = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path)}, tmp_path))
    prepare_database(platform)
    yield platform
    platform.doorbell.close()
    platform.database.close()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    with silent_server() as server:
        yield server


@pytest.fixture
def endless(installation: Platform, machine: Scope, silent: SilentServer) -> Started:
    """An audit asked for, of a directory that accepts connections and never answers."""
    establishment = plant_hospitals(installation).valley
    request = {"server": f"ldaps://127.0.0.1:{silent.port}", "user": "audit@hopital.test", "seconds": 600}
    target = add_target(installation, machine, establishment, TargetDraft("ad", "Muet", request, {"password": "x"}))
    started = audits.start_audit(installation, machine, target)
    assert started is not None
    return started


def state(platform: Platform, machine: Scope, started: Started) -> JobState:
    return jobs.watch(platform, machine, started.job_id).state


def nothing_recorded(platform: Platform) -> bool:
    with platform.database.read() as session:
        return not any(
            session.scalar(select(func.count()).select_from(table)) for table in (Evidence, FindingRow, RuleOutcome)
        )


def later(platform: Platform) -> Platform:
    """The same platform, as seen when every lease of now has run out."""
    clock = FixedClock(platform.clock.now() + LEASE + LEASE)
    return replace(platform, clock=clock)


def test_kill_9_in_the_middle_of_an_audit_loses_nothing_and_records_nothing(
    installation: Platform, machine: Scope, endless: Started, silent: SilentServer
) -> None:
    for attempt in (1, 2):
        with care(installation.settings.data_dir, "worker") as worker:
            eventually(lambda: silent.open_connections() == 1, f"attempt {attempt} is collecting")
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
            eventually(lambda: silent.open_connections() == 0, "the collection died with its worker")
        assert state(installation, machine, endless) is JobState.RUNNING
        with pytest.raises(Refused):
            audits.start_audit(installation, machine, 1)
        assert jobs.reap(later(installation)) == 1
        assert nothing_recorded(installation)
        assert state(installation, machine, endless) is (JobState.QUEUED if attempt == 1 else JobState.FAILED)
    assert "nothing was half recorded" in jobs.WORKER_DIED.en
    assert jobs.watch(installation, machine, endless.job_id).error == jobs.WORKER_DIED.fr
    assert audits.start_audit(installation, machine, 1) is not None


def test_cancelling_ends_the_collection_within_three_seconds(
    installation: Platform, machine: Scope, endless: Started, silent: SilentServer
) -> None:
    with care(installation.settings.data_dir, "worker"):
        eventually(lambda: silent.open_connections() == 1, "collecting")
        jobs.cancel(installation, machine, endless.job_id)
        took = eventually(lambda: silent.open_connections() == 0, "the collection ended")
        eventually(lambda: state(installation, machine, endless) is JobState.CANCELLED, "cancelled")
    assert took <= CANCEL_SECONDS
    assert nothing_recorded(installation)


def test_a_stopped_worker_gives_its_job_back_and_leaves_no_process(
    installation: Platform, machine: Scope, endless: Started, silent: SilentServer
) -> None:
    with care(installation.settings.data_dir, "worker") as worker:
        eventually(lambda: silent.open_connections() == 1, "collecting")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == 0
    assert silent.open_connections() == 0
    assert state(installation, machine, endless) is JobState.QUEUED


def running(platform: Platform, handler: object, kind: JobKind = JobKind.PURGE) -> int:
    """Submit a job, let a worker of one thread per lane do it, and stop the worker."""
    with platform.database.write() as session:
        job_id = jobs.submit(platform, session, jobs.Order(kind), "tests")
    assert job_id is not None
    worker = Worker(platform, {kind: handler}, audits=1)  # type: ignore[dict-item]
    worker.start()
    try:
        eventually(lambda: _over(platform, job_id), "the job is over")
    finally:
        assert worker.stop()
    return job_id


def _over(platform: Platform, job_id: int) -> bool:
    from care.domain.access import machine_scope

    return jobs.watch(platform, machine_scope("tests"), job_id).state.over


def test_a_defect_fails_the_job_with_a_reference_and_the_worker_goes_on(
    installation: Platform, machine: Scope, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_platform: Platform, _hold: Hold) -> None:
        raise ZeroDivisionError("secret detail")

    seen = jobs.watch(installation, machine, running(installation, broken))
    assert seen.state is JobState.FAILED
    assert seen.error_reference
    assert seen.error_reference in seen.error
    assert "secret detail" not in seen.error
    assert seen.error_reference in caplog.text


def test_an_expected_failure_is_said_as_it_is(installation: Platform, machine: Scope) -> None:
    def refused(_platform: Platform, _hold: Hold) -> None:
        raise CollectError("Mot de passe refusé ; corrigez-le.", "Wrong password; correct it.")

    seen = jobs.watch(installation, machine, running(installation, refused))
    assert (seen.state, seen.error) == (JobState.FAILED, "Mot de passe refusé ; corrigez-le.")


def test_a_database_that_goes_away_fails_no_job(installation: Platform, machine: Scope) -> None:
    """The attempt ends, the job does not: its lease runs out, and another attempt does it."""
    attempts: list[int] = []

    def handler(platform: Platform, hold: Hold) -> None:
        attempts.append(hold.claim.job_id)
        if len(attempts) == 1:
            raise UnreachableError("La base ne répond pas.", "The database does not answer.")
        with platform.database.write() as session:
            hold.finish(session, Text("Fait.", "Done."))

    def work(until: int) -> None:
        worker = Worker(installation, {JobKind.PURGE: handler}, audits=0)
        worker.start()
        eventually(lambda: len(attempts) == until, f"attempt {until}")
        worker.stop()

    with installation.database.write() as session:
        number = jobs.submit(installation, session, jobs.Order(JobKind.PURGE), machine.actor)
    assert number is not None
    work(1)
    assert jobs.watch(installation, machine, number).state is JobState.RUNNING
    assert jobs.reap(later(installation)) == 1
    work(2)
    assert jobs.watch(installation, machine, number).state is JobState.DONE
    assert attempts == [number, number]


def test_progress_is_told_once(installation: Platform, machine: Scope) -> None:
    def talkative(platform: Platform, hold: Hold) -> None:
        for _ in range(100):
            hold.progress(0.5, Text("À mi-chemin.", "Half way."))
        with platform.database.write() as session:
            hold.finish(session)

    seen = jobs.watch(installation, machine, running(installation, talkative))
    assert [one.text for one in seen.events].count("À mi-chemin.") == 1


def test_jobs_are_done_without_a_doorbell(installation: Platform, machine: Scope) -> None:
    """The queue is broken: polling the table finds the job all the same."""
    done = threading.Event()

    def note(platform: Platform, hold: Hold) -> None:
        done.set()
        with platform.database.write() as session:
            hold.finish(session)

    (installation.settings.data_dir / "queue.sqlite3").mkdir()
    running(installation, note)
    assert done.is_set()


def test_serve_opens_closes_and_leaves_nothing(tmp_path: Path) -> None:
    import urllib.error
    import urllib.request

    from tests.support.postgresql import free_port

    port = free_port()

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                return bool(page.status == 200)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code < 500
        except OSError:
            return False

    for said in ("Base créée", "CaRE est ouvert"):
        with care(tmp_path, "serve", CARE_PORT=str(port)) as server:
            eventually(answers, "the first page is served")
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=20) == 0
            with pytest.raises(ProcessLookupError):
                os.killpg(server.pid, 0)
        assert said in (tmp_path / "serve.log").read_text(encoding="utf-8")


def test_the_clocks_of_exercises_outlive_a_database_that_fails_and_a_defect(
    installation: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    troubles = [StorageError("La base est pleine.", "The database is full.")] * 5 + [ZeroDivisionError("a defect")]
    ticks: list[int] = []

    def tick(_conductor: Conductor) -> None:
        ticks.append(1)
        if troubles:
            raise troubles.pop(0)

    monkeypatch.setattr(Conductor, "tick", tick)
    worker = Worker(installation, {}, audits=0)
    worker.start()
    try:
        eventually(lambda: len(ticks) >= 8, "the clocks go on")
    finally:
        assert worker.stop()
    told = [record.getMessage() for record in caplog.records if "clocks" in record.getMessage()]
    assert told == [
        "the clocks of exercises: trouble, will be tried again until it is over",
        "the clocks of exercises: in order again",
    ]
    assert sum("reference" in record.getMessage() for record in caplog.records) == 1


def test_bastions_that_hang_cost_their_own_time_and_hold_nobody_up(
    installation: Platform, machine: Scope, tmp_path: Path
) -> None:
    """Three real servers let in and never answer, two do: with five places, both are reviewed while the three hang."""
    place = plant_hospitals(installation).valley
    hurried = replace(installation, settings=replace(installation.settings, collect_seconds=HANGS_SECONDS))
    over = threading.Event()
    with ExitStack() as servers:
        hung = [servers.enter_context(serving(Host(stopping_after(b"", over), over=over))) for _ in range(3)]
        good = [servers.enter_context(serving(Host(saying(REPORT)))) for _ in range(2)]
        asked = [_review(installation, machine, place, one) for one in (*hung, *good)]
        worker = Worker(hurried, HANDLERS, audits=1, bastions=5)
        worker.start()
        try:
            for one in asked[3:]:
                eventually(
                    lambda job=one: state(installation, machine, job) is JobState.DONE,  # type: ignore[misc]
                    "a bastion that answers was reviewed",
                )
            assert [state(installation, machine, one) for one in asked[:3]] == [JobState.RUNNING] * 3
            for one in asked[:3]:
                eventually(
                    lambda job=one: state(installation, machine, job) is JobState.FAILED,  # type: ignore[misc]
                    "its own limit ended a bastion that hangs",
                    2 * HANGS_SECONDS,
                )
        finally:
            over.set()
            assert worker.stop()
    with installation.database.read() as session:
        runs = session.scalars(select(Run).order_by(Run.id)).all()
        assert [run.recorded_at is not None for run in runs] == [False, False, False, True, True]
        said = session.scalars(select(Job.error_en).where(Job.state == JobState.FAILED)).all()
    assert len(said) == 3
    assert all("went over its limit" in one for one in said)


def test_no_more_bastions_at_once_than_there_are_places(installation: Platform, machine: Scope) -> None:
    place = plant_hospitals(installation).valley
    for number in range(3):
        _review(installation, machine, place, Listening(f"audit@127.0.0.1:{2200 + number}", ""))
    going, most = threading.Semaphore(0), []
    leave = threading.Event()

    def review(platform: Platform, hold: Hold) -> None:
        with platform.database.read() as session:
            most.append(session.scalar(select(func.count()).where(Job.state == JobState.RUNNING)))
        going.release()
        assert leave.wait(30)
        with platform.database.write() as session:
            hold.finish(session, jobs.DONE)

    worker = Worker(installation, {JobKind.AUDIT: review}, audits=2, bastions=2)
    worker.start()
    try:
        assert going.acquire(timeout=30)
        assert going.acquire(timeout=30)
        with installation.database.read() as session:
            waiting = session.scalar(select(func.count()).where(Job.state == JobState.QUEUED))
        assert waiting == 1  # although two places for other audits are free
        leave.set()
        assert going.acquire(timeout=30)
    finally:
        leave.set()
        assert worker.stop()
    assert max(most) <= 2


def _review(platform: Platform, machine: Scope, place: int, where: Listening) -> Started:
    request = {"bastion": where.bastion, "known_hosts": where.known_hosts}
    draft = TargetDraft("remote_access", where.bastion, request, {"private_key": private_key()})
    started = audits.start_audit(platform, machine, add_target(platform, machine, place, draft))
    assert started is not None
    return started
