"""Whatever happens to an exercise and its clock: each stimulus once, never early, in order; no mail twice unasked."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from care.domain.access import Scope, machine_scope
from care.domain.exercises import Seat
from care.domain.jobs import JobKind, Lane
from care.domain.mail import MailState
from care.services import jobs, outbox
from care.services.errors import Refused
from care.services.exercises.chain import chain_of
from care.services.exercises.conducting import Conductor, obey
from care.services.exercises.mails import mails_of, send_mail_again
from care.services.exercises.memory import Rooms
from care.services.exercises.playing import inbox
from care.services.exercises.rooms import enter, kit_of_row
from care.services.exercises.seats import Sitting
from care.services.platform import Platform
from care.services.work import Hold
from care.store.engine import open_database
from care.store.exercises import Exercise, ExerciseParticipant
from care.store.outbox import Mail
from exercises.decide import Command, Decide, Discount, Pause, Play, Resume, Shift, Skip, Start
from exercises.events import Dated, How, Played, Why
from exercises.state import PENDING, Stage, Standing, State, evolve, initial
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals

CELLS = ("ward", "it")
STIMULI = ("S01", "S02", "S03", "S04", "S05", "R1")
EVERY = 10.0
"""Seconds between two ticks: less than what holds a stimulus back."""
SKEW = 3.0
"""How far ahead the clock of the second machine is."""


Installation = tuple[Platform, int, Path]
"""The platform, the exercise, and the folder of the database."""


class Killed(BaseException):
    """The process is gone: nothing catches it."""


class CutMailer:
    """Hands messages over, until its process is killed in the middle of one."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.killed = False

    def send(self, message: EmailMessage) -> None:
        self.sent[str(message["Message-ID"])] += 1
        if self.killed:
            raise Killed


@dataclass
class Day:
    """An exercise, the processes that keep it, and what a stopwatch beside it says."""

    platform: Platform
    machine: Scope
    clock: FixedClock
    exercise: int
    mailer: CutMailer
    conductors: list[Conductor] = field(default_factory=list)
    other_clock: FixedClock | None = None
    ran: float = 0.0
    running: bool = True
    chosen: Counter[str] = field(default_factory=Counter)
    doubtful: set[str] = field(default_factory=set)

    def do(self, step: tuple[str, Any]) -> None:
        what, value = step
        self.running = self.state().stage is Stage.RUNNING
        getattr(self, what)(value)
        assert self.state().clock.at(self.clock.now()) <= self.ran + SKEW, "faster than time"

    def state(self) -> State:
        with self.platform.database.read() as session:
            return enter(session, Rooms(), session.get_one(Exercise, self.exercise)).state

    def obey(self, command: Command) -> None:
        with suppress(Refused):
            obey(self.platform, self.machine, self.exercise, command)

    def pass_by(self, seconds: float) -> None:
        self.ran += max(0.0, seconds) * self.running
        for clock in filter(None, (self.clock, self.other_clock)):
            clock.forward(seconds=seconds)

    def wait(self, minutes: float) -> None:
        for _ in range(round(minutes * 60 / EVERY)):
            self.pass_by(EVERY)
            for one in self.conductors:
                one.tick()
        self.reap()

    def crash(self, minutes: float) -> None:
        """Every process dies; another one takes over later."""
        self.pass_by(minutes * 60)
        self.platform = replace(self.platform, rooms=Rooms())
        self.other_clock, self.conductors = None, [Conductor(self.platform)]
        self.reap()

    def another(self, _: None) -> None:
        """A worker on a second machine, whose clock is not quite ours, keeps the exercise too; or it is alone now."""
        self.other_clock = self.other_clock or FixedClock(self.clock.now() + timedelta(seconds=SKEW))
        second = Conductor(replace(self.platform, rooms=Rooms(), clock=self.other_clock))
        self.conductors = [*self.conductors, second][-2:]

    def clock_set(self, minutes: float) -> None:
        """The clock of the machine steps, its processes live on."""
        self.pass_by(minutes * 60)

    def cut(self, minutes: float) -> None:
        """Every process dies, the one that sends mails in the middle of the first one due."""
        for one in self.conductors:
            one.tick()
        self.post(killed=True)
        self.crash(minutes)

    def post(self, _: None = None, *, killed: bool = False) -> None:
        """A process sends what is due, and dies in the middle of the first message or not."""
        self.mailer.killed = killed
        before = self.mailer.sent.copy()
        with self.platform.database.write() as session:
            jobs.submit(self.platform, session, jobs.Order(JobKind.MAIL), "calendar")
        with suppress(Killed):
            while (claim := jobs.claim(self.platform, Lane.SERVICE, "worker")) is not None:
                outbox.send_waiting(self.platform, Hold(self.platform, claim))
        self.doubtful -= set(self.mailer.sent - before)
        self.doubtful |= set(self.mailer.sent - before) if killed else set()

    def reap(self) -> None:
        """What every process does all the time, for those that died."""
        jobs.reap(self.platform)
        outbox.reap(self.platform)

    def choose(self, _: None) -> None:
        """The facilitation sends again what is doubtful or failed."""
        for mail in mails_of(self.platform, self.machine, self.exercise).troubled:
            self.chosen[mail.message_id] += 1
            self.doubtful.discard(mail.message_id)
            send_mail_again(self.platform, self.machine, self.exercise, mail.id)


COMMANDS = st.one_of(
    st.sampled_from([Pause(), Resume(), Discount(120.0), Decide("cut", "yes"), Decide("cut", "no")]),
    st.builds(Shift, st.integers(-1200, 2400).map(float)),
    st.builds(Play, st.sampled_from(STIMULI)),
    st.builds(Skip, st.sampled_from(STIMULI)),
)
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.floats(0.2, 12)),
    st.tuples(st.just("obey"), COMMANDS),
    st.tuples(st.sampled_from(["another", "post", "choose"]), st.none()),
    st.tuples(st.sampled_from(["crash", "cut"]), st.floats(0.02, 15)),
    st.tuples(st.just("clock_set"), st.floats(-90, 90)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=4, max_size=14))
def test_each_stimulus_once_never_early_in_order_and_no_mail_twice_unasked(
    installation: Installation, steps: list[tuple[str, Any]]
) -> None:
    with day(*installation) as one:
        one.do(("obey", Start()))
        for step in steps:
            one.do(step)
        check(one)
        finish(one)
        check(one)
        state = one.state()
        for cell in CELLS:
            received = [slot.id for slot in inbox(one.platform, _sitting(one, cell)).received]
            there = [key for key, slot in state.slots.items() if slot.how and cell in slot.stimulus.to]
            assert sorted(received) == sorted(there), "in the inbox, once"
        assert {slot.standing for slot in state.slots.values()} <= {Standing.PLAYED, Standing.SKIPPED}, "nothing lost"


def finish(one: Day) -> None:
    """The facilitation lets time pass to the end of the kit, then plays what still waits for it."""
    one.do(("obey", Resume()))
    one.do(("wait", 1.0))
    overdue = [slot for slot in one.state().slots.values() if slot.standing is Standing.WAITING and slot.at is not None]
    assert all((slot.at or 0) > one.state().clock.at(one.clock.now()) - EVERY - SKEW for slot in overdue), "forgotten"
    for key, slot in one.state().slots.items():
        if slot.standing in PENDING or slot.standing is Standing.RESERVE:
            obey(one.platform, one.machine, one.exercise, Play(key))
    one.do(("post", None))


def check(one: Day) -> None:
    """What holds at any time."""
    state, played = one.state(), []
    for dated, before in _history(one):
        if isinstance(dated.event, Played):
            played.append(dated.event.stimulus)
            late = any(slot.why is Why.LATE for slot in before.held)
            assert not (late and dated.event.how is How.DUE), "overtook what waits for the facilitation"
    slots = [state.slots[key] for key in played]
    assert max(Counter(played).values(), default=1) == 1
    by_itself = [slot for slot in slots if slot.how is How.DUE]
    assert all((slot.played_second or 0) >= (slot.at or 0) - 1e-6 for slot in by_itself), "before its time"
    assert [slot.order for slot in by_itself] == sorted(slot.order for slot in by_itself)
    with one.platform.database.read() as session:
        mails = session.scalars(select(Mail)).all()
    assert Counter(mail.purpose_key for mail in mails) == Counter(
        f"exercise:{one.exercise}:{slot.stimulus.id}:{number}"
        for slot in slots
        for number, cell in enumerate(CELLS, 1)
        if cell in slot.stimulus.to
    )
    for mail in mails:
        assert one.mailer.sent[mail.message_id] <= 1 + one.chosen[mail.message_id], "twice by itself"
        if mail.message_id in one.doubtful:
            assert mail.state in (MailState.SENDING, MailState.UNCERTAIN), "waits for the facilitation"


def _history(one: Day) -> Iterator[tuple[Dated, State]]:
    """What was written, and where the exercise stood before; its chain holds."""
    with one.platform.database.read() as session:
        row = session.get_one(Exercise, one.exercise)
        chain, state = chain_of(session, row), initial(kit_of_row(row))
    assert chain.whole
    for dated in chain.events:
        yield dated, state
        state = evolve(state, dated)


def _sitting(one: Day, cell: str) -> Sitting:
    return Sitting(1, one.exercise, Seat.PLAYER, cell, "Aline")


@pytest.fixture
def installation(platform: Platform, hospitals: Hospitals, machine: Scope, tmp_path: Path) -> Installation:
    """A prepared exercise of mails, a player with an address in each cell; closed, to be copied."""
    stage = with_one_kit(platform)
    exercise, now = prepared(stage, machine, hospitals.valley), platform.clock.now()
    with stage.database.write() as session:
        row = session.get_one(Exercise, exercise)
        row.content = {**row.content, "stimuli": [{**one, "channel": "mail"} for one in row.content["stimuli"]]}
        for number, cell in enumerate(CELLS, 1):
            session.add(
                ExerciseParticipant(
                    id=number, exercise_id=exercise, seat=Seat.PLAYER, cell=cell, name=cell, mail=f"{cell}@ch.test",
                    token_hash=cell, joined_at=now, seen_at=now,
                )
            )  # fmt: skip
    stage.database.close()
    return stage, exercise, tmp_path


@contextmanager
def day(platform: Platform, exercise: int, folder: Path) -> Iterator[Day]:
    """The exercise, in a copy of the database."""
    place = folder / "copy.sqlite3"
    shutil.copy(platform.settings.data_dir / "care.sqlite3", place)
    database, clock, mailer = open_database(f"sqlite:///{place}"), FixedClock(), CutMailer()
    stage = replace(platform, database=database, clock=clock, mailer=mailer, rooms=Rooms())
    try:
        yield Day(stage, machine_scope("tests"), clock, exercise, mailer, [Conductor(stage)])
    finally:
        database.close()
        for path in folder.glob("copy.sqlite3*"):
            path.unlink()
