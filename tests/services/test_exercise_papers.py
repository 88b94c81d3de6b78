"""The documents of an exercise speak of the establishment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from care.domain.access import Right, Scope
from care.services.errors import NotFound
from care.services.exercises.papers import fitted_document
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.exercises.rooms import exercise_row
from care.services.platform import Platform
from tests.support.exercises import BUNDLE, with_one_kit
from tests.support.people import Hospitals


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    draft = ExerciseDraft(
        BUNDLE.kit.id, "Nuit d’essai", stage.clock.now() + timedelta(days=1), words={"lab": " Biolab "}
    )
    return create_exercise(stage, machine, hospitals.valley, draft)


def test_a_text_document_holds_them_too_and_a_picture_is_left_alone(
    stage: Platform, machine: Scope, exercise: int
) -> None:
    with stage.database.read() as session:
        row = exercise_row(session, machine, exercise, Right.SEE_EXERCISES)
        assert fitted_document(stage, row, "plan.txt").decode() == "Plan d’étage, Biolab"
        assert fitted_document(stage, row, "photo.png") == b"{{lab}}"
        with pytest.raises(NotFound):
            fitted_document(stage, row, "../plan.txt")
