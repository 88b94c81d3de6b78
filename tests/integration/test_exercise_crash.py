"""kill -9 of the real server in the middle of exercises: the same clock afterwards, nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import select, update

from care import config
from care.domain.exercises import Seat
from care.domain.mail import MailState
from care.services.exercises.conducting import obey
from care.services.exercises.directing import board
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.store.exercises import Exercise, ExerciseEvent, ExerciseParticipant
from care.store.outbox import Mail
from care.wiring import build_platform
from exercises.decide import Play, Start
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.machine import care, eventually
from tests.support.people import MACHINE, plant_hospitals
from tests.support.postgresql import free_port
from tests.support.smtp import SmtpServer, smtp_server

DUE = ("S02", "S03", "S05")
"""The first two fall due at the tenth minute of the exercise, in that order, the last much later."""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Platform]:
    built = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path)}, tmp_path))
    prepare_database(built)
    yield with_one_kit(built)
    built.doorbell.close()
    built.database.close()


def under_way(platform: Platform, establishment: int, seconds: float) -> int:
    """An exercise that has run for ten minutes less `seconds`, its clock kept until now."""
    exercise_id = prepared(platform, MACHINE, establishment)
    now = platform.clock.now()
    with platform.database.write() as session:
        row = session.get_one(Exercise, exercise_id)
        known = {one["id"]: one for one in row.content["stimuli"]}
        stimuli = [
            {**known[key], "at": at, "when": [], "to": ["ward", "it"], "channel": "mail"}
            for key, at in zip(DUE, (10, 10, 40), strict=True)
        ]
        row.content = {**row.content, "stimuli": stimuli}
    earlier = FixedClock(now - timedelta(seconds=600 - seconds))
    obey(replace(platform, clock=earlier), MACHINE, exercise_id, Start())
    _noted(platform, exercise_id, now, 600 - seconds)
    return exercise_id


def _noted(platform: Platform, exercise_id: int, at: datetime, second: float) -> None:
    with platform.database.write() as session:
        change = update(Exercise).where(Exercise.id == exercise_id)
        session.execute(change.values(pulse_at=at, pulse_second=second))


def events(platform: Platform, exercise_id: int) -> list[tuple[str, str]]:
    """What was written, with its stimulus if any."""
    with platform.database.read() as session:
        query = select(ExerciseEvent).where(ExerciseEvent.exercise_id == exercise_id).order_by(ExerciseEvent.number)
        return [(row.content["what"], row.content.get("stimulus", "")) for row in session.scalars(query)]


def played(platform: Platform, exercise_id: int) -> list[str]:
    return [key for what, key in events(platform, exercise_id) if what == "played"]


def kill(process_id: int) -> None:
    """Nothing is flushed, nothing is closed."""
    os.killpg(process_id, signal.SIGKILL)


def test_exercises_go_on_through_kills_with_their_clock_and_every_stimulus_once(installation: Platform) -> None:
    valley = plant_hospitals(installation).valley
    running = [under_way(installation, valley, 4.0 + turn) for turn in range(14)]
    origin = {one: board(installation, MACHINE, one).started_at for one in running}
    folder, port = installation.settings.data_dir, str(free_port())

    def reached() -> int:
        done = [{key for what, key in events(installation, one) if what in {"played", "held"}} for one in running]
        return sum("S02" in keys for keys in done)

    for until in (1, 4, 9, len(running)):
        with care(folder, "serve", CARE_PORT=port) as server:
            eventually(lambda wanted=until: reached() >= wanted, f"{until} exercises have reached their stimulus")
            kill(server.pid)
    for one in running:
        found, what = board(installation, MACHINE, one), events(installation, one)
        reached_once = [key for name, key in what if name in {"played", "held"}]
        assert reached_once == ["S02", "S03"], "both, once, in their order"
        if ("interrupted", "") not in what:  # a machine so slow that a start takes longer than the grace
            assert {name for name, _ in what} == {"started", "played"}
        since = (installation.clock.now() - _due_at(origin[one])).total_seconds()
        assert found.second == pytest.approx(600 + since, abs=1), "the clock of the start"
        assert all(line.second >= 600 for line in found.timeline if line.id in DUE), "never before its time"


def _due_at(started: datetime | None) -> datetime:
    assert started is not None
    return started + timedelta(minutes=10)


def test_after_a_longer_outage_what_is_overdue_waits_for_the_facilitator(installation: Platform) -> None:
    valley = plant_hospitals(installation).valley
    exercise = under_way(installation, valley, 120)
    folder, port = installation.settings.data_dir, str(free_port())
    with care(folder, "serve", CARE_PORT=port) as server:
        eventually(lambda: _noted_at(installation, exercise) > installation.clock.now() - timedelta(seconds=2), "kept")
        kill(server.pid)
    _pass(installation, exercise, timedelta(minutes=5))
    with care(folder, "serve", CARE_PORT=port) as server:
        eventually(lambda: ("held", "S03") in events(installation, exercise), "both wait")
        kill(server.pid)
    what = [key for key, _ in events(installation, exercise)]
    assert what == ["started", "interrupted", "held", "held"], "nothing bursts"
    assert [slot.id for slot in board(installation, MACHINE, exercise).held] == ["S02", "S03"]
    with care(folder, "serve", CARE_PORT=port) as server:
        eventually(lambda: _noted_at(installation, exercise) > installation.clock.now() - timedelta(seconds=2), "kept")
        obey(installation, MACHINE, exercise, Play("S02"))
        kill(server.pid)
    assert [key for key, _ in events(installation, exercise)] == [*what, "played"], "the rest still waits"


def _noted_at(platform: Platform, exercise_id: int) -> datetime:
    with platform.database.read() as session:
        at = session.get_one(Exercise, exercise_id).pulse_at
    assert at is not None
    return at


def _pass(platform: Platform, exercise_id: int, span: timedelta) -> None:
    """Time passes while nothing runs: whatever is dated becomes older."""
    with platform.database.write() as session:
        row = session.get_one(Exercise, exercise_id)
        assert row.pulse_at is not None
        row.pulse_at -= span
        for event in session.scalars(select(ExerciseEvent).where(ExerciseEvent.exercise_id == exercise_id)):
            event.at -= span


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with smtp_server() as server:
        server.held = Event()
        yield server
        server.held.set()


def test_a_mail_cut_by_the_kill_is_uncertain_and_does_not_leave_again_by_itself(
    installation: Platform, relay: SmtpServer
) -> None:
    valley = plant_hospitals(installation).valley
    exercise = under_way(installation, valley, 3)
    with installation.database.write() as session:
        at = installation.clock.now()
        session.add(
            ExerciseParticipant(
                exercise_id=exercise, seat=Seat.PLAYER, cell="ward", name="Aline", mail="aline@hopital.test",
                token_hash="x", joined_at=at, seen_at=at,
            )
        )  # fmt: skip
    settings = {
        "CARE_PORT": str(free_port()),
        "CARE_SMTP_HOST": "127.0.0.1",
        "CARE_SMTP_PORT": str(relay.port),
        "CARE_SMTP_STARTTLS": "no",
        "CARE_SMTP_FROM": "care@hopital.test",
    }
    with care(installation.settings.data_dir, "serve", **settings) as server:
        eventually(lambda: len(relay.received) == 1, "the relay has the first message, and keeps silent")
        kill(server.pid)
    assert _states(installation)[MailState.SENDING] == 1
    with installation.database.write() as session:  # the lease of whoever was sending runs out
        session.execute(update(Mail).where(Mail.state == MailState.SENDING).values(lease_until=at))
    assert relay.held is not None
    relay.held.set()
    with care(installation.settings.data_dir, "serve", **settings) as server:
        wanted = {MailState.UNCERTAIN: 1, MailState.SENT: 1}
        eventually(lambda: _states(installation) == wanted, "one is doubtful, the other has left")
        kill(server.pid)
    subjects = Counter(str(one["Subject"]) for one in relay.received)
    assert len(subjects) == 2
    assert set(subjects.values()) == {1}
    assert played(installation, exercise) == ["S02", "S03"]


def _states(platform: Platform) -> Counter[MailState]:
    with platform.database.read() as session:
        return Counter(session.scalars(select(Mail.state)))
