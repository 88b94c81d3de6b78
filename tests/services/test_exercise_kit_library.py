"""The library of kits: brought in whole or not at all, seen by who may, given back as they came, never deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from care.adapters.exercise_kits import read_zip, zip_of
from care.domain.access import Level, Role, Scope
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.kit_import import Brought, FaultyKit, import_kit, withdraw_kit
from care.services.exercises.kit_library import (
    export_kit,
    kit_booklet,
    kit_document,
    list_kits,
    open_kit,
)
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.platform import Platform
from care.store.exercises import Exercise, ExerciseKit
from exercises.kit import Booklet
from tests.services.test_exercise_kits import files, zipped
from tests.support.exercises import BUNDLE, with_one_kit
from tests.support.people import Hospitals, person

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


def kit_zip(**changes: Any) -> bytes:
    return zipped({**files(**{"id": "panne-locale", **changes}), "documents/plan.txt": b"plan"})


@pytest.fixture
def name(stage: Platform, ciso: Scope, hospitals: Hospitals) -> str:
    return import_kit(stage, ciso, hospitals.valley, kit_zip()).name


def test_a_kit_comes_in_and_goes_out_as_it_was(stage: Platform, ciso: Scope, hospitals: Hospitals, name: str) -> None:
    assert name.startswith("panne-locale.")
    filename, content = export_kit(stage, ciso, hospitals.valley, name)
    assert filename == "panne-locale-1.0.0.zip"
    came, went = read_zip(kit_zip()), read_zip(content)
    assert (went.kit, dict(went.booklets), went.documents) == (came.kit, dict(came.booklets), came.documents)
    assert zip_of(went) == content
    assert kit_document(stage, ciso, hospitals.valley, name, "plan.txt") == b"plan"
    with pytest.raises(NotFound):
        kit_document(stage, ciso, hospitals.valley, name, "autre.txt")


def test_a_shipped_kit_goes_out_too(stage: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    filename, content = export_kit(stage, ciso, hospitals.valley, BUNDLE.kit.id)
    assert filename == "essai-court-1.0.0.zip"
    assert read_zip(content).kit == BUNDLE.kit


def test_everything_wrong_is_told_and_nothing_is_recorded(stage: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    with pytest.raises(FaultyKit) as refusal:
        import_kit(stage, ciso, hospitals.valley, kit_zip(title="", level="expert"))
    assert [(one.file, one.key) for one in refusal.value.faults] == [("kit.yaml", "title"), ("kit.yaml", "level")]
    assert refusal.value.faults[0].reason == "vide"
    assert "2 points à corriger" in refusal.value.text.fr
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ExerciseKit)) == 0


def test_a_title_is_listed_in_the_words_of_its_kit(stage: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    found = import_kit(stage, ciso, hospitals.valley, kit_zip(id="nuit", title="Une nuit sans {{lab}}"))
    (card,) = [one for one in list_kits(stage, ciso, hospitals.valley).kits if one.name == found.name]
    assert (card.title, found.title) == ("Une nuit sans le SIL",) * 2


def test_a_new_version_stands_beside_the_former_and_is_shown_as_such(
    stage: Platform, ciso: Scope, hospitals: Hospitals, name: str
) -> None:
    again = import_kit(stage, ciso, hospitals.valley, kit_zip(version="1.10.0"))
    assert (again.brought, [one.version for one in again.others]) == (Brought.VERSION, ["1.0.0"])
    (card,) = [one for one in list_kits(stage, ciso, hospitals.valley).kits if one.kit == "panne-locale"]
    assert (card.version, [one.version for one in card.others]) == ("1.10.0", ["1.0.0"])
    older = open_kit(stage, ciso, hospitals.valley, name).card
    assert not older.newest
    newer = import_kit(stage, ciso, hospitals.valley, kit_zip(version="1.9.2"))
    assert not open_kit(stage, ciso, hospitals.valley, newer.name).card.newest, "1.10.0 comes after 1.9.2"


def test_a_version_of_a_shipped_kit_may_be_brought_in(stage: Platform, ciso: Scope, hospitals: Hospitals) -> None:
    found = import_kit(stage, ciso, hospitals.valley, kit_zip(id=BUNDLE.kit.id, version="1.1.0"))
    assert (found.brought, found.others[0].shipped) == (Brought.VERSION, True)
    with pytest.raises(Refused) as refusal:
        import_kit(stage, ciso, hospitals.valley, kit_zip(id=BUNDLE.kit.id))
    assert "changez le numéro de version" in refusal.value.text.fr


def test_the_same_file_twice_changes_nothing_and_another_content_is_refused(
    stage: Platform, ciso: Scope, hospitals: Hospitals, name: str
) -> None:
    again = import_kit(stage, ciso, hospitals.valley, kit_zip())
    assert (again.brought, again.name) == (Brought.SAME, name)
    with pytest.raises(Refused):
        import_kit(stage, ciso, hospitals.valley, kit_zip(summary="Tout autre chose."))
    with stage.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ExerciseKit)) == 1


def test_a_withdrawn_kit_is_kept_and_comes_back_with_its_file(
    stage: Platform, ciso: Scope, hospitals: Hospitals, name: str
) -> None:
    at = stage.clock.now()
    number = create_exercise(stage, ciso, hospitals.valley, ExerciseDraft(name, "Avant", at))
    withdraw_kit(stage, ciso, hospitals.valley, name)
    library = list_kits(stage, ciso, hospitals.valley)
    assert name not in {one.name for one in library.kits}
    assert [one.name for one in library.withdrawn] == [name]
    assert open_kit(stage, ciso, hospitals.valley, name).may_withdraw is False
    with pytest.raises(Refused) as refusal:
        create_exercise(stage, ciso, hospitals.valley, ExerciseDraft(name, "Après", at))
    assert "a été retiré" in refusal.value.text.fr
    with stage.database.read() as session:
        assert session.get_one(Exercise, number).kit == "panne-locale", "an exercise keeps its own copy"
    assert import_kit(stage, ciso, hospitals.valley, kit_zip()).brought is Brought.BACK
    assert name in {one.name for one in list_kits(stage, ciso, hospitals.valley).kits}


def test_an_exercise_is_made_from_a_kit_brought_in(
    stage: Platform, ciso: Scope, hospitals: Hospitals, name: str
) -> None:
    number = create_exercise(
        stage, ciso, hospitals.valley, ExerciseDraft(name, "Nuit", stage.clock.now(), words={"lab": "Biolab"})
    )
    with stage.database.read() as session:
        row = session.get_one(Exercise, number)
        assert (row.kit, row.kit_version, row.words) == ("panne-locale", "1.0.0", {"lab": "Biolab"})
        assert [one["name"] for one in row.documents] == ["plan.txt"]
        assert stage.evidence.intact(row.documents[0]["sha256"])


ASKED: list[Callable[[Platform, Scope, int, str], object]] = [
    open_kit,
    export_kit,
    withdraw_kit,
    lambda platform, scope, place, name: kit_booklet(platform, scope, place, name, Booklet.PLAYERS),
    lambda platform, scope, place, name: kit_document(platform, scope, place, name, "plan.txt"),
    lambda platform, scope, place, name: create_exercise(
        platform, scope, place, ExerciseDraft(name, "Nuit", platform.clock.now())
    ),
]


@pytest.mark.parametrize("asked", ASKED)
def test_a_kit_of_another_establishment_does_not_exist(
    stage: Platform, hospitals: Hospitals, name: str, asked: Callable[[Platform, Scope, int, str], object]
) -> None:
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for place in (hospitals.valley, hospitals.far):
        with pytest.raises(NotFound):
            asked(stage, stranger, place, name)
    assert "panne-locale" not in {one.kit for one in list_kits(stage, stranger, hospitals.far).kits}


@pytest.mark.parametrize("wrong", ["panne-locale", "panne-locale.0", "autre.1", "panne-locale.1e9", "..", "x.²"])
def test_a_name_that_is_none_is_not_found(
    stage: Platform, ciso: Scope, hospitals: Hospitals, name: str, wrong: str
) -> None:
    for asked in ASKED:
        with pytest.raises(NotFound):
            asked(stage, ciso, hospitals.valley, wrong)


def test_a_kit_for_all_is_brought_in_by_who_conducts_everywhere(
    stage: Platform, machine: Scope, ciso: Scope, hospitals: Hospitals
) -> None:
    with pytest.raises(Forbidden):
        import_kit(stage, ciso, hospitals.valley, kit_zip(), for_all=True)
    shared = import_kit(stage, machine, hospitals.valley, kit_zip(), for_all=True)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    view = open_kit(stage, stranger, hospitals.far, shared.name)
    assert (view.card.for_all, view.may_withdraw) == (True, False)
    with pytest.raises(Forbidden):
        withdraw_kit(stage, stranger, hospitals.far, shared.name)
    assert import_kit(stage, machine, hospitals.valley, kit_zip(), for_all=True).brought is Brought.SAME
    assert import_kit(stage, ciso, hospitals.valley, kit_zip()).brought is Brought.SAME, "it is there for all already"


def test_who_may_play_does_not_read_the_answers(stage: Platform, hospitals: Hospitals, name: str) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    view = open_kit(stage, director, hospitals.valley, name)
    assert (view.may_run, view.kit.stimuli, view.documents, view.booklets) == (False, (), (), (Booklet.PLAYERS,))
    assert "rançongiciel" not in view.kit.scenario.truth
    assert kit_booklet(stage, director, hospitals.valley, name, Booklet.PLAYERS) == "# Joueurs"
    for asked in (
        lambda: kit_booklet(stage, director, hospitals.valley, name, Booklet.FACILITATORS),
        lambda: kit_document(stage, director, hospitals.valley, name, "plan.txt"),
        lambda: export_kit(stage, director, hospitals.valley, name),
        lambda: import_kit(stage, director, hospitals.valley, kit_zip(version="2.0.0")),
        lambda: withdraw_kit(stage, director, hospitals.valley, name),
    ):
        with pytest.raises(Forbidden):
            asked()


def test_objectives_say_what_they_help_to_prove(stage: Platform, ciso: Scope, hospitals: Hospitals, name: str) -> None:
    (objective,) = open_kit(stage, ciso, hospitals.valley, name).objectives
    assert objective.references == ("CaRE D2.O1.D – plan de continuité éprouvé sur le terrain",)


def test_every_reference_of_the_shipped_kits_has_a_name(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    cards = list_kits(platform, machine, hospitals.valley).kits
    kits = [open_kit(platform, machine, hospitals.valley, card.name) for card in cards]
    found = [[name for objective in kit.objectives for name in objective.references] for kit in kits]
    assert len(found) >= 10
    assert all(found), "each helps to prove something"
    assert [name for names in found for name in names if " – " not in name] == []
