"""Questionnaires by link: nobody is told from another, a device counts once, nothing opens before its time."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from random import Random

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.exercises import Round, Seat
from care.services.errors import Forbidden, Invalid, NotFound, Refused, Throttled
from care.services.exercises import questionnaires
from care.services.exercises.answer_sheets import mark_of, set_aside, sheets_of, shown
from care.services.exercises.debriefing import open_debriefing
from care.services.exercises.questionnaires import RoundResult, count_answers, fill_in, open_form, token_of, type_in
from care.services.platform import Platform
from care.store.accounts import SignInBrake
from care.store.exercises import Exercise, ExerciseAnswer, ExerciseParticipant
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock
from tests.support.exercises import BUNDLE, prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.support.played import plant_played
from tests.unit.exercises.sample_kit import kit

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return plant_played(stage, machine, hospitals.valley, BUNDLE.kit.id)


@pytest.fixture
def hot(stage: Platform, exercise: int) -> str:
    return token_of(stage, exercise, Round.HOT)


def test_a_device_counts_once_and_may_change_its_mind(stage: Platform, machine: Scope, exercise: int, hot: str) -> None:
    fill_in(stage, hot, "mon-téléphone", {"q1": "1"})
    fill_in(stage, hot, "mon-téléphone", {"q1": "5"})
    assert count_answers(stage, machine, exercise, Round.HOT) == 5
    assert open_form(stage, hot, "mon-téléphone").before == {"q1": 5}
    assert open_form(stage, hot, "un-autre").before is None


def test_nothing_tells_who_answered(stage: Platform, hot: str) -> None:
    fill_in(stage, hot, "mon-téléphone", {"q1": "1"})
    with stage.database.read() as session:
        rows = session.scalars(select(ExerciseAnswer)).all()
    assert {(one.at.hour, one.at.minute, one.at.second) for one in rows} == {(0, 0, 0)}
    assert not any("téléphone" in str(vars(one)) for one in rows)
    assert {column.name for column in ExerciseAnswer.__table__.columns} == {
        "id", "exercise_id", "round", "answers", "key", "at",
    }  # fmt: skip


def test_a_link_is_not_guessed_from_another(stage: Platform, exercise: int, hot: str) -> None:
    number, _, mark = hot.partition("-")
    other = f"{exercise + 1}h-{mark}"
    for wrong in (other, f"{number}-{'a' * 20}", f"{exercise}c-{mark}", "", "x", f"{hot}\n", "9" * 400):
        with pytest.raises(NotFound):
            open_form(stage, wrong, "")


def test_it_opens_at_the_end_and_closes(
    stage: Platform, machine: Scope, hospitals: Hospitals, hot: str, clock: FixedClock
) -> None:
    number = prepared(stage, machine, hospitals.valley)
    early = token_of(stage, number, Round.HOT)
    assert not open_form(stage, early, "").is_open
    with pytest.raises(Refused):
        fill_in(stage, early, "un", {"q1": "3"})
    with pytest.raises(NotFound):
        open_form(stage, token_of(stage, number, Round.COLD), "")  # this kit has no cold questionnaire
    assert open_form(stage, hot, "").is_open
    clock.forward(days=8)
    with pytest.raises(Refused):
        fill_in(stage, hot, "tard", {"q1": "3"})


@pytest.mark.parametrize("typed", [{}, {"q1": ""}, {"q1": "6"}, {"q1": "0"}, {"q1": "moyen"}, {"autre": "3"},
    {"q1": "003"}, {"q1": "003" + "9" * 400}, {"q1": "5" * 400}, {"q1": "٣"},
])  # fmt: skip
def test_bad_answers(stage: Platform, hot: str, typed: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        fill_in(stage, hot, "un", typed)


def test_too_many_at_once_wait(stage: Platform, hot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questionnaires, "FREE_AN_HOUR", 3)
    for device in ("a", "b", "c"):
        fill_in(stage, hot, device, {"q1": "3"})
    with pytest.raises(Throttled):
        fill_in(stage, hot, "d", {"q1": "3"})
    fill_in(stage, hot, "c", {"q1": "4"})  # who answered already is not kept waiting


def test_one_address_does_not_stuff_a_questionnaire(stage: Platform, hot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questionnaires, "FREE_FROM_ADDRESS", 6)  # more than the four who sat
    for device in range(6):
        fill_in(stage, hot, f"script-{device}", {"q1": "1"}, "203.0.113.7")
    with pytest.raises(Throttled, match="on paper"):
        fill_in(stage, hot, "script-7", {"q1": "1"}, "203.0.113.7")
    fill_in(stage, hot, "phone", {"q1": "3"}, "203.0.113.8")
    with stage.database.read() as session:
        assert not any("203.0.113" in key for key in session.scalars(select(SignInBrake.key)))


def test_a_hospital_behind_one_address_answers(
    stage: Platform, exercise: int, hot: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questionnaires, "FREE_FROM_ADDRESS", 2)
    with stage.database.write() as session:
        for number in range(20):
            session.add(
                ExerciseParticipant(
                    exercise_id=exercise, seat=Seat.PLAYER, cell="ward", name=f"P{number}", token_hash=f"t{number}",
                    joined_at=clock.now(), seen_at=clock.now(),
                )
            )  # fmt: skip
    for device in range(20):
        fill_in(stage, hot, f"phone-{device}", {"q1": "4"}, "203.0.113.7")


def test_a_questionnaire_has_a_bound(stage: Platform, hot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questionnaires, "MAX_ANSWERS", 4)
    with pytest.raises(Refused):
        fill_in(stage, hot, "de-trop", {"q1": "3"})


def test_paper_is_typed_in(stage: Platform, machine: Scope, exercise: int, hospitals: Hospitals) -> None:
    type_in(stage, machine, exercise, Round.HOT, {"q1": "2"})
    type_in(stage, machine, exercise, Round.HOT, {"q1": "2"})
    assert count_answers(stage, machine, exercise, Round.HOT) == 6
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    with pytest.raises(Forbidden):
        type_in(stage, director, exercise, Round.HOT, {"q1": "2"})


def test_few_answers_are_not_shown(stage: Platform, machine: Scope, hospitals: Hospitals, exercise: int) -> None:
    assert open_debriefing(stage, machine, exercise).rounds[0].questions
    with stage.database.write() as session:
        for row in session.scalars(select(ExerciseAnswer).limit(2)):
            session.delete(row)
    shown = open_debriefing(stage, machine, exercise).rounds[0]
    assert (shown.filled, shown.too_few, shown.questions, shown.satisfaction) == (2, True, (), None)


def first(platform: Platform, scope: Scope, exercise: int) -> RoundResult:
    return open_debriefing(platform, scope, exercise).rounds[0]


def test_what_is_typed_in_unlocks_nobody(stage: Platform, machine: Scope, exercise: int) -> None:
    with stage.database.write() as session:
        for row in session.scalars(select(ExerciseAnswer).limit(3)):
            session.delete(row)
    for _ in range(2):
        type_in(stage, machine, exercise, Round.HOT, {"q1": "2"})
    seen = first(stage, machine, exercise)
    assert (seen.filled, seen.shown, seen.questions) == (3, 0, ()), "1, taken away from what I know"
    type_in(stage, machine, exercise, Round.HOT, {"q1": "2"})
    assert first(stage, machine, exercise).shown == 3
    assert first(stage, machine, exercise).questions[0].answered.mean == 2


def test_an_answer_among_the_results_does_not_change(stage: Platform, hot: str) -> None:
    fill_in(stage, hot, "a", {"q1": "1"})
    fill_in(stage, hot, "a", {"q1": "5"})
    fill_in(stage, hot, "b", {"q1": "1"})
    assert open_form(stage, hot, "a").settled
    with pytest.raises(Refused, match="stays as it was"):
        fill_in(stage, hot, "a", {"q1": "1"})
    assert open_form(stage, hot, "a").before == {"q1": 5}


WORDS = {"q2": "C’est la faute de Martin"}


@pytest.fixture
def wordy(stage: Platform, exercise: int) -> None:
    """A question in words, and answers by seven devices and three sheets of paper on the way."""
    with stage.database.write() as session:
        row = session.get_one(Exercise, exercise)
        asked = [*row.content["hot"], {"id": "q2", "text": "Un mot ?", "kind": "words"}]
        row.content = {**row.content, "hot": asked}


@pytest.mark.usefixtures("wordy")
def test_words_are_set_aside_in_sight_and_the_sheets_leave_by_three(
    stage: Platform, machine: Scope, hospitals: Hospitals, exercise: int, hot: str
) -> None:
    for device in range(5):
        fill_in(stage, hot, f"d{device}", {"q1": "1", **(WORDS if device < 3 else {"q2": f"Mot {device}"})})
    assert first(stage, machine, exercise).shown == 9
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    given = (Round.HOT, "q2")
    with pytest.raises(Forbidden):
        set_aside(stage, director, exercise, *given, mark_of("Mot 3"), "x")
    with pytest.raises(NotFound):
        set_aside(stage, machine, exercise, *given, mark_of("Jamais dit"), "x")
    with pytest.raises(Invalid):
        set_aside(stage, machine, exercise, *given, mark_of("Mot 3"), " ")
    set_aside(stage, machine, exercise, *given, mark_of("Mot 3"), "Nomme quelqu’un")
    seen = first(stage, machine, exercise)
    assert (seen.filled, seen.shown) == (9, 9), "its marks leave with two others"
    assert seen.questions[1].aside == ("Nomme quelqu’un",)
    assert "Mot 3" not in seen.questions[1].answered.words
    set_aside(stage, machine, exercise, *given, mark_of(WORDS["q2"]), "Accuse")
    seen = first(stage, machine, exercise)
    assert (seen.filled, seen.shown) == (9, 6)
    assert sorted(seen.questions[1].aside) == ["Accuse"] * 3 + ["Nomme quelqu’un"]
    with pytest.raises(NotFound):
        set_aside(stage, machine, exercise, *given, mark_of(WORDS["q2"]), "Encore")
    with stage.database.read() as session:
        noted = [one for one in session.scalars(select(TrailEvent)) if one.action == "exercise.answer_set_aside"]
    assert [(one.detail["count"], one.detail["reason"]) for one in noted] == [(1, "Nomme quelqu’un"), (3, "Accuse")]
    assert "Martin" not in str([one.detail for one in noted])


@pytest.mark.usefixtures("wordy")
def test_no_difference_between_two_moments_is_one_answer(
    stage: Platform, machine: Scope, exercise: int, hot: str
) -> None:
    """Everything an attentive facilitator sees over time, as equations: none of them solves for one device."""
    chance, seen = Random(5), set[frozenset[int]]()  # noqa: S311 - no secret
    for number in range(40):
        match chance.choice(("answers", "answers", "copied", "changes", "aside")):
            case "answers":
                fill_in(stage, hot, f"d{number}", {"q1": "3", "q2": f"Mot {number}"})
            case "copied":
                type_in(stage, machine, exercise, Round.HOT, {"q1": "1", "q2": f"Papier {number}"})
            case "changes":
                with suppress(Refused):
                    fill_in(stage, hot, "mine", {"q1": str(1 + number % 5)})
            case "aside":
                results = first(stage, machine, exercise).questions
                if results and (words := results[1].answered.words):
                    set_aside(stage, machine, exercise, Round.HOT, "q2", mark_of(chance.choice(words)), "Parce que")
        with stage.database.read() as session:
            sheets = sheets_of(session, exercise, Round.HOT)
            seen.add(frozenset(one.id for one in shown(sheets) if len(one.key) == 64))
    assert len(seen) > 4
    assert not solved(seen)


def solved(sums: set[frozenset[int]]) -> list[int]:
    """The unknowns that these sums determine: alone in a row of the reduced echelon form."""
    rows = [{one: Fraction(1) for one in each} for each in sums]
    reduced: list[dict[int, Fraction]] = []
    while rows:
        row = rows.pop()
        if not row:
            continue
        pivot = min(row)
        row = {one: value / row[pivot] for one, value in row.items()}
        rows, reduced = [without(one, row, pivot) for one in rows], [without(one, row, pivot) for one in reduced]
        reduced.append(row)
    return [next(iter(row)) for row in reduced if len(row) == 1]


def without(row: dict[int, Fraction], other: dict[int, Fraction], pivot: int) -> dict[int, Fraction]:
    times = row.get(pivot, Fraction(0))
    left = {one: row.get(one, Fraction(0)) - times * other.get(one, Fraction(0)) for one in {*row, *other}}
    return {one: value for one, value in left.items() if value}


def test_the_attack_by_difference_finds_what_can_be_found() -> None:
    assert solved({frozenset({1, 2, 3}), frozenset({1, 2, 3, 4})}) == [4]
    assert solved({frozenset({1, 2}), frozenset({2, 3}), frozenset({1, 3})}) != []
    assert solved({frozenset({1, 2, 3}), frozenset({4, 5, 6}), frozenset({1, 2, 4})}) == []


def test_words_stand_in_an_order_of_their_own() -> None:
    said = ["le premier", "le deuxième", "le troisième", "le quatrième"]
    one = questionnaires._shuffled("q1", said)
    assert sorted(one) == sorted(said)
    assert one == questionnaires._shuffled("q1", reversed(said))
    assert one != questionnaires._shuffled("q2", said)
    assert kit().hot[0].id == "q1"
