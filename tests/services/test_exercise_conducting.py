"""Conducting an exercise: what is stored survives a crash, two conductors or two facilitators do nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.event import listen, remove

from care.domain.access import Level, Role, Scope
from care.domain.exercises import ExerciseStage, Seat
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.conducting import BANNER, Conductor, obey
from care.services.exercises.memory import Rooms
from care.services.exercises.rooms import fingerprint
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseEvent, ExerciseParticipant
from care.store.outbox import Mail
from exercises.decide import Discount, End, Pause, Play, Pulse, Resume, Start
from exercises.state import Stage, Standing
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.support.queries import counted

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


def played(platform: Platform, exercise_id: int) -> list[str]:
    """The stimuli played, as stored."""
    with platform.database.read() as session:
        rows = session.scalars(
            select(ExerciseEvent).where(ExerciseEvent.exercise_id == exercise_id).order_by(ExerciseEvent.number)
        )
        return [row.content["stimulus"] for row in rows if row.content["what"] == "played"]


def after_a_crash(platform: Platform) -> Platform:
    """The same installation in a new process."""
    return replace(platform, rooms=Rooms())


def wait(conductor: Conductor, clock: FixedClock, minutes: float) -> None:
    """Time passes while the conductor keeps the clock, a tick every five seconds."""
    for _ in range(round(minutes * 12)):
        clock.forward(seconds=5)
        conductor.tick()


def test_stimuli_come_by_themselves_and_the_chain_holds(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    obey(stage, machine, exercise, Start())
    wait(Conductor(stage), clock, 11)
    assert played(stage, exercise) == ["S01", "S02"]
    with stage.database.read() as session:
        rows = session.scalars(select(ExerciseEvent).order_by(ExerciseEvent.number)).all()
        row = session.get_one(Exercise, exercise)
    previous = "0" * 64
    for event in rows:
        assert event.hash == fingerprint(event, previous)
        previous = event.hash
    assert (row.stage, row.last_event) == (ExerciseStage.LIVE, len(rows))
    assert {event.by for event in rows[1:]} == {""}, "what comes by itself is signed in no language"


def test_a_crash_of_a_few_seconds_keeps_the_clock(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    obey(stage, machine, exercise, Start())
    wait(Conductor(stage), clock, 9.9)
    again = after_a_crash(stage)
    clock.forward(seconds=8)
    Conductor(again).tick()
    assert played(again, exercise) == ["S01", "S02"]


def test_after_a_long_outage_what_is_overdue_waits(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    obey(stage, machine, exercise, Start())
    wait(Conductor(stage), clock, 5)
    again = after_a_crash(stage)
    clock.forward(minutes=6)
    conductor = Conductor(again)
    wait(conductor, clock, 1)
    assert played(again, exercise) == ["S01"]
    room = obey(again, machine, exercise, Discount(6 * 60.0))
    assert room.state.slots["S02"].standing is Standing.WAITING
    wait(conductor, clock, 5)
    assert played(again, exercise) == ["S01", "S02"]


def test_two_conductors_play_nothing_twice(stage: Platform, machine: Scope, exercise: int, clock: FixedClock) -> None:
    obey(stage, machine, exercise, Start())
    one, other = Conductor(stage), Conductor(after_a_crash(stage))
    for _ in range(150):
        clock.forward(seconds=5)
        one.tick()
        other.tick()
    assert played(stage, exercise) == ["S01", "S02"]


def happened(platform: Platform, exercise_id: int) -> list[str]:
    """What was written of an exercise, observations and choices included."""
    with platform.database.read() as session:
        query = select(ExerciseEvent).where(ExerciseEvent.exercise_id == exercise_id).order_by(ExerciseEvent.number)
        return [row.content["what"] for row in session.scalars(query)]


@pytest.mark.parametrize("seconds", [-6, 6])
def test_two_machines_whose_clocks_differ_keep_one_exercise(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock, seconds: int
) -> None:
    obey(stage, machine, exercise, Start())
    other_clock = FixedClock(clock.now() + timedelta(seconds=seconds))
    conductors = Conductor(stage), Conductor(replace(after_a_crash(stage), clock=other_clock))
    for turn in range(150):
        clock.forward(seconds=5)
        other_clock.forward(seconds=5)
        for one in conductors:
            one.tick()
        if turn == 30:
            obey(stage, machine, exercise, Pause())
            clock.forward(hours=1)
            other_clock.forward(hours=1)
            obey(stage, machine, exercise, Resume())
    assert happened(stage, exercise) == ["started", "played", "paused", "resumed", "played"]


def test_an_outage_is_noted_once_by_those_who_went_through_it(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    obey(stage, machine, exercise, Start())
    conductors = Conductor(stage), Conductor(after_a_crash(stage))
    for _ in range(10):
        clock.forward(seconds=1)
        for one in conductors:
            one.tick()
    clock.forward(minutes=3)
    threads = [Thread(target=one.tick) for one in conductors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert happened(stage, exercise).count("interrupted") == 1


def test_the_clock_of_the_machine_goes_back_and_the_exercise_goes_on(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    obey(stage, machine, exercise, Start())
    conductor = Conductor(stage)
    wait(conductor, clock, 9)
    clock.forward(hours=-1)
    wait(conductor, clock, 2)
    assert happened(stage, exercise) == ["started", "played", "stepped", "played"]


def test_an_exercise_that_cannot_be_read_leaves_the_others_their_clock(
    stage: Platform, machine: Scope, exercise: int, hospitals: Hospitals, clock: FixedClock
) -> None:
    others = [prepared(stage, machine, hospitals.valley) for _ in range(2)]
    for one in (exercise, *others):
        obey(stage, machine, one, Start())
    with stage.database.write() as session:
        session.get_one(Exercise, others[0]).content = {"broken": True}
    conductor = Conductor(after_a_crash(stage))
    for _ in range(6):
        clock.forward(seconds=1)
        with suppress(ValidationError):
            conductor.tick()
    assert [played(stage, one) for one in (exercise, *others)] == [["S01"], [], ["S01"]]


def test_a_tick_reads_nothing_again_while_nothing_happens(
    stage: Platform, machine: Scope, exercise: int, hospitals: Hospitals, clock: FixedClock
) -> None:
    for one in (exercise, *(prepared(stage, machine, hospitals.valley) for _ in range(3))):
        obey(stage, machine, one, Start())
    conductor = Conductor(stage)
    conductor.tick()
    clock.forward(seconds=1)
    conductor.tick()
    clock.forward(seconds=1)
    with counted(stage.database) as statements:
        conductor.tick()
    assert len(statements) == 1


def test_a_pause_of_hours_seen_by_nobody_bursts_nothing(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    conductor = Conductor(stage)
    obey(stage, machine, exercise, Start())
    wait(conductor, clock, 5)
    obey(stage, machine, exercise, Pause())
    clock.forward(hours=10)
    room = obey(stage, machine, exercise, Resume())
    wait(conductor, clock, 4)
    assert played(stage, exercise) == ["S01"]
    assert not obey(stage, machine, exercise, Pause()).state.held
    assert room.state.stage is Stage.RUNNING


class Overtaken(Conductor):
    """Something happens between its reading of the exercises and its writing down of their clocks."""

    meanwhile: Callable[[], object] | None = None

    def _write_down(self, now: datetime) -> None:
        if self.meanwhile:
            self.meanwhile()
        self.meanwhile = None
        super()._write_down(now)


def test_resumed_while_the_clocks_are_written_down_a_pause_is_no_interruption(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    conductor = Overtaken(stage)
    obey(stage, machine, exercise, Start())
    wait(conductor, clock, 1)
    obey(stage, machine, exercise, Pause())
    clock.forward(hours=1)
    conductor.meanwhile = lambda: obey(stage, machine, exercise, Resume())
    conductor.tick()
    wait(conductor, clock, 1)

    def pause() -> None:
        obey(stage, machine, exercise, Pause())
        clock.forward(hours=1)
        obey(stage, machine, exercise, Resume())

    conductor.meanwhile = pause
    wait(conductor, clock, 1)
    assert happened(stage, exercise) == ["started", "played", *["paused", "resumed"] * 2]


def test_two_facilitators_click_at_once(stage: Platform, machine: Scope, exercise: int) -> None:
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, Play("R1"))
    with pytest.raises(Refused, match="already played"):
        obey(after_a_crash(stage), machine, exercise, Play("R1"))
    assert played(stage, exercise) == ["R1"]


def test_clocks_are_written_down_in_one_order(
    stage: Platform, machine: Scope, hospitals: Hospitals, exercise: int, clock: FixedClock
) -> None:
    """Two processes that lock the same exercises in two orders wait for each other, until the database kills one."""
    other = prepared(stage, machine, hospitals.hill)
    for one in (exercise, other):
        obey(stage, machine, one, Start())
    pulse = Pulse(clock.now(), 0.0)
    conductor = Conductor(stage, pulses={other: pulse, exercise: pulse})
    locked = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
        if statement.startswith("UPDATE exercise SET pulse_at"):
            values = parameters.values() if isinstance(parameters, dict) else parameters
            locked.append(next(one for one in values if one in (exercise, other) and type(one) is int))

    listen(stage.database.engine, "before_cursor_execute", note)
    conductor.tick()
    remove(stage.database.engine, "before_cursor_execute", note)
    assert locked == sorted((exercise, other))


def test_two_facilitators_at_the_very_same_time(stage: Platform, machine: Scope, exercise: int) -> None:
    obey(stage, machine, exercise, Start())
    together, said = Barrier(4), list[str]()

    def click() -> None:
        desk = after_a_crash(stage)
        together.wait()
        try:
            obey(desk, machine, exercise, Play("R1"))
        except Refused as refusal:
            said.append(refusal.text.en)

    threads = [Thread(target=click) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert played(stage, exercise) == ["R1"]
    assert said == ["Stimulus R1 was already played by tests."] * 3


def test_a_mail_leaves_once_for_each_player_who_gave_an_address(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    _mail_kit(stage, exercise)
    with stage.database.write() as session:
        for name, cell, mail in (
            ("Aline", "ward", "a@ch.test"),
            ("aline", "ward", "A@ch.test"),
            ("Bruno", "ward", ""),
            ("Carl", "it", "c@ch.test"),
        ):
            session.add(
                ExerciseParticipant(
                    exercise_id=exercise, seat=Seat.PLAYER, cell=cell, name=name, mail=mail, token_hash=name,
                    joined_at=clock.now(), seen_at=clock.now(),
                )
            )  # fmt: skip
    obey(stage, machine, exercise, Start())
    Conductor(stage).tick()
    with stage.database.read() as session:
        (mail,) = session.scalars(select(Mail)).all()
    assert mail.recipient == "a@ch.test"
    assert BANNER in mail.subject
    assert mail.body.count(BANNER) == 2
    assert "Attached, in your cell’s inbox: plan.txt" in mail.body, "said in the language of the kit"


def _mail_kit(platform: Platform, exercise_id: int) -> None:
    with platform.database.write() as session:
        row = session.get_one(Exercise, exercise_id)
        stimuli = [{**one, "channel": "mail", "attachments": ["plan.txt"]} for one in row.content["stimuli"]]
        row.content = {**row.content, "stimuli": stimuli, "language": "en"}


def test_only_those_who_run_exercises_conduct_one(
    stage: Platform, machine: Scope, hospitals: Hospitals, exercise: int
) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        obey(stage, director, exercise, Start())
    stranger = person(Role.FACILITATOR, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        obey(stage, stranger, exercise, Start())
    with pytest.raises(NotFound):
        obey(stage, machine, 10_000, Start())


def test_the_end_opens_the_debrief(stage: Platform, machine: Scope, exercise: int, clock: FixedClock) -> None:
    obey(stage, machine, exercise, Start())
    wait(Conductor(stage), clock, 1)
    obey(stage, machine, exercise, End())
    with stage.database.read() as session:
        row = session.get_one(Exercise, exercise)
    assert row.stage is ExerciseStage.DEBRIEF
    wait(Conductor(stage), clock, 30)
    assert played(stage, exercise) == ["S01"]
