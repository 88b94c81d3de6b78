"""Whoever reads a text of an exercise reads it in the establishment's words: no variable is left."""

from __future__ import annotations

import json

import pytest

from care.domain.access import Scope
from care.domain.exercises import LessonKind, Round
from care.services.exercises.channel_checks import list_checks
from care.services.exercises.conducting import obey
from care.services.exercises.guest_links import open_invitation
from care.services.exercises.guests import GuestDraft, add_guests, list_guests, token_of
from care.services.exercises.lessons import LessonDraft, add_lesson, lessons_of
from care.services.exercises.questionnaires import questions_of
from care.services.exercises.readiness import readiness
from care.services.exercises.reading import open_exercise
from care.services.maturity import maturity_of_exercise
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseGuest
from exercises.decide import End, Start
from tests.support.exercises import prepared, with_one_kit
from tests.support.people import Hospitals


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    """The names of its cells, its objective, its question and its materials hold a variable."""
    number = prepared(stage, machine, hospitals.valley)
    with stage.database.write() as session:
        row = session.get_one(Exercise, number)
        content = json.loads(json.dumps(row.content))
        content["title"] = "Une nuit sans {{lab}}"
        content["cells"][0]["name"] = "Urgences et {{lab}}"
        content["objectives"][0] |= {"text": "Rétablir {{lab}}.", "references": ["anssi-crisis:5.2"]}
        content["hot"][0]["text"] = "Avez-vous su vous passer de tout, même {{lab}} ?"
        content["materials"] = ["Un manuel pour {{lab}}"]
        row.content, row.words, row.version = content, {"lab": "BioSys"}, row.version + 1
    return number


def test_before_the_exercise(stage: Platform, machine: Scope, exercise: int) -> None:
    add_guests(stage, machine, exercise, [GuestDraft("Ali Ba", "Cadre", "ali@example.org", cell="ward")])
    with stage.database.read() as session:
        guest = session.query(ExerciseGuest).one()
        token = token_of(stage, guest)
    assert open_invitation(stage, token).cell == "Urgences et BioSys"
    assert open_exercise(stage, machine, exercise).kit_title == "Une nuit sans BioSys"
    shown = readiness(stage, machine, exercise)
    assert shown.materials == ("Un manuel pour BioSys",)
    for seen in (shown, list_guests(stage, machine, exercise), list_checks(stage, machine, exercise)):
        assert "{{" not in repr(seen)


def test_after_the_exercise(stage: Platform, machine: Scope, exercise: int) -> None:
    obey(stage, machine, exercise, Start())
    obey(stage, machine, exercise, End())
    assert "BioSys" in questions_of(stage, machine, exercise, Round.HOT)[0].text
    add_lesson(stage, machine, exercise, LessonDraft(LessonKind.GAP, "Rappeler plus tôt.", "alert", "ward"))
    lessons = lessons_of(stage, machine, exercise)
    assert lessons.gaps[0].about == ("Rétablir BioSys.", "Urgences et BioSys")
    assert lessons.objectives == {"alert": "Rétablir BioSys."}
    assert "Rétablir BioSys." in repr(maturity_of_exercise(stage, machine, exercise))
