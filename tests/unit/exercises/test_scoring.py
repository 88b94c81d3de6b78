"""What an exercise showed: unobserved is neither seen nor missed; late and partial count for less."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.decide import Observe, Pause, Resume, Start
from exercises.events import Verdict
from exercises.fitting import fitted, words_of
from exercises.kit import Measure, QuestionKind
from exercises.kit_check import PLACEHOLDER, faults_of, texts_of
from exercises.scoring import (
    REACHED,
    Mark,
    Timing,
    answered,
    by_cell,
    by_objective,
    criteria_of,
    first_answers,
    grid_share,
    mean_of,
    median_minutes,
    reached,
    reactions_of,
    scored,
)
from tests.unit.exercises.sample_kit import kit
from tests.unit.exercises.test_engine import Room


@pytest.fixture
def room() -> Room:
    one = Room()
    one.do(Start())
    one.wait(41)
    return one


def test_what_nobody_observed_weighs_on_nothing(room: Room) -> None:
    score = scored(reactions_of(room.state))
    assert score.share is None
    assert score.observed == 0
    assert score.reactions == 3


def test_in_time_late_partial_missed(room: Room) -> None:
    played = {key: slot.played_at for key, slot in room.state.slots.items()}
    room.do(Observe("S01.a", Verdict.SEEN, room.now))  # forty minutes after, ten allowed
    room.do(Observe("S05.a", Verdict.PARTIAL, played["S05"] or room.now))
    room.do(Observe("S05.b", Verdict.MISSED, room.now))
    results = {one.id: one for one in reactions_of(room.state)}
    assert [one.timing for one in results.values()] == [Timing.LATE, Timing.IN_TIME, Timing.MISSED]
    assert results["S01.a"].worth == Fraction(1, 2)
    assert results["S05.a"].worth == Fraction(1, 2)
    assert results["S05.b"].worth == 0
    score = scored(results.values())
    assert score.share == Fraction(1, 3)
    assert score.observed == 1
    assert median_minutes(results.values()) == pytest.approx(20.5, abs=0.3)


def test_a_pause_does_not_make_a_reaction_late(room: Room) -> None:
    room.do(Pause())
    room.sleep(120)
    room.do(Resume())
    room.wait(5)
    room.do(Observe("S05.a", Verdict.SEEN, room.now))
    assert reactions_of(room.state)[1].timing is Timing.IN_TIME


def test_an_observation_that_arrives_an_hour_late_counts_when_it_was_made(room: Room) -> None:
    seen = room.now
    room.wait(60)
    room.do(Observe("S05.a", Verdict.SEEN, seen))
    assert reactions_of(room.state)[1].timing is Timing.IN_TIME


def test_scores_by_objective_and_cell(room: Room) -> None:
    room.do(Observe("S05.a", Verdict.SEEN, room.now))
    results = reactions_of(room.state)
    assert by_objective(results)["alert"].share == 1
    assert by_objective(results)["alert"].observed == Fraction(1, 3)
    assert set(by_cell(results)) == {"ward"}
    assert reached(by_objective(results), Fraction(2, 3)) == (1, 1)


def test_questionnaires() -> None:
    scale = answered(QuestionKind.SCALE, [5, 3])
    told = answered(QuestionKind.YES_NO, [True, False, True, True])
    words = answered(QuestionKind.WORDS, ["Trop court."])
    assert scale.mean == 4
    assert told.share == 0.75
    assert words.words == ("Trop court.",)
    assert mean_of(Measure.SATISFACTION, [(Measure.SATISFACTION, scale), (None, told)]) == 0.75
    assert mean_of(Measure.OBJECTIVES, [(Measure.SATISFACTION, scale)]) is None


def test_a_kit_is_fitted_in_every_text() -> None:
    before = kit()
    after = fitted(before, {"lab": "GlimsLab"})
    assert words_of(before, {}) == {"lab": "le SIL"}
    assert after.stimuli[1].body == "GlimsLab ne répond plus."
    assert not any(PLACEHOLDER.search(text) for _, text in texts_of(after))
    assert faults_of(after) == ()
    assert fitted(before, {"lab": "  "}).stimuli[1].body == "le SIL ne répond plus."


@given(st.permutations(["S01.a", "S05.a", "S05.b"]), st.lists(st.sampled_from(list(Verdict)), min_size=3, max_size=3))
def test_the_order_of_observations_changes_nothing(order: list[str], verdicts: list[Verdict]) -> None:
    """Phones send what they saw when they are back in reach, in any order."""
    said = dict(zip(("S01.a", "S05.a", "S05.b"), verdicts, strict=True))

    def score(keys: list[str]) -> object:
        one = Room()
        one.do(Start())
        one.wait(41, step=10.0)
        seen = one.now
        for key in keys:
            one.sleep(0.1)
            one.do(Observe(key, said[key], seen, key=key))
        results = reactions_of(one.state)
        return scored(results), by_objective(results), by_cell(results), median_minutes(results)

    assert score(order) == score(sorted(said))


@given(st.permutations([Mark("calm", "ward", who, mark) for who, mark in (("A", 0), ("B", 2), ("C", 3))]))
def test_marks_are_means_whatever_their_order(marks: list[Mark]) -> None:
    ward, it = criteria_of(kit(), marks)
    assert (ward.cell, ward.mean, ward.divergent) == ("ward", pytest.approx(5 / 3), True)
    assert (it.cell, it.mean, it.divergent) == ("it", None, False)
    assert grid_share([ward, it]) == pytest.approx(5 / 9)
    assert grid_share([it]) is None


def test_a_grid_of_two_thirds_exactly_is_reached() -> None:
    ward, it = (0, 2, 3), (1, 3, 3)
    marks = [
        Mark("calm", cell, str(who), one) for cell, ones in (("ward", ward), ("it", it)) for who, one in enumerate(ones)
    ]
    assert grid_share(criteria_of(kit(), marks)) == REACHED


def test_only_the_first_answer_to_a_stimulus_tells_how_long_it_took(room: Room) -> None:
    at = {key: slot.played_at for key, slot in room.state.slots.items() if slot.played_at}
    said = [("ward", "S05", at["S05"] + timedelta(minutes=m)) for m in (4, 2, 9)]
    found = first_answers(room.state, [*said, ("it", "S99", room.now), ("it", "R1", room.now)])
    assert found == {"ward": pytest.approx((1.0,), abs=1.1)}
