"""What an exercise showed: planned against played, scores, what participants said, the chain, what it counts for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from care.domain.access import Level, Role, Scope
from care.domain.continuity import TestResult
from care.domain.eligibility import Duty
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.conducting import obey
from care.services.exercises.debriefing import Debriefing, open_debriefing
from care.services.exercises.memory import Rooms
from care.services.exercises.worth import eligibility_of_plan
from care.services.platform import Platform
from care.store.exercises import ExerciseEvent, ExerciseParticipant
from exercises.decide import Observe
from exercises.events import Verdict
from exercises.scoring import Timing
from exercises.state import Standing
from tests.support.clock import FixedClock
from tests.support.exercises import BUNDLE, prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.support.played import plant_played

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return plant_played(stage, machine, hospitals.valley, BUNDLE.kit.id)


@pytest.fixture
def seen(stage: Platform, machine: Scope, exercise: int) -> Debriefing:
    return open_debriefing(stage, machine, exercise)


def test_planned_against_played(seen: Debriefing) -> None:
    lines = {one.id: one for one in seen.stimuli}
    assert lines["S02"].planned == 10
    assert lines["S02"].late == pytest.approx(0, abs=0.3)
    assert lines["S02"].standing is Standing.PLAYED
    assert (lines["S04"].standing, lines["S04"].held) == (Standing.HELD, "undecided")
    assert (lines["R1"].standing, lines["R1"].planned) == (Standing.SKIPPED, None)
    assert [one.id for one in seen.stimuli][:2] == ["S01", "S02"]
    assert [one.text for one in seen.moments] == [
        "L’exercice a commencé (DEBEX).", "L’exercice a été mis en pause.", "L’exercice a repris.",
        "L’exercice est terminé (FINEX).",
    ]  # fmt: skip


def test_scores_say_what_they_rest_on(seen: Debriefing) -> None:
    timings = {one.id: one.timing for line in seen.stimuli for one in line.reactions}
    assert timings == {"S01.a": Timing.IN_TIME, "S05.a": Timing.IN_TIME, "S05.b": Timing.IN_TIME}
    objective, cells = seen.objectives[0], {one.id: one for one in seen.cells}
    assert objective.share == pytest.approx(5 / 6)
    assert (objective.observed, objective.reached) == (1, True)
    assert cells["it"].share is None
    assert cells["ward"].answer_minutes == pytest.approx(4)
    assert cells["ward"].people == 2
    assert seen.by_cell.rows[1][1] == "non observé"


def test_two_thirds_exactly_is_reached(stage: Platform, machine: Scope, exercise: int) -> None:
    obey(stage, machine, exercise, Observe("S05.b", Verdict.MISSED, stage.clock.now(), key="S05.b again"))
    found = open_debriefing(stage, machine, exercise)
    assert found.objectives[0].share == 2 / 3
    assert found.objectives[0].reached
    assert (found.figures.reached, found.closing.outcome.result) == (1, TestResult.PASSED)


def test_who_comes_back_through_another_browser_counts_once(stage: Platform, machine: Scope, exercise: int) -> None:
    before = open_debriefing(stage, machine, exercise)
    with stage.database.write() as session:
        first = session.scalars(select(ExerciseParticipant).where(ExerciseParticipant.name == "Personne 00")).one()
        again = ExerciseParticipant(
            exercise_id=exercise, seat=first.seat, cell=first.cell, name="PERSONNE 00", function=first.function,
            token_hash="another browser", joined_at=first.joined_at, seen_at=first.seen_at,
        )  # fmt: skip
        session.add(again)
    found = open_debriefing(stage, machine, exercise)
    assert [one.people for one in found.cells] == [one.people for one in before.cells] == [2, 2]
    assert (found.figures.players, found.closing.outcome.participants) == (4, 4)


def test_the_grid_and_its_divergences(seen: Debriefing) -> None:
    line = seen.criteria[0]
    assert (line.mean, line.cell, line.divergent) == (3, "Urgences", False)
    assert [one.observer for one in line.marks] == ["Odile", "Omar"]


def test_what_participants_said(seen: Debriefing) -> None:
    hot = seen.rounds[0]
    assert (hot.filled, hot.shown) == (4, 3)
    assert hot.satisfaction == pytest.approx(((5 + 4 + 3) / 3 - 1) / 4)


def test_the_exercise_before_is_set_beside(stage: Platform, machine: Scope, hospitals: Hospitals) -> None:
    first = plant_played(stage, machine, hospitals.valley, BUNDLE.kit.id, title="Avant", days=300)
    second = plant_played(stage, machine, hospitals.valley, BUNDLE.kit.id)
    assert open_debriefing(stage, machine, first).before is None
    before = open_debriefing(stage, machine, second).before
    assert before is not None
    assert (before.id, before.same_kit) == (first, True)
    assert before.figures.score == pytest.approx(5 / 6)


def test_a_changed_event_is_told(stage: Platform, machine: Scope, exercise: int) -> None:
    assert open_debriefing(stage, machine, exercise).chain.whole
    with stage.database.write() as session:
        session.execute(
            update(ExerciseEvent)
            .where(ExerciseEvent.exercise_id == exercise, ExerciseEvent.number == 3)
            .values(by="quelqu’un d’autre")
        )
    assert open_debriefing(stage, machine, exercise).chain.broken_at == 3


def test_an_event_that_says_nothing_any_more_is_told(stage: Platform, machine: Scope, exercise: int) -> None:
    with stage.database.write() as session:
        session.execute(
            update(ExerciseEvent)
            .where(ExerciseEvent.exercise_id == exercise, ExerciseEvent.number == 3)
            .values(content={"what": "nothing"})
        )
    seen = open_debriefing(stage, machine, exercise)  # from what this process remembers
    assert (seen.chain.broken_at, len(seen.chain.events)) == (3, 2)
    with pytest.raises(Refused, match=r"no\. 3 "):
        open_debriefing(replace(stage, rooms=Rooms()), machine, exercise)


def test_nothing_is_shown_before_the_end(stage: Platform, machine: Scope, hospitals: Hospitals) -> None:
    with pytest.raises(Refused):
        open_debriefing(stage, machine, prepared(stage, machine, hospitals.valley))


def test_it_is_nobody_elses(stage: Platform, exercise: int, hospitals: Hospitals) -> None:
    with pytest.raises(NotFound):
        open_debriefing(stage, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), exercise)
    with pytest.raises(Forbidden):
        open_debriefing(stage, person(Role.ACTIVITY_OWNER, Level.ESTABLISHMENT, hospitals.valley), exercise)


def test_what_it_would_count_for(stage: Platform, machine: Scope, hospitals: Hospitals, clock: FixedClock) -> None:
    number = prepared(stage, machine, hospitals.valley)
    worth = eligibility_of_plan(stage, machine, number)
    found = {one.duty: one for one in worth.answers}
    assert found[Duty.YEARLY].counts
    assert not found[Duty.D2_O1_D].counts
    assert len(worth.to_ensure) == 3
    other = replace(stage, clock=clock)
    assert eligibility_of_plan(other, machine, number) == worth
