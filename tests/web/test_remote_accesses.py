"""The pages of the register of remote accesses: who reads, who writes, files and their undoing, what is printed."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from care.services.platform import Platform
from care.services.remote_access.reading import read_accesses
from tests.support.foreign_tables import workbook
from tests.support.pdf import text_of
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.registers import plant_registers
from tests.web.remote_accesses import PlantedAccesses, plant_accesses

ACCESS = {
    "supplier": "Medimage", "equipment": "IRM 3T", "criticality": "4", "technology": "ipsec_vpn", "contract": "0",
    "second_factor": "yes", "accounts": "tm_a\ntm_b", "sources": "203.0.113.7, 203.0.113.8", "service": "maintenance",
}  # fmt: skip


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedAccesses:
    contract = plant_registers(platform, hospitals.valley).contract
    return plant_accesses(platform, hospitals.valley, contract)


@pytest.fixture
def there(here: str) -> str:
    return f"{here}/remote-accesses"


def test_the_list_is_in_the_order_of_review(ciso: FlaskClient, there: str, planted: PlantedAccesses) -> None:
    page = ciso.get(there).get_data(as_text=True)
    assert page.index("Ascenseurs du Nord") < page.index("LaboTech") < page.index("Dédalis Santé")
    assert "au pire" in page
    assert "elle est un choix de CaRE" in page
    assert "1 accès clôturé" in page
    found = ciso.get(f"{there}?q=biologie").get_data(as_text=True)
    assert "LaboTech" in found
    assert "Dédalis Santé" not in found
    assert "Rien ne répond à ces mots." in ciso.get(f"{there}?q=zzz&page=99").get_data(as_text=True)


def test_an_access_says_what_it_lacks(ciso: FlaskClient, there: str, planted: PlantedAccesses) -> None:
    page = ciso.get(f"{there}/{planted.unknown}").get_data(as_text=True)
    assert "Priorité de revue : 16 sur 16" in page
    assert "Compté au pire, faute de réponse : la criticité de l’équipement, la technologie." in page
    assert "Pas de contact pour la coupure d’urgence" in page
    assert "TLM-29" in page
    good = ciso.get(f"{there}/{planted.good}").get_data(as_text=True)
    assert "n’y trouvent rien à redire" in good
    assert "Dédalis Santé – Maintenance du dossier patient" in good
    assert "devait prendre fin" in ciso.get(f"{there}/{planted.bad}").get_data(as_text=True)
    assert "clôturé depuis" in ciso.get(f"{there}/{planted.over}").get_data(as_text=True)


def test_who_reads_and_who_writes(browse: Browse, there: str, planted: PlantedAccesses) -> None:
    director = browse("director")
    for path in ("", f"/{planted.good}", "/cuts.pdf", f"/{planted.bad}/supplier.pdf", "/register.csv"):
        assert director.get(f"{there}{path}").status_code == 200
    assert director.get(f"{there}/{planted.good}/edit").status_code == 403
    assert director.post(f"{there}/new", data=ACCESS).status_code == 403
    assert director.post(f"{there}/import/undo", data={"import": "1"}).status_code == 403
    assert "Noter un accès" not in director.get(there).get_data(as_text=True)
    assert browse("visitor").get(there).status_code == 403
    stranger = browse("stranger")
    for path in ("", f"/{planted.good}", "/cuts.pdf"):
        assert stranger.get(f"{there}{path}").status_code == 404


def test_the_address_of_another_hospital_leads_nowhere(
    administrator: FlaskClient, hospitals: Hospitals, planted: PlantedAccesses
) -> None:
    other = f"/establishments/{hospitals.hill}/remote-accesses/{planted.good}"
    for path in ("", "/edit", "/supplier.pdf"):
        assert administrator.get(f"{other}{path}").status_code == 404


def test_an_access_from_first_to_last(ciso: FlaskClient, there: str, platform: Platform, hospitals: Hospitals) -> None:
    assert "Aucun accès noté" in ciso.get(there).get_data(as_text=True)
    added = ciso.post(f"{there}/new", data=ACCESS)
    assert added.status_code == 302
    form = ciso.get(f"{added.location}/edit").get_data(as_text=True)
    assert "tm_a\ntm_b" in form
    assert re.search(r'<option selected value="ipsec_vpn">', form)
    edit = {**ACCESS, "emergency_contact": "Astreinte", "level": "2", "version": "1"}
    assert ciso.post(f"{added.location}/edit", data=edit).status_code == 302
    (view,) = read_accesses(platform, MACHINE, hospitals.valley).page.lines
    assert (view.draft.sources, view.draft.level) == (("203.0.113.7", "203.0.113.8"), 2)
    late = ciso.post(f"{added.location}/edit", data={**edit, "owner": "Saisie tardive"})
    assert late.status_code == 409
    assert "Saisie tardive" in late.get_data(as_text=True)
    assert ciso.post(f"{added.location}/close", data={"version": "2"}).status_code == 302
    assert ciso.post(f"{added.location}/close", data={"version": "3", "reopen": "1"}).status_code == 302
    assert read_accesses(platform, MACHINE, hospitals.valley).lines == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"equipment": ""}, "Équipement"),
        ({"sources": "partout"}, "ni une adresse ni un réseau"),
        ({"technology": "pigeon"}, "réponses proposées"),
        ({"contract": "987654"}, "réponses proposées"),
        ({"trace_days": "-3"}, "36500"),
        ({"owner_email": "x"}, "mal écrite"),
    ],
)
def test_a_wrong_field(ciso: FlaskClient, there: str, typed: dict[str, str], said: str) -> None:
    answer = ciso.post(f"{there}/new", data={**ACCESS, **typed})
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_a_file_is_shown_done_and_undone(ciso: FlaskClient, there: str, planted: PlantedAccesses) -> None:
    text = "Fournisseur;Équipement;MFA\nLaboTech;Automate de biologie;oui\nMedimage;IRM 3T;non\n"
    assert "Dernier import" not in ciso.get(f"{there}/import").get_data(as_text=True)
    sent = {"file": (io.BytesIO(text.encode("cp1252")), "registre.csv")}
    page = ciso.post(f"{there}/import", data=sent).get_data(as_text=True)
    assert "Medimage – IRM 3T" in page
    carried = re.search(r'<textarea name="carried" hidden>(.*?)</textarea>', page, re.DOTALL)
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert carried
    assert seen
    data = {"carried": unescape(carried[1]), "seen": seen[1]}
    assert ciso.post(f"{there}/import/confirm", data=data).status_code == 302
    assert "Medimage" in ciso.get(there).get_data(as_text=True)
    page = ciso.get(f"{there}/import").get_data(as_text=True)
    assert "1 lignes ajoutées, 1 modifiées" in page
    number = re.search(r'name="import" value="(\d+)"', page)
    assert number
    undone = ciso.post(f"{there}/import/undo", data={"import": number[1]}, follow_redirects=True)
    assert "Import annulé" in undone.get_data(as_text=True)
    assert "Medimage" not in ciso.get(there).get_data(as_text=True)
    again = ciso.post(f"{there}/import/undo", data={"import": number[1]}, follow_redirects=True)
    assert "il a déjà été annulé" in again.get_data(as_text=True)


def test_the_sheets_of_a_workbook_that_are_not_read_are_named(
    ciso: FlaskClient, there: str, planted: PlantedAccesses
) -> None:
    book = workbook(
        ("Mode d’emploi", [["Une ligne par accès"]]),
        ("Accès", [["Fournisseur", "Équipement"], ["Medimage", "IRM 3T"]]),
    )
    page = ciso.post(f"{there}/import", data={"file": (io.BytesIO(book), "registre.xlsx")}).text
    assert "Seule la feuille « Accès » est lue. Ne le sont pas : Mode d’emploi." in unescape(page)


def test_what_is_printed(ciso: FlaskClient, there: str, planted: PlantedAccesses) -> None:
    assert "LaboTech" in text_of(ciso.get(f"{there}/cuts.pdf").data)
    assert "Automate de biologie" in text_of(ciso.get(f"{there}/{planted.bad}/supplier.pdf").data)


def test_the_register_is_audited_now(ciso: FlaskClient, here: str, there: str, planted: PlantedAccesses) -> None:
    started = ciso.post(f"{there}/check")
    assert started.status_code == 302
    assert "/runs/" in started.location
    assert "Registre des accès distants" in ciso.get(started.location).get_data(as_text=True)
    assert "Registre des accès distants" not in ciso.get(f"{here}/targets").get_data(as_text=True)
    assert ciso.post(f"{there}/check").location.endswith("/remote-accesses")  # one is already going on


def test_a_contract_leads_to_its_accesses(ciso: FlaskClient, here: str, there: str, planted: PlantedAccesses) -> None:
    page = ciso.get(f"{there}/{planted.good}").get_data(as_text=True)
    contract = re.search(r"/contracts/(\d+)", page)
    assert contract
    page = ciso.get(f"{here}/contracts/{contract[1]}").get_data(as_text=True)
    assert f"{there}/{planted.good}" in page
    assert "rattaché" in page


def test_in_english(ciso: FlaskClient, there: str, planted: PlantedAccesses) -> None:
    ciso.post("/language", data={"lang": "en"})
    page = ciso.get(f"{there}/{planted.unknown}").get_data(as_text=True)
    assert "how critical the equipment is" in page
