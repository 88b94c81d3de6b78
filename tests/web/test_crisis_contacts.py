"""The pages of the crisis directory: who reads them, forms that lose nothing, files in and out."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient

from care.services.crisis_contacts import open_directory
from care.services.library import today as local_day
from care.services.platform import Platform
from tests.support.crisis import plant_contacts
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

TYPED = {
    "cell": "communication",
    "function": "Porte-parole",
    "name": "Ali Ba",
    "phone": "04 50 00 00 40",
    "fallback": "+33 6 00 00 00 01",
}


@pytest.fixture
def contacts(platform: Platform, hospitals: Hospitals) -> list[int]:
    return plant_contacts(platform, hospitals.valley)


def test_the_directory_names_what_is_missing(ciso: FlaskClient, here: str, contacts: list[int]) -> None:
    text = ciso.get(f"{here}/crisis/contacts").get_data(as_text=True)
    assert "Cellule communication : aucune fonction n’est prévue." in text
    assert "06 11 22 33 44" in text
    assert "Ajouter un contact" in text
    assert "vide" in ciso.get(f"{here}/crisis").get_data(as_text=True)


def test_a_director_reads_a_visitor_does_not(browse: Browse, here: str, contacts: list[int]) -> None:
    page = browse("director").get(f"{here}/crisis/contacts").get_data(as_text=True)
    assert "Jeanne Roux" in page
    assert "Ajouter un contact" not in page
    visitor = browse("visitor")
    assert visitor.get(f"{here}/crisis/contacts").status_code == 403
    hub = visitor.get(f"{here}/crisis")
    assert hub.status_code == 200
    assert "Annuaire de crise" not in hub.get_data(as_text=True)
    assert browse("stranger").get(f"{here}/crisis/contacts").status_code == 404


def test_add_then_change_then_erase(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    assert ciso.post(f"{here}/crisis/contacts/new", data=TYPED).status_code == 302
    (contact,) = open_directory(platform, MACHINE, hospitals.valley).contacts
    address = f"{here}/crisis/contacts/{contact.id}"
    assert 'value="+33 6 00 00 00 01"' in ciso.get(address).get_data(as_text=True)
    assert ciso.post(address, data={**TYPED, "deputy": "Léa Martin", "version": "1"}).status_code == 302
    assert open_directory(platform, MACHINE, hospitals.valley).contacts[0].draft.deputy == "Léa Martin"
    assert ciso.post(f"{address}/remove", data={"version": "2"}).status_code == 302
    assert open_directory(platform, MACHINE, hospitals.valley).contacts == ()


def test_what_was_typed_is_kept_when_somebody_was_quicker(ciso: FlaskClient, here: str, contacts: list[int]) -> None:
    address = f"{here}/crisis/contacts/{contacts[0]}"
    assert ciso.post(address, data={**TYPED, "version": "1"}).status_code == 302
    late = ciso.post(address, data={**TYPED, "name": "Saisie tardive", "version": "1"})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "Entre-temps, ciso a modifié" in page
    assert "Saisie tardive" in page
    assert 'name="version" type="hidden" value="2"' in page


def test_a_wrong_field_is_said_beside_it(ciso: FlaskClient, here: str) -> None:
    answer = ciso.post(f"{here}/crisis/contacts/new", data={**TYPED, "phone": "standard"})
    assert answer.status_code == 400
    assert "Un numéro contient des chiffres." in answer.get_data(as_text=True)


def test_move_check_and_start(
    ciso: FlaskClient, here: str, contacts: list[int], platform: Platform, hospitals: Hospitals
) -> None:
    ciso.post(f"{here}/crisis/contacts/{contacts[1]}/move", data={"up": "1"})
    assert open_directory(platform, MACHINE, hospitals.valley).contacts[0].id == contacts[1]
    ciso.post(f"{here}/crisis/contacts/check", data={"contact": [contacts[2], contacts[3]]})
    today = local_day(platform)
    assert open_directory(platform, MACHINE, hospitals.valley).contacts[2].draft.checked_on == today
    none = ciso.post(f"{here}/crisis/contacts/check", follow_redirects=True).get_data(as_text=True)
    assert "Cochez au moins un contact." in none
    ciso.post(f"{here}/crisis/contacts/start")
    assert all(cell.contacts for cell in open_directory(platform, MACHINE, hospitals.valley).cells)


def test_files_out_and_in(
    ciso: FlaskClient, here: str, contacts: list[int], platform: Platform, hospitals: Hospitals
) -> None:
    before = open_directory(platform, MACHINE, hospitals.valley)
    exported = ciso.get(f"{here}/crisis/contacts.csv")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    assert ciso.get(f"{here}/crisis/contacts.vcf").mimetype == "text/vcard"
    sent = {"file": (io.BytesIO(exported.data.replace(b"Awa Ndiaye", b"Awa Fall")), "a.csv"), "removing": "y"}
    preview = ciso.post(f"{here}/crisis/contacts/import", data=sent).get_data(as_text=True)
    assert "Confirmer l’import" in preview
    assert open_directory(platform, MACHINE, hospitals.valley) == before
    seen = preview.split('name="seen" value="')[1].split('"')[0]
    lines = exported.get_data(as_text=True).replace("Awa Ndiaye", "Awa Fall")
    confirmed = {"lines": lines, "seen": seen, "removing": "y"}
    assert ciso.post(f"{here}/crisis/contacts/import/confirm", data=confirmed).status_code == 302
    names = [one.draft.name for one in open_directory(platform, MACHINE, hospitals.valley).contacts]
    assert "Awa Fall" in names
    again = ciso.post(f"{here}/crisis/contacts/import/confirm", data=confirmed)
    assert again.status_code == 409
    assert "L’annuaire a changé depuis cet aperçu" in again.get_data(as_text=True)


def test_a_file_with_faults_cannot_be_confirmed(ciso: FlaskClient, here: str) -> None:
    pasted = {"lines": "cellule;fonction\nréa;Chef\n"}
    page = ciso.post(f"{here}/crisis/contacts/import", data=pasted).get_data(as_text=True)
    assert "Ligne 2, cellule" in page
    assert "Confirmer l’import" not in page
    assert ciso.post(f"{here}/crisis/contacts/import", data={}).status_code == 400
