"""Degraded modes and kits in pages: written, put into force, printed, checked in three taps; and by whom."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts, degraded_modes, paper_kits
from care.services.degraded_modes import SheetDraft
from care.services.degraded_reading import open_sheet, sheets_of_activity
from care.services.paper_kits import CheckDraft, KitDraft, open_kit
from care.services.platform import Platform
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.continuity import Continuity, plant_continuity
from tests.web.people import PASSWORD, People

SHEET = {
    "title": "Urgences sans DPI",
    "trigger": "Quand le **DPI** ne répond plus.",
    "steps": "Prendre le classeur rouge.\nOuvrir une feuille <par> patient.",
    "holds": "2 j",
    "capacity_percent": "70",
}


@dataclass(frozen=True)
class World:
    """What was planted: a continuity map, a sheet in force and a kit of the emergency department."""

    map: Continuity
    sheet: int
    kit: int
    here: str


@pytest.fixture
def world(platform: Platform, hospitals: Hospitals, people: People, here: str) -> World:
    grant = Grant(Role.ACTIVITY_OWNER, Place(Level.ESTABLISHMENT, hospitals.valley))
    nurse = accounts.open_account(platform, MACHINE, accounts.AccountDraft("nurse", "Mme Roux", PASSWORD, (grant,)))
    people.ids["nurse"] = nurse.id
    known = plant_continuity(platform, hospitals.valley, nurse.id)
    draft = SheetDraft("Urgences sur papier", "Le DPI **tombe**.", "1. Un\n2. Deux", covers=(known.record,))
    sheet = degraded_modes.start_sheet(platform, MACHINE, known.emergency, draft)
    degraded_modes.put_into_force(platform, MACHINE, sheet, 1)
    kit = paper_kits.add_kit(platform, MACHINE, known.emergency, KitDraft("Classeur rouge", "Armoire 2", "Léa", 30))
    return World(known, sheet, kit, here)


@pytest.fixture
def nurse(browse: Browse, world: World) -> FlaskClient:
    return browse("nurse")


def test_a_head_nurse_writes_a_sheet_and_puts_it_into_force(nurse: FlaskClient, world: World) -> None:
    form = f"{world.here}/activities/{world.map.emergency}/degraded/new"
    assert "Étape" not in nurse.get(form).text
    page = nurse.post(form, data=SHEET, follow_redirects=True).text
    assert "Brouillon enregistré" in page
    assert "<strong>DPI</strong>" in page
    assert "<ol><li>Prendre le classeur rouge.</li><li>Ouvrir une feuille &lt;par&gt; patient.</li></ol>" in page
    address = nurse.post(form, data={**SHEET, "title": "Autre", "then": "force"}).location
    page = nurse.get(address).text
    assert "Fiche en vigueur" in page
    assert "70 %" in page


def test_putting_an_incomplete_sheet_into_force_saves_it_and_says_what_lacks(
    nurse: FlaskClient, world: World, platform: Platform
) -> None:
    form = f"{world.here}/activities/{world.map.emergency}/degraded/new"
    answer = nurse.post(form, data={"title": "À moitié", "limits": "Rien.", "then": "force"})
    assert answer.status_code == 400
    assert "Dites quand appliquer cette fiche." in answer.text
    assert "Le brouillon est enregistré" in answer.text
    assert 'action="/establishments/1/degraded/2/edit"' in answer.text  # not where the first draft was sent
    line = next(one for one in sheets_of_activity(platform, MACHINE, world.map.emergency) if one.title == "À moitié")
    fixed = {**SHEET, "title": "À moitié", "version": "1", "then": "force"}
    assert nurse.post(f"{world.here}/degraded/{line.id}/edit", data=fixed).status_code == 302
    assert open_sheet(platform, MACHINE, line.id).line.current


def test_faults_are_said_beside_their_field(nurse: FlaskClient, world: World) -> None:
    form = f"{world.here}/activities/{world.map.emergency}/degraded/new"
    for changed, said in (
        ({"holds": "0"}, "Entre une minute et un an"),
        ({"holds": "10 ans"}, "Entre une minute et un an"),
        ({"holds": "longtemps"}, "n’est pas une durée"),
        ({"capacity_percent": "120"}, "100"),
        ({"title": "URGENCES sur papier"}, "« Urgences sur papier » existe déjà"),
        ({"covers": "999999"}, "999999"),
    ):
        answer = nurse.post(form, data={**SHEET, **changed})
        assert answer.status_code == 400
        assert said in answer.text
        assert "Prendre le classeur rouge." in answer.text


def test_two_people_lose_nothing(nurse: FlaskClient, browse: Browse, world: World) -> None:
    draft = nurse.post(f"{world.here}/degraded/{world.sheet}/revise").location
    sent = {**SHEET, "version": "1"}
    assert browse("ciso").post(draft, data={**sent, "limits": "Vu par le RSSI."}).status_code == 302
    answer = nurse.post(draft, data={**sent, "limits": "Vu par la cadre."})
    assert answer.status_code == 409
    assert "Entre-temps, ciso" in answer.text
    assert "Vu par le RSSI." in answer.text
    assert "Vu par la cadre." in answer.text
    assert nurse.post(draft, data={**sent, "limits": "Les deux.", "version": "2"}).status_code == 302


def test_versions_follow_each_other_and_are_compared(nurse: FlaskClient, world: World, platform: Platform) -> None:
    draft = nurse.post(f"{world.here}/degraded/{world.sheet}/revise").location
    nurse.post(draft, data={**SHEET, "steps": "Un\nTrois", "version": "1", "then": "force"})
    second = int(draft.split("/")[-2])
    page = nurse.get(f"{world.here}/degraded/{second}/compare/{world.sheet}").text
    assert "De la version 1 à la version 2" in page
    assert "Trois" in page
    old = nurse.get(f"{world.here}/degraded/{world.sheet}").text
    assert "Cette version ne s’applique plus" in old
    assert nurse.get(f"{world.here}/degraded/{second}/edit").status_code == 302
    nurse.post(f"{world.here}/degraded/{second}/reviewed", data={"version": "3", "review_on": "2000-01-01"})
    assert nurse.post(f"{world.here}/degraded/{second}/reviewed", data={"version": "3"}).status_code == 302
    nurse.post(f"{world.here}/degraded/{second}/withdraw", data={"version": "4"})
    assert not open_sheet(platform, MACHINE, second).line.current


def test_a_model_starts_a_draft(nurse: FlaskClient, world: World) -> None:
    page = nurse.get(f"{world.here}/activities/{world.map.emergency}/degraded").text
    assert "Partir d’un modèle" in page
    form = nurse.get(f"{world.here}/activities/{world.map.emergency}/degraded/new?proposal=0").text
    assert "1. " in form
    assert nurse.get(f"{world.here}/activities/{world.map.emergency}/degraded/new?proposal=99").status_code == 404


def test_a_kit_is_checked_in_three_taps(nurse: FlaskClient, world: World, platform: Platform) -> None:
    listed = nurse.get(f"{world.here}/degraded/kits").text
    assert f"{world.here}/degraded/kits/{world.kit}" in listed
    assert "Tout y est" in nurse.get(f"{world.here}/degraded/kits/{world.kit}").text
    page = nurse.post(
        f"{world.here}/degraded/kits/{world.kit}/check", data={"complete": "y"}, follow_redirects=True
    ).text
    assert "Vérification enregistrée" in page
    (check,) = open_kit(platform, MACHINE, world.kit).checks
    assert (check.checked_by, check.complete) == ("Mme Roux", True)


def test_an_incomplete_kit_is_said_on_the_sheet(nurse: FlaskClient, world: World) -> None:
    where = f"{world.here}/degraded/kits/{world.kit}/check"
    answer = nurse.post(where, data={})
    assert answer.status_code == 400
    assert "Dites ce qui manque." in answer.text
    late = nurse.post(where, data={"note": "Stylos.", "checked_on": "2099-01-01"})
    assert "Cette date est à venir" in late.text
    assert "Stylos." in late.text
    nurse.post(where, data={"note": "Plus de stylos."})
    page = nurse.get(f"{world.here}/degraded/{world.sheet}").text
    assert "Ne comptez pas sur le kit « Classeur rouge » (Armoire 2)" in page
    assert "Plus de stylos." in page
    assert "1</strong>" in nurse.get(f"{world.here}/degraded").text


def test_a_kit_is_declared_changed_and_retired(nurse: FlaskClient, world: World, platform: Platform) -> None:
    sent = {"name": "Valise", "place": "Hall", "owner": "Accueil", "check_every_days": "15", "autonomy": "12 h"}
    new = f"{world.here}/activities/{world.map.emergency}/kits/new"
    assert "requis" in nurse.post(new, data={**sent, "place": ""}).text
    kit = nurse.post(new, data=sent).location
    assert "12 h" in nurse.get(kit).text
    assert nurse.post(f"{kit}/edit", data={**sent, "place": "Garage", "version": "1"}).status_code == 302
    stale = nurse.post(f"{kit}/edit", data={**sent, "place": "Cave", "version": "1"})
    assert stale.status_code == 409
    assert "Garage" in stale.text
    assert "Cave" in stale.text
    assert nurse.post(f"{kit}/retire", data={"version": "2"}).status_code == 302
    assert "Valise" in nurse.get(f"{world.here}/activities/{world.map.emergency}/degraded").text
    assert "Valise" not in nurse.get(f"{world.here}/degraded/kits").text


def test_what_is_printed_says_what_the_sheet_says(browse: Browse, world: World) -> None:
    visitor = browse("visitor")
    for name in ("poster-a4.pdf", "poster-a3.pdf", "cards.pdf"):
        answer = visitor.get(f"{world.here}/degraded/{world.sheet}/{name}")
        assert answer.mimetype == "application/pdf"
        assert "Urgences sur papier" in text_of(answer.data)
    assert "Hôpital de la Vallée" in text_of(visitor.get(f"{world.here}/degraded/{world.sheet}/poster-a4.pdf").data)
    assert "Urgences sur papier" in text_of(visitor.get(f"{world.here}/degraded/cards.pdf").data)
    assert "Classeur rouge" in text_of(visitor.get(f"{world.here}/degraded/kits/{world.kit}/label.pdf").data)
    assert visitor.get(f"{world.here}/degraded/{world.sheet}/poster-a0.pdf").status_code == 404


def test_a_draft_is_printed_with_its_warning(nurse: FlaskClient, world: World) -> None:
    draft = nurse.post(f"{world.here}/degraded/{world.sheet}/revise").location
    printed = nurse.get(draft.replace("/edit", "/poster-a4.pdf"))
    assert "NE PAS AFFICHER" in text_of(printed.data)


def test_cards_of_an_establishment_without_any_are_refused(browse: Browse, hospitals: Hospitals, world: World) -> None:
    answer = browse("administrator").get(f"/establishments/{hospitals.hill}/degraded/cards.pdf", follow_redirects=True)
    assert "Aucun mode dégradé n’est en vigueur ici" in answer.text


def test_others_read_and_strangers_find_nothing(browse: Browse, world: World, platform: Platform) -> None:
    paper_kits.check_kit(platform, MACHINE, world.kit, CheckDraft(complete=True))
    for who in ("director", "visitor"):
        page = browse(who).get(f"{world.here}/degraded/{world.sheet}").text
        assert "Urgences sur papier" in page
        assert "Préparer une nouvelle version" not in page
        assert "Tout y est" not in browse(who).get(f"{world.here}/degraded/kits/{world.kit}").text
        assert browse(who).post(f"{world.here}/degraded/{world.sheet}/revise").status_code == 403
    stranger = browse("stranger")
    for path in ("degraded", f"degraded/{world.sheet}", f"degraded/kits/{world.kit}", "degraded/kits"):
        assert stranger.get(f"{world.here}/{path}").status_code == 404


def test_a_nurse_writes_nothing_of_another_activity(nurse: FlaskClient, world: World) -> None:
    for path in ("degraded/new", "kits/new"):
        assert nurse.get(f"{world.here}/activities/{world.map.pay}/{path}").status_code == 403
        assert nurse.post(f"{world.here}/activities/{world.map.pay}/{path}", data=SHEET).status_code == 403
    assert "Écrire une fiche" not in nurse.get(f"{world.here}/activities/{world.map.pay}/degraded").text


def test_pages_in_english(nurse: FlaskClient, world: World) -> None:
    nurse.post("/language", data={"lang": "en"})
    assert "What each activity does when its tools fail" in nurse.get(f"{world.here}/degraded").text
    assert "WHAT TO DO" in text_of(nurse.get(f"{world.here}/degraded/{world.sheet}/poster-a4.pdf").data)
