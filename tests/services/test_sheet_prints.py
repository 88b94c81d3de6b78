"""What is printed of sheets and kits, what a model proposes, and every sheet in force at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from care.domain.access import Level, Role
from care.domain.actions import CareCriticality
from care.services import degraded_modes as modes
from care.services import sheet_prints
from care.services.degraded_modes import SheetDraft
from care.services.degraded_proposals import draft_of, proposed_modes
from care.services.degraded_reading import open_sheet, sheets_in_force
from care.services.errors import NotFound, Refused
from care.services.paper_kits import CheckDraft, KitDraft, add_kit, check_kit, retire_kit
from care.services.platform import Platform
from tests.support.continuity import end_node, plant_activity, plant_resource
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals, person
from tests.support.queries import counted

TODAY = date(2026, 3, 2)
DRAFT = SheetDraft("Urgences sur papier", "Le DPI tombe.", "1. Un\n2. Deux", holds_minutes=2880, capacity_percent=70)


@pytest.fixture
def emergency(platform: Platform, hospitals: Hospitals) -> int:
    return plant_activity(platform, hospitals.valley, "Urgences", criticality=CareCriticality.VITAL)


def in_force(platform: Platform, activity_id: int, draft: SheetDraft = DRAFT) -> int:
    sheet = modes.start_sheet(platform, MACHINE, activity_id, draft)
    modes.put_into_force(platform, MACHINE, sheet, 1)
    return sheet


def test_a_poster_shows_the_sheet_and_the_kits_in_use(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    record = plant_resource(platform, hospitals.valley, "DPI")
    sheet = in_force(platform, emergency, replace(DRAFT, covers=(record,)))
    add_kit(platform, MACHINE, emergency, KitDraft("Classeur rouge", "Armoire 2", "Léa", 30))
    gone = add_kit(platform, MACHINE, emergency, KitDraft("Valise", "Hall", "Léa", 30))
    retire_kit(platform, MACHINE, gone, 1)
    text = text_of(sheet_prints.print_poster(platform, MACHINE, sheet, "a4").content)
    for said in ("Hôpital de la Vallée", "Remplace : DPI", "Classeur rouge : Armoire 2", "02/03/2026", "2 j", "70 %"):
        assert said in text, said
    assert "Valise" not in text


def test_a_version_that_does_not_apply_says_so(platform: Platform, emergency: int) -> None:
    sheet = in_force(platform, emergency)
    draft = modes.new_version(platform, MACHINE, sheet)
    assert "BROUILLON" in text_of(sheet_prints.print_poster(platform, MACHINE, draft, "a3").content)
    modes.put_into_force(platform, MACHINE, draft, 1)
    assert "PÉRIMÉE" in text_of(sheet_prints.print_poster(platform, MACHINE, sheet, "a4").content)


def test_cards_of_the_establishment_are_those_in_force(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    with pytest.raises(Refused):
        sheet_prints.print_all_cards(platform, MACHINE, hospitals.valley)
    in_force(platform, emergency)
    modes.start_sheet(platform, MACHINE, emergency, SheetDraft("Brouillon"))
    text = text_of(sheet_prints.print_all_cards(platform, MACHINE, hospitals.valley).content)
    assert "Urgences sur papier" in text
    assert "Brouillon" not in text


def test_a_label_counts_days_in_words(platform: Platform, emergency: int) -> None:
    daily = add_kit(platform, MACHINE, emergency, KitDraft("Valise", "Hall", "Léa", 1, "Feuilles\nStylos", 720))
    check_kit(platform, MACHINE, daily, CheckDraft(complete=True))
    text = text_of(sheet_prints.print_label(platform, MACHINE, daily).content)
    assert "tous les jours" in text
    assert "12 h" in text
    assert text.count("□") == 2


def test_strangers_print_nothing(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    sheet = in_force(platform, emergency)
    stranger = person(Role.CISO, Level.ESTABLISHMENT, hospitals.far)
    for refused in (
        lambda: sheet_prints.print_poster(platform, stranger, sheet, "a4"),
        lambda: sheet_prints.print_poster(platform, MACHINE, sheet, "a0"),
        lambda: sheet_prints.print_cards(platform, stranger, sheet),
        lambda: sheet_prints.print_all_cards(platform, stranger, hospitals.valley),
        lambda: sheets_in_force(platform, stranger, hospitals.valley),
    ):
        with pytest.raises(NotFound):
            refused()


@pytest.mark.both_databases
def test_every_sheet_in_force_comes_the_most_critical_first(
    platform: Platform, hospitals: Hospitals, emergency: int
) -> None:
    pay = plant_activity(platform, hospitals.valley, "Paie", criticality=CareCriticality.MINOR)
    over = plant_activity(platform, hospitals.valley, "Fermée")
    in_force(platform, pay, SheetDraft("Paie du mois dernier", "Panne.", "Un"))
    in_force(platform, emergency)
    in_force(platform, over, SheetDraft("Rien", "Panne.", "Un"))
    end_node(platform, over, TODAY)
    modes.start_sheet(platform, MACHINE, pay, SheetDraft("Brouillon"))
    with counted(platform.database) as statements:
        views = sheets_in_force(platform, MACHINE, hospitals.valley)
    assert [one.line.title for one in views] == ["Urgences sur papier", "Paie du mois dernier"]
    assert len(statements) <= 5


def test_a_model_proposes_what_the_activity_lacks(platform: Platform, hospitals: Hospitals, emergency: int) -> None:
    found = proposed_modes(platform, MACHINE, emergency)
    assert found
    assert all(one.steps for one in found)
    draft = draft_of(platform, MACHINE, emergency, found[0].rank)
    sheet = modes.start_sheet(platform, MACHINE, emergency, draft)
    assert open_sheet(platform, MACHINE, sheet).steps.startswith("1. ")
    assert found[0].title not in {one.title for one in proposed_modes(platform, MACHINE, emergency)}
    with pytest.raises(NotFound):
        draft_of(platform, MACHINE, emergency, 99)
    assert proposed_modes(platform, MACHINE, plant_activity(platform, hospitals.valley, "Jardin")) == ()
