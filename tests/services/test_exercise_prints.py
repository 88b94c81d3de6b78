"""The papers of an exercise: what each says, who may print, the whole as one archive."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from care.domain.access import Level, Role, Scope
from care.services.errors import Forbidden, NotFound, Refused
from care.services.exercises.conducting import obey
from care.services.exercises.preparing import ExerciseDraft, create_exercise
from care.services.exercises.prints import FILES, PAPERS, open_prints, print_everything, print_paper
from care.services.exercises.seats import badges
from care.services.platform import Platform
from exercises.decide import Pause, Shift, Start
from tests.support.exercises import BUNDLE, with_one_kit
from tests.support.pdf import squeezed, text_of
from tests.support.people import Hospitals, person

KIT = "mode-degrade-terrain"


@pytest.fixture
def exercise(platform: Platform, hospitals: Hospitals, machine: Scope) -> int:
    at = platform.clock.now().replace(hour=13, minute=0) + timedelta(days=1)
    draft = ExerciseDraft(KIT, "Une demi-journée", at, place="Aile B", director="Anne Martin")
    return create_exercise(platform, machine, hospitals.valley, draft)


def said(platform: Platform, scope: Scope, exercise: int, name: str, cell: str = "") -> str:
    return text_of(print_paper(platform, scope, exercise, name, cell=cell).content)


@pytest.mark.parametrize("name", PAPERS)
def test_every_paper_bears_the_banner_and_the_exercise(
    platform: Platform, machine: Scope, exercise: int, name: str
) -> None:
    printed = print_paper(platform, machine, exercise, name)
    assert printed.name == f"une-demi-journee-{FILES[name].fr}.pdf"
    text = squeezed(text_of(printed.content))
    assert "EXERCICEEXERCICEEXERCICE" in text
    assert "Unedemi-journée" in text


def test_the_timeline_follows_the_hours_that_are_planned_now(platform: Platform, machine: Scope, exercise: int) -> None:
    first = squeezed(said(platform, machine, exercise, "chronogram-a3"))
    assert "S02214:02" in first  # minute 2, 13 h in UTC is 14 h in Paris
    obey(platform, machine, exercise, Start())
    obey(platform, machine, exercise, Shift(600))
    shifted = said(platform, machine, exercise, "chronogram-a3")
    due = (platform.clock.now() + timedelta(minutes=12)).astimezone(ZoneInfo("Europe/Paris"))
    assert f"S02 12 {due:%H:%M}" in " ".join(shifted.split())
    obey(platform, machine, exercise, Pause())
    assert "S02 12 –" in " ".join(said(platform, machine, exercise, "chronogram-a3").split())


def test_cards_of_a_cell_are_those_it_receives(platform: Platform, machine: Scope, exercise: int) -> None:
    found = open_prints(platform, machine, exercise)
    for cell in found.cells:
        text = said(platform, machine, exercise, "cards", cell.id)
        assert f"Carte {cell.cards}/{cell.cards}" in text if cell.cards else "Aucune carte" in text
    assert f"Carte {found.handed}/{found.handed}" in said(platform, machine, exercise, "cards")
    assert f"Carte {found.stimuli}/{found.stimuli}" in said(platform, machine, exercise, "facilitator-cards")


def test_badges_bear_the_codes_of_the_seats(platform: Platform, machine: Scope, exercise: int) -> None:
    text = squeezed(text_of(print_paper(platform, machine, exercise, "badges", copies=2).content))
    found = badges(platform, machine, exercise)
    assert len({one.pin for one in found}) == len(found) > 2
    for one in found:
        assert text.count(one.pin) == (1 if one.cell == "" and one.seat.value == "screen" else 2)
        assert one.code in text


@pytest.mark.parametrize("copies", [0, -1, 161])
def test_too_many_badges_are_refused_with_the_bounds(
    platform: Platform, machine: Scope, exercise: int, copies: int
) -> None:
    with pytest.raises(Refused) as refusal:
        print_paper(platform, machine, exercise, "badges", copies=copies)
    assert "De 1 à 160" in refusal.value.text.fr


def test_everything_is_one_archive(platform: Platform, machine: Scope, exercise: int) -> None:
    printed = print_everything(platform, machine, exercise)
    with zipfile.ZipFile(io.BytesIO(printed.content)) as archive:
        names = archive.namelist()
        players = text_of(archive.read("05-livret-joueur.pdf"))
    assert [name.partition("-")[2] for name in names[: len(PAPERS)]] == [f"{FILES[name].fr}.pdf" for name in PAPERS]
    assert {"cartes/equipe-du-service.pdf", "pieces-jointes/patients-fictifs.txt"} <= set(names)
    assert "Livret du joueur" in players


def test_attachments_are_printed_with_the_card_they_join(platform: Platform, machine: Scope, exercise: int) -> None:
    text = said(platform, machine, exercise, "attachments")
    assert "patients-fictifs.txt" in text
    assert "S03 Trois patients" in text
    assert "LEMAIRE" in text


def test_what_is_no_text_goes_into_the_archive_only(platform: Platform, machine: Scope, hospitals: Hospitals) -> None:
    stage = with_one_kit(platform)
    at = stage.clock.now() + timedelta(days=1)
    small = create_exercise(stage, machine, hospitals.valley, ExerciseDraft(BUNDLE.kit.id, "Essai", at))
    assert open_prints(stage, machine, small).files == ("photo.png",)
    with zipfile.ZipFile(io.BytesIO(print_everything(stage, machine, small).content)) as archive:
        assert "pieces-jointes/photo.png" in archive.namelist()


def test_only_who_conducts_prints(platform: Platform, exercise: int, hospitals: Hospitals) -> None:
    director = person(Role.DIRECTION, Level.ESTABLISHMENT, hospitals.valley)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for who, refusal in ((director, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            open_prints(platform, who, exercise)
        with pytest.raises(refusal):
            print_paper(platform, who, exercise, "badges")
        with pytest.raises(refusal):
            print_everything(platform, who, exercise)


@pytest.mark.parametrize(("name", "cell"), [("nothing", ""), ("cards", "nobody"), ("badges", "equipe")])
def test_what_does_not_exist_is_not_found(
    platform: Platform, machine: Scope, exercise: int, name: str, cell: str
) -> None:
    with pytest.raises(NotFound):
        print_paper(platform, machine, exercise, name, cell=cell)
