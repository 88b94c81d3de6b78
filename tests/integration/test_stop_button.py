"""The stop button on a real audit: from the click to the last packet, with a worker in its own process."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from sqlalchemy import select

from care import config
from care.domain.access import Scope, machine_scope
from care.domain.jobs import JobState
from care.domain.restraints import ExclusionMode, StopCause
from care.services import audits, jobs, restraints, runs
from care.services.mandates import MandateDraft, add_mandate
from care.services.platform import Platform
from care.services.restraints import ExclusionDraft
from care.services.setup import prepare_database
from care.services.targets import TargetDraft, add_target
from care.store.jobs import Job
from care.store.runs import Run
from care.wiring import build_platform
from tests.support.machine import care, eventually
from tests.support.people import plant_hospitals

pytestmark = pytest.mark.lab

MACHINE = machine_scope("tests")
NETWORK = IPv4Network("127.91.7.0/28")
EXCLUDED = IPv4Address("127.91.7.5")
STOP_SECONDS = 2.0
QUIET_SECONDS = 2.0
_ETH_P_IP = 0x0800
_DESTINATION = 16


@dataclass
class Watched:
    """When each address of the network was last sent something."""

    last: dict[IPv4Address, float] = field(default_factory=dict)

    def latest(self) -> float:
        return max(dict(self.last).values(), default=0.0)


@contextmanager
def packets() -> Iterator[Watched]:
    """Every IP packet of loopback that goes to the network, for as long as the block lasts."""
    watched, over = Watched(), threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_IP)) as wire:
        wire.bind(("lo", _ETH_P_IP))
        wire.settimeout(0.1)

        def listen() -> None:
            while not over.is_set():
                try:
                    packet = wire.recv(128)
                except TimeoutError:
                    continue
                (number,) = struct.unpack_from("!I", packet, _DESTINATION)
                if IPv4Address(number) in NETWORK:
                    watched.last[IPv4Address(number)] = time.monotonic()

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield watched
        finally:
            over.set()
            thread.join()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Platform]:
    """A platform on real adapters, shared with the worker."""
    platform = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path)}, tmp_path))
    prepare_database(platform)
    yield platform
    platform.doorbell.close()
    platform.database.close()


def asked(platform: Platform, scope: Scope, establishment_id: int, profile: str) -> audits.Started:
    """A long audit of the network: every port of every address."""
    today = platform.clock.now().date()
    span = (today - timedelta(days=1), today + timedelta(days=30))
    draft = MandateDraft("La directrice", "Directrice", "M-1", (str(NETWORK),), (), *span, unsigned_why="Essai")
    mandate = add_mandate(platform, scope, establishment_id, draft)
    request = {"targets": [str(NETWORK)], "ports": "20000-60000", "profile": profile}
    target = add_target(platform, scope, establishment_id, TargetDraft("exposure", "Façade", request, {}, mandate))
    started = audits.start_audit(platform, scope, target)
    assert started is not None
    return started


def state(platform: Platform, job_id: int) -> JobState:
    with platform.database.read() as session:
        return session.scalars(select(Job.state).where(Job.id == job_id)).one()


@pytest.mark.parametrize("profile", ["gentle", "standard"])
def test_no_packet_leaves_two_seconds_after_everything_was_stopped(
    installation: Platform, tmp_path: Path, profile: str
) -> None:
    place = plant_hospitals(installation).valley
    until = installation.clock.now().date() + timedelta(days=9)
    spared = ExclusionDraft(str(EXCLUDED), ExclusionMode.NO_SCAN, "Moniteur", until)
    restraints.add_exclusion(installation, MACHINE, place, spared)
    started = asked(installation, MACHINE, place, profile)
    with packets() as watched, care(tmp_path, "worker"):
        eventually(lambda: len(watched.last) > 3, "the audit sends packets")
        clicked = time.monotonic()
        assert restraints.stop_everything(installation, MACHINE, place, "un automate répond mal") == 1
        eventually(lambda: state(installation, started.job_id).over, "the job ends", 10)
        eventually(lambda: time.monotonic() > clicked + STOP_SECONDS + QUIET_SECONDS, "two quiet seconds pass")
        assert watched.latest() - clicked <= STOP_SECONDS
        assert EXCLUDED not in watched.last, "an excluded address is never contacted"
    assert state(installation, started.job_id) is JobState.CANCELLED
    run = runs.open_run(installation, MACHINE, started.run_id)
    assert (run.line.complete, run.cut_short.cause) == (False, StopCause.PERSON)
    assert run.cut_short.left_over
    assert all(not outcome.conclusive for outcome in run.outcomes), "a part closes nothing"
    (one,) = run.spared
    assert one.addresses == (str(EXCLUDED),)


def test_a_window_that_closes_in_the_middle_stops_the_audit_and_the_rest_waits(
    installation: Platform, tmp_path: Path
) -> None:
    place = plant_hospitals(installation).valley
    started = asked(installation, MACHINE, place, "gentle")
    with packets() as watched, care(tmp_path, "worker"):
        eventually(lambda: len(watched.last) > 3, "the audit sends packets")
        day = installation.clock.now().date()
        freeze = restraints.FreezeDraft(day - timedelta(days=1), day + timedelta(days=1), "bascule")
        frozen = time.monotonic()
        restraints.add_freeze(installation, MACHINE, place, freeze)
        took = eventually(lambda: state(installation, started.job_id).over, "the job ends", 10)
        assert took < 10
        eventually(lambda: time.monotonic() > frozen + 7, "it stays quiet")
        assert watched.latest() - frozen <= 5
    assert runs.open_run(installation, MACHINE, started.run_id).cut_short.cause is StopCause.WINDOW
    with installation.database.read() as session:
        rest = session.scalars(select(Run).where(Run.continues_id == started.run_id)).one()
        job = session.get_one(Job, rest.job_id)
    assert job.state is JobState.QUEUED
    assert job.due_at.astimezone().date() > day
    jobs.cancel(installation, MACHINE, job.id)
