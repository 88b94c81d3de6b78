"""The pages of duties, of the checklist and of crisis packs: what each person sees, what is kept when refused."""

from __future__ import annotations

import io
import zipfile

import pytest
import pyzipper
from flask.testing import FlaskClient

from care.domain.crisis import ItemState
from care.services.checklists import open_checklist
from care.services.crisis_pack import list_packs
from care.services.declaration_duties import open_duty
from care.services.platform import Platform
from tests.support.crisis import do_service_jobs, make_pack, plant_crisis
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

PHRASE = "le café du lundi matin"


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> None:
    plant_crisis(platform, hospitals.valley)


def test_the_hub_tells_where_everything_stands(browse: Browse, here: str, planted: None) -> None:
    page = browse("ciso").get(f"{here}/crisis").get_data(as_text=True)
    for wanted in ("Aucune mallette pour l’instant.", "Plan blanc numérique", "Annuaire de crise", "72 h"):
        assert wanted in page
    visitor = browse("visitor").get(f"{here}/crisis").get_data(as_text=True)
    assert "Devoirs de déclaration" in visitor
    assert "Annuaire de crise" not in visitor


def test_limits_follow_the_hour_in_the_address(ciso: FlaskClient, here: str) -> None:
    page = ciso.get(f"{here}/crisis/duties?detected=2026-03-27T22:30").get_data(as_text=True)
    assert "30 mars 2026, 23:30" in page
    assert 'value="2026-03-27T22:30"' in page
    assert "À confirmer" in page
    for senseless in ("hier", "0001-01-01T00:00", "2026-03-27T22:30:00.5"):
        assert "avant le" not in ciso.get(f"{here}/crisis/duties?detected={senseless}").get_data(as_text=True)
    document = ciso.get(f"{here}/crisis/duties.pdf?detected=2026-03-27T22:30")
    assert document.mimetype == "application/pdf"
    assert "lundi 30 mars 2026 à 23:30" in text_of(document.data)


def typed(**changed: str) -> dict[str, str]:
    return {
        "title": "Prévenir l’ARS",
        "authority": "ARS",
        "who": "La direction",
        "what": "Arrêt d’activité",
        "where": "Téléphone",
        "steps": "Appel = 1 h\nCompte rendu",
        "needs": "Services touchés\n\nNombre de lits",
        "source": "",
        "confidence": "to_confirm",
        "version": "0",
    } | changed


def test_a_duty_is_rewritten_and_put_back(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    page = ciso.get(f"{here}/crisis/duties/cnil").get_data(as_text=True)
    assert "suivie de compléments = 72 h</textarea>" in page
    assert ciso.post(f"{here}/crisis/duties/cnil", data=typed()).status_code == 302
    duty = open_duty(platform, MACHINE, hospitals.valley, "cnil")
    assert [(step.label, step.minutes) for step in duty.draft.steps] == [("Appel", 60), ("Compte rendu", None)]
    late = ciso.post(f"{here}/crisis/duties/cnil", data=typed(title="Trop tard"))
    assert late.status_code == 409
    assert "Trop tard" in late.get_data(as_text=True)
    assert "Entre-temps, ciso a modifié" in late.get_data(as_text=True)
    assert ciso.post(f"{here}/crisis/duties/cnil/reset", data={"version": "1"}).status_code == 302
    assert open_duty(platform, MACHINE, hospitals.valley, "cnil").version == 0


def test_a_duty_is_added_and_a_wrong_limit_said(ciso: FlaskClient, here: str) -> None:
    wrong = ciso.post(f"{here}/crisis/duties/new", data=typed(steps="Appel = bientôt"))
    assert wrong.status_code == 400
    assert "« bientôt » n’est pas une durée" in wrong.get_data(as_text=True)
    assert "Nombre de lits" in wrong.get_data(as_text=True)
    assert ciso.post(f"{here}/crisis/duties/new", data=typed()).status_code == 302
    assert "Prévenir l’ARS" in ciso.get(f"{here}/crisis/duties").get_data(as_text=True)
    assert ciso.get(f"{here}/crisis/duties/nothing").status_code == 404


def test_an_item_is_answered(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    address = f"{here}/crisis/checklist/cells"
    assert ciso.post(address, data={"state": "yes", "note": "Voir PSSI.", "version": "0"}).status_code == 302
    found = {one.id: one for one in open_checklist(platform, MACHINE, hospitals.valley).items}
    assert (found["cells"].state, found["cells"].note) == (ItemState.YES, "Voir PSSI.")
    late = ciso.post(address, data={"state": "no", "note": "Non, en fait.", "version": "0"})
    assert late.status_code == 409
    assert "Non, en fait." in late.get_data(as_text=True)
    without = ciso.post(f"{here}/crisis/checklist/medicines", data={"state": "not_applicable", "version": "0"})
    assert without.status_code == 400
    assert "pourquoi ce point est sans objet" in without.get_data(as_text=True)
    assert ciso.post(address, data={"version": "1"}).status_code == 400


def test_an_action_comes_from_an_item(ciso: FlaskClient, here: str) -> None:
    answer = ciso.post(f"{here}/crisis/checklist/directory/action")
    assert answer.status_code == 302
    assert "/edit" in answer.location
    assert "L’annuaire de crise est imprimé" in ciso.get(answer.location).get_data(as_text=True)
    page = ciso.get(f"{here}/crisis/checklist").get_data(as_text=True)
    assert answer.location.removesuffix("/edit") in page
    assert ciso.get(f"{here}/crisis/checklist.pdf").mimetype == "application/pdf"


def test_a_pack_is_made_then_taken(
    browse: Browse, here: str, platform: Platform, hospitals: Hospitals, planted: None
) -> None:
    ciso = browse("ciso")
    assert "Aucune mallette" in ciso.get(f"{here}/crisis/packs").get_data(as_text=True)
    ciso.post(f"{here}/crisis/packs")
    assert "Une mallette est en préparation." in ciso.get(f"{here}/crisis/packs").get_data(as_text=True)
    do_service_jobs(platform)
    page = ciso.get(f"{here}/crisis/packs").get_data(as_text=True)
    assert "À jour : rien de ce qu’elle dit n’a changé." in page
    latest = list_packs(platform, MACHINE, hospitals.valley).latest
    assert latest is not None
    with browse("director").get(f"{here}/crisis/packs/{latest.id}.pdf") as document:
        assert document.headers["Content-Security-Policy"].startswith("sandbox")
        assert "PÉRIMÉE APRÈS LE" in text_of(document.data)
    with ciso.get(f"{here}/crisis/packs/{latest.id}.zip") as folder:
        content = folder.data
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "index.html" in archive.namelist()
        assert archive.testzip() is None
    assert ciso.get(f"{here}/crisis/packs/{latest.id}.exe").status_code == 404


def test_an_outdated_pack_is_said_in_words(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, planted: None
) -> None:
    make_pack(platform, hospitals.valley)
    ciso.post(f"{here}/crisis/contacts/new", data={"cell": "care", "function": "Pharmacie"})
    page = ciso.get(f"{here}/crisis/packs").get_data(as_text=True)
    assert "PÉRIMÉE : ce qu’elle dit a changé depuis." in page
    assert "périmée" in ciso.get(f"{here}/crisis").get_data(as_text=True)


def test_who_takes_nothing(browse: Browse, here: str, platform: Platform, hospitals: Hospitals, planted: None) -> None:
    number = make_pack(platform, hospitals.valley)
    visitor = browse("visitor")
    page = visitor.get(f"{here}/crisis/packs")
    assert page.status_code == 200
    assert "réservé à qui voit l’annuaire" in page.get_data(as_text=True)
    locked = {"lock": "zip", "passphrase": PHRASE, "again": PHRASE}
    for code in (
        visitor.get(f"{here}/crisis/packs/{number}.pdf").status_code,
        visitor.post(f"{here}/crisis/packs/{number}/locked", data=locked).status_code,
        visitor.post(f"{here}/crisis/packs").status_code,
    ):
        assert code == 403
    stranger, own = browse("stranger"), f"/establishments/{hospitals.far}"
    assert stranger.get(f"{own}/crisis/packs/{number}.pdf").status_code == 404
    assert stranger.post(f"{own}/crisis/packs/{number}/locked", data=locked).status_code == 404


def test_locked_for_a_key(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals, planted: None
) -> None:
    number = make_pack(platform, hospitals.valley)
    address = f"{here}/crisis/packs/{number}/locked"
    weak = ciso.post(address, data={"lock": "zip", "passphrase": "court", "again": "court"})
    assert weak.status_code == 400
    assert "au moins 12 caractères" in weak.get_data(as_text=True)
    assert "court" not in weak.get_data(as_text=True).replace("courte", "")
    taken = ciso.post(address, data={"lock": "zip", "passphrase": PHRASE, "again": PHRASE})
    assert "attachment" in taken.headers["Content-Disposition"]
    with pyzipper.AESZipFile(io.BytesIO(taken.data)) as archive:
        archive.setpassword(PHRASE.encode())
        assert archive.read("mallette-de-crise.pdf").startswith(b"%PDF")
