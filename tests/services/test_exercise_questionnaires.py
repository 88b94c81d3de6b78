"""Questionnaires by link: nobody is told from another, a device counts once, nothing opens before its time."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from care.domain.access import Level, Role, Scope
from care.domain.exercises import Round
from care.services.errors import Forbidden, Invalid, NotFound, Refused, Throttled
from care.services.exercises import questionnaires
from care.services.exercises.debriefing import open_debriefing
from care.services.exercises.questionnaires import count_answers, fill_in, open_form, token_of, type_in
from care.services.platform import Platform
from care.store.exercises import ExerciseAnswer
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
    monkeypatch.setattr(questionnaires, "FREE_AN_HOUR", 2)
    fill_in(stage, hot, "a", {"q1": "3"})
    fill_in(stage, hot, "b", {"q1": "3"})
    with pytest.raises(Throttled):
        fill_in(stage, hot, "c", {"q1": "3"})
    fill_in(stage, hot, "a", {"q1": "4"})  # who answered already is not kept waiting


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


def test_words_stand_in_an_order_of_their_own() -> None:
    said = ["le premier", "le deuxième", "le troisième", "le quatrième"]
    one = questionnaires._shuffled("q1", said)
    assert sorted(one) == sorted(said)
    assert one == questionnaires._shuffled("q1", reversed(said))
    assert one != questionnaires._shuffled("q2", said)
    assert kit().hot[0].id == "q1"
