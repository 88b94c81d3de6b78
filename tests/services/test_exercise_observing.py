"""What observers note: once, dated by when it was seen, their own marks only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from care.domain.access import Scope
from care.domain.exercises import ExerciseStage, Seat
from care.services.errors import Invalid, NotFound, Refused
from care.services.exercises import facilitating, seats
from care.services.exercises.conducting import obey
from care.services.exercises.facilitating import Seen
from care.services.exercises.observing import Marking, Sighting, last_event, mark, observe, watch
from care.services.exercises.playing import LONGEST_AGO
from care.services.exercises.rooms import enter
from care.services.exercises.seats import Arrival, Sitting, badges, sit_with_token, sitting
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseEvent
from exercises.decide import End, Play, Skip, Start
from exercises.events import Verdict
from exercises.state import Observation
from tests.support.clock import FixedClock
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


def observer(platform: Platform, scope: Scope, exercise_id: int, name: str = "Marc") -> Sitting:
    token = next(one.token for one in badges(platform, scope, exercise_id) if one.seat is Seat.OBSERVER)
    found = sitting(platform, sit_with_token(platform, token, Arrival(name)))
    assert found is not None
    return found


def observations(platform: Platform, exercise_id: int) -> dict[str, Observation]:
    with platform.database.read() as session:
        state = enter(session, platform.rooms, session.get_one(Exercise, exercise_id)).state
        return dict(state.observations)


def events_of(platform: Platform, exercise_id: int) -> list[ExerciseEvent]:
    with platform.database.read() as session:
        query = select(ExerciseEvent).where(ExerciseEvent.exercise_id == exercise_id).order_by(ExerciseEvent.number)
        return list(session.scalars(query))


def test_what_is_to_be_watched_rises_once_played(stage: Platform, machine: Scope, exercise: int) -> None:
    marc = observer(stage, machine, exercise)
    before = watch(stage, marc)
    assert ([one.id for one in before.played], [one.id for one in before.coming]) == ([], ["S01", "S05"])
    assert before.cells == {"ward": "Urgences", "it": "Informatique"}
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, Play("S01"))
    obey(stage, machine, exercise, Skip("S05"))
    after = watch(stage, marc)
    assert ([one.id for one in after.played], after.coming) == (["S01"], ())
    assert after.played[0].reactions[0].cell == "ward"
    assert [(line.id, [one.cell for one in line.marks]) for line in after.grid] == [("calm", ["ward", "it"])]


def test_a_sighting_counts_once_when_it_was_seen(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    marc = observer(stage, machine, exercise)
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, Play("S01"))
    clock.forward(hours=1)
    seen = Sighting("S01.a", Verdict.SEEN, "k1", " Sans hésiter. ", ago=3000)
    for _ in range(2):
        observe(stage, marc, seen)
    known = observations(stage, exercise)["S01.a"]
    assert (known.verdict, known.by, known.note) == (Verdict.SEEN, "Marc (badge)", "Sans hésiter.")
    assert known.seen_at == clock.now() - timedelta(seconds=3000)
    assert known.second == pytest.approx(600)
    assert last_event(stage, marc) == 3
    assert watch(stage, marc).played[0].reactions[0].verdict is Verdict.SEEN


@pytest.mark.parametrize("ago", [LONGEST_AGO, 10 * LONGEST_AGO, 7200.0])
def test_a_device_with_a_wrong_clock_sees_nothing_before_the_start(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock, ago: float
) -> None:
    marc = observer(stage, machine, exercise)
    obey(stage, machine, exercise, Start())
    start = clock.now()
    clock.forward(minutes=10)
    observe(stage, marc, Sighting("S01.a", Verdict.MISSED, "k", ago=ago))
    assert observations(stage, exercise)["S01.a"].seen_at == start


def test_nothing_is_seen_before_it_was_played_nor_in_the_future(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    marc = observer(stage, machine, exercise)
    obey(stage, machine, exercise, Start())
    clock.forward(minutes=10)
    obey(stage, machine, exercise, Play("S01"))
    played = clock.now()
    clock.forward(minutes=5)
    observe(stage, marc, Sighting("S01.a", Verdict.SEEN, "k1", ago=14 * 60))
    assert observations(stage, exercise)["S01.a"].seen_at == played
    observe(stage, marc, Sighting("S05.a", Verdict.SEEN, "k2", ago=14 * 60))  # not played: since the start at most
    assert observations(stage, exercise)["S05.a"].seen_at == played - timedelta(minutes=9)
    clock.forward(minutes=-10)  # the clock of the machine is set right
    observe(stage, marc, Sighting("S01.a", Verdict.MISSED, "k3"))
    assert events_of(stage, exercise)[-1].content["seen_at"] == clock.now().isoformat().replace("+00:00", "Z")


def test_what_cannot_be_noted_is_said(stage: Platform, machine: Scope, exercise: int) -> None:
    marc = observer(stage, machine, exercise)
    with pytest.raises(Refused):
        observe(stage, marc, Sighting("S01.a", Verdict.SEEN, "k"))
    with pytest.raises(Refused):
        mark(stage, marc, Marking("calm", "ward", 2))
    obey(stage, machine, exercise, Start())
    with pytest.raises(Refused):
        observe(stage, marc, Sighting("S99.a", Verdict.SEEN, "k"))
    with pytest.raises(Invalid):
        observe(stage, marc, Sighting("S01.a", Verdict.SEEN, ""))
    with pytest.raises(Invalid):
        observe(stage, marc, Sighting("S01.a", Verdict.SEEN, "k", "x" * 2001))
    with pytest.raises(Invalid):
        mark(stage, marc, Marking("calm", "ward", 4))
    for criterion, cell in (("loud", "ward"), ("calm", "kitchen")):
        with pytest.raises(NotFound):
            mark(stage, marc, Marking(criterion, cell, 1))
    assert last_event(stage, marc) == 1


def test_a_flood_of_observations_is_refused(
    stage: Platform, machine: Scope, exercise: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST_WRITTEN", 2)
    marc = observer(stage, machine, exercise)
    obey(stage, machine, exercise, Start())
    for key in ("a", "b", "b"):
        observe(stage, marc, Sighting("S01.a", Verdict.SEEN, key))
    with pytest.raises(Refused, match="tell the facilitators"):
        observe(stage, marc, Sighting("S01.a", Verdict.MISSED, "c"))
    assert observations(stage, exercise)["S01.a"].verdict is Verdict.SEEN
    observe(stage, observer(stage, machine, exercise, "Anne"), Sighting("S01.a", Verdict.MISSED, "c"))


def test_two_observers_of_one_name_keep_their_own_marks(stage: Platform, machine: Scope, exercise: int) -> None:
    one, other = (observer(stage, machine, exercise) for _ in range(2))
    obey(stage, machine, exercise, Start())
    mark(stage, one, Marking("calm", "ward", 3))
    mark(stage, other, Marking("calm", "ward", 0))
    assert [watch(stage, who).grid[0].marks[0].mark for who in (one, other)] == [3, 0]


def test_the_last_mark_by_time_wins_whichever_arrives_first(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    marc, anne = observer(stage, machine, exercise), observer(stage, machine, exercise, "Anne")
    obey(stage, machine, exercise, Start())
    clock.forward(minutes=5)
    mark(stage, anne, Marking("calm", "ward", 0, "Des cris."))
    mark(stage, marc, Marking("calm", "ward", 3, "Mieux.", ago=0))
    mark(stage, marc, Marking("calm", "ward", 1, ago=60))
    obey(stage, machine, exercise, End())
    mark(stage, marc, Marking("calm", "it", 2))
    given = {one.cell: (one.mark, one.note) for one in watch(stage, marc).grid[0].marks}
    assert given == {"ward": (3, "Mieux."), "it": (2, "")}
    assert watch(stage, anne).grid[0].marks[0].mark == 0


def test_observers_write_until_the_closing(stage: Platform, machine: Scope, exercise: int) -> None:
    marc = observer(stage, machine, exercise)
    for command in (Start(), Play("S01"), End()):
        obey(stage, machine, exercise, command)
    observe(stage, marc, Sighting("S01.a", Verdict.SEEN, "k1"))
    mark(stage, marc, Marking("calm", "ward", 2))
    with stage.database.write() as session:
        session.get_one(Exercise, exercise).stage = ExerciseStage.CLOSED
    with pytest.raises(Refused):
        observe(stage, marc, Sighting("S01.a", Verdict.MISSED, "k2"))
    with pytest.raises(Refused):
        mark(stage, marc, Marking("calm", "ward", 0))
    assert observations(stage, exercise)["S01.a"].verdict is Verdict.SEEN
    assert [one.mark for one in watch(stage, marc).grid[0].marks] == [2, None]


def test_a_remark_of_another_keeps_the_time_and_an_old_note_changes_nothing(
    stage: Platform, machine: Scope, exercise: int, clock: FixedClock
) -> None:
    marc = observer(stage, machine, exercise)
    obey(stage, machine, exercise, Start())
    clock.forward(minutes=4)
    facilitating.observe(stage, machine, exercise, Seen("S01.a", Verdict.SEEN))
    clock.forward(minutes=21)
    observe(stage, marc, Sighting("S01.a", Verdict.SEEN, "k1", "Par téléphone."))
    facilitating.observe(stage, machine, exercise, Seen("S01.a", Verdict.SEEN, "Très calme."))
    observe(stage, marc, Sighting("S01.a", Verdict.MISSED, "k2", ago=24 * 60))
    known = observations(stage, exercise)["S01.a"]
    assert (known.verdict, known.second, known.note) == (Verdict.SEEN, 240, "Très calme.")
