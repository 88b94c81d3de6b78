"""The establishment's own words, proposed from what it recorded and heard in a sentence; the level to begin with."""

from __future__ import annotations

import pytest

from care.domain.access import Level, Role, Scope
from care.domain.continuity import ResourceKind
from care.services.errors import Forbidden, NotFound
from care.services.exercises.level_advice import advise_level
from care.services.exercises.preparing import choose_words
from care.services.exercises.wording import open_words, propose_words
from care.services.platform import Platform
from care.services.resources import ResourceDraft, create_resource
from exercises.kit import Level as KitLevel
from exercises.levels import GRID
from tests.support.crisis import plant_contacts
from tests.support.exercises import BUNDLE, prepared, with_one_kit
from tests.support.people import Hospitals, person
from tests.web.continuity import plant_continuity

pytestmark = pytest.mark.both_databases


@pytest.fixture
def stage(platform: Platform) -> Platform:
    return with_one_kit(platform)


@pytest.fixture
def exercise(stage: Platform, hospitals: Hospitals, machine: Scope) -> int:
    plant_continuity(stage, hospitals.valley)
    return prepared(stage, machine, hospitals.valley)


def test_words_are_offered_and_heard_in_a_sentence(stage: Platform, machine: Scope, exercise: int) -> None:
    view = open_words(stage, machine, exercise)
    (choice,) = view.choices
    assert (choice.key, choice.word, choice.proposed, choice.others) == ("lab", "", "", ("DPI",))
    assert choice.snippet is not None
    assert (choice.snippet.before, choice.snippet.word, choice.snippet.after) == ("", "le SIL", " ne répond plus.")
    assert choice.times == 4, "one stimulus, three booklets"
    assert view.unsaid == 1
    tried = open_words(stage, machine, exercise, {"lab": "Biolab"})
    assert tried.preview is not None
    assert (tried.preview.id, tried.preview.body) == ("S02", "Biolab ne répond plus.")
    assert open_words(stage, machine, exercise).unsaid == 1, "nothing was recorded"
    choose_words(stage, machine, exercise, {"lab": "Biolab"}, 1)
    assert open_words(stage, machine, exercise).unsaid == 0


def test_a_shipped_kit_finds_its_words(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    plant_continuity(platform, hospitals.valley)
    lab = ResourceDraft(name="Biolab", kind=ResourceKind.APPLICATION, description="Logiciel du laboratoire")
    create_resource(platform, machine, hospitals.valley, lab)
    found = propose_words(platform, machine, hospitals.valley, "rancongiciel-nuit-debutant")
    assert (found["dpi"], found["sil"]) == ("DPI", "Biolab")
    assert found["etablissement"]
    assert "journal_local" not in found, "nobody recorded one"


def test_names_of_the_crisis_directory_are_for_who_may_read_it(
    platform: Platform, machine: Scope, hospitals: Hospitals
) -> None:
    plant_contacts(platform, hospitals.valley)
    contacts = propose_words(platform, machine, hospitals.valley, "exfiltration-chantage")
    assert "dg" in contacts
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    with pytest.raises(NotFound):
        propose_words(platform, stranger, hospitals.valley, "exfiltration-chantage")


def test_words_are_for_who_conducts(stage: Platform, hospitals: Hospitals, exercise: int) -> None:
    with pytest.raises(Forbidden):
        open_words(stage, person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley), exercise)
    with pytest.raises(NotFound):
        open_words(stage, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), exercise)


def test_a_level_is_advised_with_its_kits(stage: Platform, machine: Scope, hospitals: Hospitals) -> None:
    empty = advise_level(stage, machine, hospitals.valley, {})
    assert empty.found is None
    assert [line.chosen for line in empty.lines] == [""] * len(GRID)
    best = {question.key: question.answers[-1].key for question in GRID}
    grid = advise_level(stage, machine, hospitals.valley, best | {"time": "two_hours", "cell": "x"})
    assert grid.found is not None
    assert grid.found.level is KitLevel.BEGINNER
    assert [one.name for one in grid.found.kits] == [BUNDLE.kit.id]
    assert grid.found.unanswered == ("La cellule de crise s’est-elle déjà réunie ?",)
    assert "De combien de temps" in grid.found.reasons[0].question
    with pytest.raises(NotFound):
        advise_level(stage, person(Role.CISO, Level.ESTABLISHMENT, hospitals.far), hospitals.valley, best)
