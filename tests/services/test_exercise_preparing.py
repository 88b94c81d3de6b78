"""Preparing an exercise: changed by two people, copied, cancelled; its continuity test follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from care.domain.access import Level, Role, Scope
from care.domain.continuity import TestKind, TestState
from care.domain.exercises import ExerciseStage
from care.services.continuity_tests import cancel_test
from care.services.errors import Forbidden, Invalid, NotFound, Refused
from care.services.exercises.conducting import obey
from care.services.exercises.preparing import (
    ExerciseDraft,
    ExercisePlan,
    cancel_exercise,
    change_exercise,
    choose_words,
    copy_exercise,
    create_exercise,
)
from care.services.exercises.rooms import enter
from care.services.platform import Platform
from care.store.continuity import ContinuityTest, ContinuityTestNode
from care.store.exercises import Exercise, ExerciseEvent
from care.store.trail import TrailEvent
from exercises.decide import End, Start
from tests.support.exercises import BUNDLE, prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.web.continuity import plant_continuity

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    return prepared(stage, machine, hospitals.valley)


@pytest.fixture
def plan(stage: Platform) -> ExercisePlan:
    return ExercisePlan("Nuit noire", stage.clock.now() + timedelta(days=8), "Salle bleue", "Anne Martin")


def row_of(platform: Platform, exercise_id: int) -> Exercise:
    with platform.database.read() as session:
        row = session.get_one(Exercise, exercise_id, options=[undefer("*")])
        session.expunge(row)
        return row


def continuity_test_of(platform: Platform, exercise_id: int) -> ContinuityTest:
    with platform.database.read() as session:
        row = session.get_one(ContinuityTest, session.get_one(Exercise, exercise_id).test_id)
        session.expunge(row)
        return row


def test_an_exercise_brings_its_continuity_test(
    stage: Platform, machine: Scope, hospitals: Hospitals, plan: ExercisePlan
) -> None:
    planted = plant_continuity(stage, hospitals.valley)
    draft = ExerciseDraft(
        BUNDLE.kit.id, plan.title, plan.planned_at, plan.place, plan.director, node_ids=(planted.emergency,)
    )
    number = create_exercise(stage, machine, hospitals.valley, draft)
    test = continuity_test_of(stage, number)
    assert (test.title, test.leader, test.kind) == ("Nuit noire", "Anne Martin", TestKind.TABLE_TOP)
    with stage.database.read() as session:
        nodes = session.scalars(select(ContinuityTestNode.node_id).where(ContinuityTestNode.test_id == test.id))
        assert list(nodes) == [planted.emergency]


def test_a_change_is_versioned_and_reaches_the_continuity_test(
    stage: Platform, machine: Scope, exercise: int, plan: ExercisePlan
) -> None:
    change_exercise(stage, machine, exercise, plan, 1)
    row, test = row_of(stage, exercise), continuity_test_of(stage, exercise)
    assert (row.title, row.place, row.director, row.version) == ("Nuit noire", "Salle bleue", "Anne Martin", 2)
    assert row.planned_at == plan.planned_at
    assert (test.title, test.planned_on, test.leader) == ("Nuit noire", plan.planned_at.date(), "Anne Martin")
    change_exercise(stage, machine, exercise, plan, 2)
    assert row_of(stage, exercise).version == 2, "nothing changed, nobody is told that it did"


def test_who_comes_second_learns_who_changed_what(
    stage: Platform, machine: Scope, exercise: int, plan: ExercisePlan
) -> None:
    change_exercise(stage, machine, exercise, plan, 1)
    with pytest.raises(Refused) as refusal:
        change_exercise(stage, machine, exercise, replace(plan, title="Autre"), 1)
    assert f"Entre-temps, {machine.actor} a modifié le titre, la date, le lieu" in refusal.value.text.fr
    with pytest.raises(Refused):
        choose_words(stage, machine, exercise, {"lab": "Biolab"}, 1)
    assert row_of(stage, exercise).title == "Nuit noire"


def test_words_reach_the_stimuli_and_those_of_nothing_are_left_aside(
    stage: Platform, machine: Scope, exercise: int
) -> None:
    choose_words(stage, machine, exercise, {"lab": "  Biolab ", "pacs": "Vue"}, 1)
    row = row_of(stage, exercise)
    assert (row.words, row.version) == ({"lab": "Biolab"}, 2)
    with stage.database.read() as session:
        state = enter(session, stage.rooms, session.get_one(Exercise, exercise)).state
    assert state.slots["S02"].stimulus.body == "Biolab ne répond plus."
    choose_words(stage, machine, exercise, {"lab": " "}, 2)
    assert row_of(stage, exercise).words == {}, "an empty word is the kit's own"
    with pytest.raises(Invalid) as refusal:
        choose_words(stage, machine, exercise, {"lab": "x" * 201}, 3)
    assert set(refusal.value.fields) == {"lab"}


def test_an_exercise_that_began_no_longer_changes(
    stage: Platform, machine: Scope, exercise: int, plan: ExercisePlan
) -> None:
    obey(stage, machine, exercise, Start())
    for late in (
        lambda: change_exercise(stage, machine, exercise, plan, 1),
        lambda: choose_words(stage, machine, exercise, {}, 1),
        lambda: cancel_exercise(stage, machine, exercise, "Grève", 1),
    ):
        with pytest.raises(Refused) as refusal:
            late()
        assert "a commencé" in refusal.value.text.fr


def test_a_cancelled_exercise_says_why_and_so_does_its_test(stage: Platform, machine: Scope, exercise: int) -> None:
    with pytest.raises(Invalid) as refusal:
        cancel_exercise(stage, machine, exercise, "  ", 1)
    assert set(refusal.value.fields) == {"reason"}
    cancel_exercise(stage, machine, exercise, "Vague de grippe", 1)
    assert row_of(stage, exercise).stage is ExerciseStage.CANCELLED
    test = continuity_test_of(stage, exercise)
    assert (test.state, test.cancel_reason) == (TestState.CANCELLED, "Vague de grippe")
    with stage.database.read() as session:
        last = session.scalars(select(TrailEvent).order_by(TrailEvent.number.desc()).limit(1)).one()
    assert (last.action, last.detail["reason"]) == ("exercise.cancelled", "Vague de grippe")
    with pytest.raises(Refused):
        cancel_exercise(stage, machine, exercise, "Encore", 2)


def test_the_test_of_an_exercise_is_not_cancelled_without_it(stage: Platform, machine: Scope, exercise: int) -> None:
    test = continuity_test_of(stage, exercise)
    with pytest.raises(Refused) as refusal:
        cancel_test(stage, machine, test.id, "Grève", test.version)
    assert "celui de l’exercice « Nuit d’essai »" in refusal.value.text.fr
    assert continuity_test_of(stage, exercise).state is TestState.PLANNED


def test_a_copy_is_a_new_exercise_without_what_happened(
    stage: Platform, machine: Scope, exercise: int, plan: ExercisePlan
) -> None:
    choose_words(stage, machine, exercise, {"lab": "Biolab"}, 1)
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, End())
    copy = copy_exercise(stage, machine, exercise, plan)
    model, row = row_of(stage, exercise), row_of(stage, copy)
    assert (row.content, row.words, row.documents) == (model.content, {"lab": "Biolab"}, model.documents)
    assert row.code != model.code
    assert row.test_id != model.test_id
    assert (row.stage, row.title, row.version, row.last_event) == (ExerciseStage.PREPARED, "Nuit noire", 1, 0)
    with stage.database.read() as session:
        assert not list(session.scalars(select(ExerciseEvent).where(ExerciseEvent.exercise_id == copy)))


def test_a_plan_is_checked_field_by_field(
    stage: Platform, machine: Scope, hospitals: Hospitals, exercise: int, plan: ExercisePlan
) -> None:
    wrong = ExercisePlan(" ", stage.clock.now() - timedelta(days=2), "x" * 201, "y" * 201)
    with pytest.raises(Invalid) as refusal:
        change_exercise(stage, machine, exercise, wrong, 1)
    assert set(refusal.value.fields) == {"title", "planned_at", "place", "director"}
    with pytest.raises(Invalid) as refusal:
        copy_exercise(stage, machine, exercise, replace(plan, plan_series=99, node_ids=(999,)))
    assert set(refusal.value.fields) == {"plan", "nodes"}
    with pytest.raises(NotFound):
        create_exercise(stage, machine, hospitals.valley, ExerciseDraft("nulle-part", "X", plan.planned_at))
    other = plant_continuity(stage, hospitals.far)
    with pytest.raises(Invalid) as refusal:
        copy_exercise(stage, machine, exercise, replace(plan, node_ids=(other.emergency,)))
    assert set(refusal.value.fields) == {"nodes"}, "nothing of another establishment"


def test_only_who_conducts_exercises_there_prepares_them(
    stage: Platform, hospitals: Hospitals, exercise: int, plan: ExercisePlan
) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for who, refusal in ((director, Forbidden), (stranger, NotFound)):
        for asked in (
            lambda who=who: change_exercise(stage, who, exercise, plan, 1),
            lambda who=who: choose_words(stage, who, exercise, {}, 1),
            lambda who=who: cancel_exercise(stage, who, exercise, "Non", 1),
            lambda who=who: copy_exercise(stage, who, exercise, plan),
            lambda who=who: prepared(stage, who, hospitals.valley),
        ):
            with pytest.raises(refusal):
                asked()
