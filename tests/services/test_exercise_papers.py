"""Booklets and documents of an exercise speak of the establishment; those that give the answers are not for players."""

from __future__ import annotations

from datetime import timedelta

import pytest

from care.domain.access import Level, Right, Role, Scope
from care.services.errors import Forbidden, NotFound
from care.services.exercises.papers import booklet_of, fitted_document
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.exercises.rooms import exercise_row
from care.services.platform import Platform
from exercises.kit import Booklet
from tests.support.exercises import BUNDLE, with_one_kit
from tests.support.people import Hospitals, person


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    draft = ExerciseDraft(
        BUNDLE.kit.id, "Nuit d’essai", stage.clock.now() + timedelta(days=1), words={"lab": " Biolab "}
    )
    return create_exercise(stage, machine, hospitals.valley, draft)


@pytest.mark.parametrize("booklet", Booklet)
def test_a_booklet_holds_the_words_of_the_establishment(
    stage: Platform, machine: Scope, exercise: int, booklet: Booklet
) -> None:
    assert booklet_of(stage, machine, exercise, booklet) == "# Livret\n\nBiolab ne répond plus."


def test_who_may_play_reads_the_booklet_of_players_only(stage: Platform, exercise: int, hospitals: Hospitals) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    assert "Biolab" in booklet_of(stage, director, exercise, Booklet.PLAYERS)
    for booklet in (Booklet.FACILITATORS, Booklet.OBSERVERS):
        with pytest.raises(Forbidden):
            booklet_of(stage, director, exercise, booklet)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        booklet_of(stage, stranger, exercise, Booklet.PLAYERS)


def test_a_text_document_holds_them_too_and_a_picture_is_left_alone(
    stage: Platform, machine: Scope, exercise: int
) -> None:
    with stage.database.read() as session:
        row = exercise_row(session, machine, exercise, Right.SEE_EXERCISES)
        assert fitted_document(stage, row, "plan.txt").decode() == "Plan d’étage, Biolab"
        assert fitted_document(stage, row, "photo.png") == b"{{lab}}"
        with pytest.raises(NotFound):
            fitted_document(stage, row, "../plan.txt")
