"""The engine of exercises: nothing is played twice, early, or in another order; nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.decide import (
    GRACE,
    Add,
    Command,
    CommandError,
    Decide,
    Discount,
    End,
    Note,
    Observe,
    Pause,
    Play,
    Pulse,
    Resume,
    Shift,
    Skip,
    Start,
    Tell,
    Tick,
    decide,
)
from exercises.events import Dated, How, Interrupted, Observed, Played, Verdict, Why
from exercises.kit import Stimulus
from exercises.state import Standing, State, evolve, initial, replay
from tests.unit.exercises.sample_kit import kit

DEBEX = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


@dataclass
class Room:
    """An exercise being played, its clock kept as the platform keeps it."""

    now: datetime = DEBEX
    events: list[Dated] = field(default_factory=list)
    state: State = field(default_factory=lambda: initial(kit()))
    pulse: Pulse | None = None

    def do(self, command: Command) -> None:
        for event in decide(self.state, command, self.now):
            dated = Dated(self.now, "animateur", event)
            self.events.append(dated)
            self.state = evolve(self.state, dated)
        if isinstance(command, Start | Resume | Tick | Discount):
            self.pulse = Pulse(self.now, self.state.clock.at(self.now))

    def wait(self, minutes: float, step: float = 5.0) -> None:
        """Time passes while the clock is kept, a tick every `step` seconds."""
        end = self.now + timedelta(minutes=minutes)
        while self.now < end:
            self.now = min(end, self.now + timedelta(seconds=step))
            self.do(Tick(self.pulse))

    def sleep(self, minutes: float) -> None:
        """Time passes while nobody keeps the clock."""
        self.now += timedelta(minutes=minutes)

    def played(self) -> list[str]:
        return [one.event.stimulus for one in self.events if isinstance(one.event, Played)]

    def standing(self, key: str) -> Standing:
        return self.state.slots[key].standing


@pytest.fixture
def room() -> Room:
    one = Room()
    one.do(Start())
    return one


def test_stimuli_come_at_their_minute(room: Room) -> None:
    room.wait(9.9)
    assert room.played() == ["S01"]
    room.wait(0.2)
    assert room.played() == ["S01", "S02"]
    assert room.state.slots["S02"].played_second == pytest.approx(600, abs=10)


def test_a_pause_stops_the_clock_and_nothing_bursts_after_it(room: Room) -> None:
    room.wait(5)
    room.do(Pause())
    room.sleep(600)
    room.do(Tick(room.pulse))
    room.do(Resume())
    room.wait(4)
    assert room.played() == ["S01"]
    assert room.state.clock.at(room.now) == pytest.approx(9 * 60)
    room.wait(2)
    assert room.played() == ["S01", "S02"]


def test_after_an_outage_what_is_overdue_waits_and_so_does_what_follows(room: Room) -> None:
    room.wait(5)
    room.sleep(16)
    room.wait(1)
    assert room.played() == ["S01"]
    assert [slot.stimulus.id for slot in room.state.held] == ["S02", "S03"]
    assert any(isinstance(one.event, Interrupted) for one in room.events)


def test_a_restart_of_a_few_seconds_changes_nothing(room: Room) -> None:
    room.wait(9.98)
    room.sleep((GRACE - 3) / 60)
    room.do(Tick(room.pulse))
    assert room.played() == ["S01", "S02"]


def test_shifting_the_rest_frees_what_was_held(room: Room) -> None:
    room.sleep(16)
    room.wait(0.1)
    late = room.state.clock.at(room.now) - (room.state.held[0].at or 0)
    room.do(Shift(late))
    room.wait(0.1)
    assert room.played() == ["S01"]
    room.wait(10)
    assert room.played() == ["S01", "S02"]


def test_an_interruption_taken_out_of_the_clock_gives_the_time_back(room: Room) -> None:
    room.wait(5)
    room.sleep(30)
    room.do(Tick(room.pulse))
    room.do(Discount(30 * 60))
    assert room.state.clock.at(room.now) == pytest.approx(5 * 60)
    room.wait(5.1)
    assert room.played() == ["S01", "S02"]
    with pytest.raises(CommandError):
        room.do(Discount(60))


def test_a_machine_clock_that_goes_back_stops_nothing(room: Room) -> None:
    room.wait(5)
    room.now -= timedelta(hours=3)
    room.wait(5.1)
    assert room.played() == ["S01", "S02"]
    assert room.state.clock.at(room.now) == pytest.approx(10 * 60, abs=10)


def test_a_machine_clock_that_jumps_ahead_holds_the_rest(room: Room) -> None:
    room.wait(5)
    room.now += timedelta(hours=3)
    room.wait(0.1)
    assert room.played() == ["S01"]
    assert len(room.state.held) == 4


def test_a_stimulus_on_a_missed_reaction(room: Room) -> None:
    room.wait(21)
    assert "S03" in room.played()


def test_a_stimulus_on_a_missed_reaction_is_left_out_once_it_is_seen(room: Room) -> None:
    room.wait(2)
    room.do(Observe("S01.a", Verdict.PARTIAL, room.now))
    room.wait(19)
    assert room.standing("S03") is Standing.SKIPPED
    assert room.state.slots["S03"].why is Why.CONDITION


def test_what_depends_on_a_decision_waits_for_it_and_stops_nothing_else(room: Room) -> None:
    room.wait(41)
    assert room.state.slots["S04"].why is Why.UNDECIDED
    assert "S05" in room.played()
    room.do(Decide("cut", "yes"))
    assert room.state.slots["S04"].how is How.DECIDED


def test_the_other_answer_leaves_it_out(room: Room) -> None:
    room.do(Decide("cut", "no"))
    room.wait(31)
    assert room.standing("S04") is Standing.SKIPPED
    with pytest.raises(CommandError, match="déjà prise"):
        room.do(Decide("cut", "yes"))


def test_two_facilitators_playing_one_stimulus(room: Room) -> None:
    room.do(Play("R1"))
    with pytest.raises(CommandError, match="déjà été joué par animateur"):
        room.do(Play("R1"))
    assert room.played() == ["R1"]


def test_an_added_stimulus_is_played_like_the_others(room: Room) -> None:
    one = Stimulus(id="X1", at=3, sender="Presse", to=("ward",), channel="press", title="Appel", body="Bonjour.")
    room.do(Add(one))
    room.wait(4)
    assert room.played() == ["S01", "X1"]
    with pytest.raises(CommandError, match="X1"):
        room.do(Add(one))
    with pytest.raises(CommandError, match="passée"):
        room.do(Add(one.model_copy(update={"id": "X2", "at": 1})))
    with pytest.raises(CommandError, match="cellule"):
        room.do(Add(one.model_copy(update={"id": "X2", "to": ("nobody",)})))


def test_what_is_to_come_is_brought_forward_only_as_far_as_the_present(room: Room) -> None:
    room.wait(5)
    room.do(Shift(-4 * 60))
    room.wait(1.1)
    assert room.played() == ["S01", "S02"]
    with pytest.raises(CommandError, match="avancer"):
        room.do(Shift(-3600))


@pytest.mark.parametrize("command", [Start(), Resume()])
def test_commands_out_of_place_are_refused(room: Room, command: Command) -> None:
    with pytest.raises(CommandError):
        room.do(command)


def test_after_the_end_only_observations_are_taken(room: Room) -> None:
    room.wait(1)
    room.do(End())
    room.wait(60)
    assert room.played() == ["S01"]
    room.do(Observe("S01.a", Verdict.SEEN, DEBEX + timedelta(minutes=1)))
    for command in (Play("R1"), Skip("R1"), Shift(60), Pause(), End(), Decide("cut", "yes")):
        with pytest.raises(CommandError):
            room.do(command)


def test_an_observation_sent_twice_is_taken_once(room: Room) -> None:
    first = Observe("S01.a", Verdict.MISSED, room.now, key="k1")
    room.do(first)
    room.do(Observe("S01.a", Verdict.SEEN, room.now, key="k2"))
    room.do(first)
    assert room.state.observations["S01.a"].verdict is Verdict.SEEN
    assert len([one for one in room.events if isinstance(one.event, Observed)]) == 2


def test_a_remark_added_later_does_not_change_when_it_was_seen(room: Room) -> None:
    room.wait(4)
    seen = room.now
    room.do(Observe("S01.a", Verdict.SEEN))
    room.wait(21)
    room.do(Observe("S01.a", Verdict.SEEN, note="Sans hésiter."))
    assert room.state.observations["S01.a"].seen_at == seen
    assert room.state.observations["S01.a"].note == "Sans hésiter."
    room.do(Observe("S01.a", Verdict.MISSED))
    assert room.state.observations["S01.a"].seen_at == room.now


def test_what_was_noted_last_counts_whichever_arrives_last(room: Room) -> None:
    room.wait(5)
    offline = room.now
    room.wait(10)
    room.do(Observe("S01.a", Verdict.SEEN))
    room.wait(25)
    late = Observe("S01.a", Verdict.MISSED, key="k1", noted_at=offline)
    room.do(late)
    room.do(late)
    assert room.state.observations["S01.a"].verdict is Verdict.SEEN
    assert len([one for one in room.events if isinstance(one.event, Observed)]) == 2


_WRITTEN = Stimulus(id="X1", sender="Presse", to=("ward",), channel="press", title="Appel", body="Bonjour.")
"""What the facilitator writes during the exercise."""
NOTED = st.sampled_from([None, DEBEX, DEBEX + timedelta(minutes=5)])
COMMANDS = st.one_of(
    st.sampled_from([Pause(), Resume(), Decide("cut", "yes"), Decide("cut", "no"), Discount(90.0), Note("Un mot.")]),
    st.builds(Shift, st.floats(-2000, 4000).map(round)),
    st.sampled_from([None, 1, 12, 25, 45]).map(lambda at: Add(_WRITTEN.model_copy(update={"at": at}))),
    st.builds(Play, st.sampled_from(["S01", "S02", "S03", "S04", "S05", "R1", "X1"])),
    st.builds(Skip, st.sampled_from(["S02", "S05", "R1", "X1"])),
    st.builds(Tell, st.sampled_from(["S01", "S05"])),
    st.builds(Observe, st.just("S01.a"), st.sampled_from(Verdict), st.sampled_from([DEBEX, None]), noted_at=NOTED),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0.1, 15)),
        st.tuples(st.just("crash"), st.floats(0.01, 20)),
        st.tuples(st.just("clock"), st.floats(-120, 120)),
        st.tuples(st.just("do"), COMMANDS),
    ),
    max_size=25,
)


@given(STEPS)
def test_whatever_happens_a_stimulus_comes_once_never_early_in_order(steps: list[tuple[str, float | Command]]) -> None:
    room = Room()
    room.do(Start())
    for what, value in steps:
        if isinstance(value, float):
            if what == "wait":
                room.wait(value, step=7.0)
            else:
                # A crash loses the memory of the process: what is stored is replayed.
                room.sleep(value)
                room.state = replay(room.state.kit, room.events)
        else:
            try:
                room.do(value)
            except CommandError:
                continue
    _check(room)


def _check(room: Room) -> None:
    played = room.played()
    assert len(played) == len(set(played))
    slots = room.state.slots
    assert {key for key, slot in slots.items() if slot.standing is Standing.PLAYED} == set(played)
    by_itself = [slots[key] for key in played if slots[key].how is How.DUE]
    assert all((slot.played_second or 0) >= (slot.at or 0) - 1e-6 for slot in by_itself)
    orders = [slot.order for slot in by_itself if slot.stimulus.id != _WRITTEN.id]
    assert orders == sorted(orders)
    assert room.state == replay(room.state.kit, room.events)
