"""The pages of the registers of hosting and of contracts: who reads, who writes, files, clauses."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts, hostings
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.people import PASSWORD, People
from tests.web.registers import CLAUSES, PlantedRegisters, plant_registers

HOSTING = {"name": "Laboratoire", "internal": "no", "host": "Labo Cloud", "hds_certified": "", "contract": "0"}
FILES = {
    "hosting": "Hébergement;Hébergeur\nLaboratoire;Labo\n",
    "contracts": "Fournisseur;Objet\nRadio SARL;Maintenance\n",
}
CONTRACT = {"supplier": "Radio SARL", "subject": "Maintenance", "critical": "yes", "ends_on": "2027-06-30"}


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedRegisters:
    return plant_registers(platform, hospitals.valley)


def test_registers_say_what_is_unknown(ciso: FlaskClient, here: str, planted: PlantedRegisters) -> None:
    page = ciso.get(f"{here}/hosting").get_data(as_text=True)
    assert page.index("Télésuivi") < page.index("DPI en mode SaaS") < page.index("Imagerie")
    assert "Non renseigné" in page
    urgent = re.search(r"<strong>(\d+)</strong><span>(?:(?!</span>).)*Urgent", page)
    assert urgent
    assert urgent[1] == "1"
    one = ciso.get(f"{here}/hosting/{planted.abroad}").get_data(as_text=True)
    assert "hds:EXI-28" in one
    assert "exigez le certificat" in one
    register = ciso.get(f"{here}/contracts").get_data(as_text=True)
    assert "Dédalis Santé" in register
    assert "pas encore relu" in register
    contract = ciso.get(f"{here}/contracts/{planted.contract}").get_data(as_text=True)
    assert "Clauses de sécurité" in contract
    assert "DPI en mode SaaS" in contract


def test_who_reads_and_who_writes(browse: Browse, here: str, planted: PlantedRegisters) -> None:
    for who in ("director", "visitor"):
        client = browse(who)
        for path in (f"hosting/{planted.hosting}", f"contracts/{planted.contract}", "contracts/compare"):
            assert client.get(f"{here}/{path}").status_code == 200
        assert client.get(f"{here}/hosting/{planted.hosting}/edit").status_code == 403
        assert client.post(f"{here}/contracts/new", data=CONTRACT).status_code == 403
        assert client.post(f"{here}/contracts/{planted.contract}/clauses/{CLAUSES}").status_code == 403
        assert "Noter un contrat" not in client.get(f"{here}/contracts").get_data(as_text=True)
    stranger = browse("stranger")
    for path in ("hosting", f"hosting/{planted.hosting}", "contracts", f"contracts/{planted.contract}"):
        assert stranger.get(f"{here}/{path}").status_code == 404


def test_quality_writes_too(
    browse: Browse, people: People, platform: Platform, hospitals: Hospitals, here: str, planted: PlantedRegisters
) -> None:
    grant = Grant(Role.QUALITY, Place(Level.ESTABLISHMENT, hospitals.valley))
    draft = accounts.AccountDraft("qualite", "Mme Petit", PASSWORD, (grant,))
    people.ids["qualite"] = accounts.open_account(platform, MACHINE, draft).id
    assert browse("qualite").post(f"{here}/hosting/new", data=HOSTING).status_code == 302


def test_the_address_of_another_hospital_leads_nowhere(
    administrator: FlaskClient, hospitals: Hospitals, planted: PlantedRegisters
) -> None:
    other = f"/establishments/{hospitals.hill}"
    for path in (
        f"hosting/{planted.hosting}",
        f"contracts/{planted.contract}",
        f"contracts/{planted.contract}/clauses/{CLAUSES}",
        f"contracts/{planted.contract}/clauses/{CLAUSES}/clauses.xlsx",
    ):
        assert administrator.get(f"{other}/{path}").status_code == 404


def test_a_hosting_from_first_to_last(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    added = ciso.post(f"{here}/hosting/new", data=HOSTING)
    assert added.status_code == 302
    address = added.location
    assert "Certification HDS non renseignée" in ciso.get(address).get_data(as_text=True)
    edit = {**HOSTING, "hds_certified": "yes", "hds_until": "2020-01-01", "version": "1"}
    assert ciso.post(f"{address}/edit", data=edit).status_code == 302
    assert "Certificat HDS échu le 01/01/2020" in ciso.get(address).get_data(as_text=True)
    late = ciso.post(f"{address}/edit", data={**edit, "location": "Saisie tardive"})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "Entre-temps" in page
    assert "Saisie tardive" in page
    assert 'value="2"' in page
    assert ciso.post(f"{address}/close", data={"version": "2"}).status_code == 302
    assert hostings.read_register(platform, MACHINE, hospitals.valley).lines == ()
    assert ciso.post(f"{address}/close", data={"version": "3", "reopen": "1"}).status_code == 302
    assert len(hostings.read_register(platform, MACHINE, hospitals.valley).lines) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "x" * 201}, "200"),
        ({"contract": "987654"}, "réponses proposées"),
        ({"hds_until": "x"}, "se lit pas"),
    ],
)
def test_a_wrong_field_of_a_hosting(ciso: FlaskClient, here: str, typed: dict[str, str], said: str) -> None:
    answer = ciso.post(f"{here}/hosting/new", data={**HOSTING, **typed})
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_a_contract_and_its_notice(ciso: FlaskClient, here: str) -> None:
    added = ciso.post(f"{here}/contracts/new", data={**CONTRACT, "notice_days": "90"})
    assert "à dénoncer avant le 1er avril 2027" in ciso.get(added.location).get_data(as_text=True)
    wrong = ciso.post(f"{here}/contracts/new", data={**CONTRACT, "starts_on": "2028-01-01"})
    assert wrong.status_code == 400
    assert "La fin précède le début." in wrong.get_data(as_text=True)
    assert ciso.post(f"{added.location}/close", data={"version": "9"}).status_code == 302
    assert "Entre-temps" in ciso.get(added.location).get_data(as_text=True)


def test_clauses_are_read_section_by_section(ciso: FlaskClient, here: str, planted: PlantedRegisters) -> None:
    address = f"{here}/contracts/{planted.contract}/clauses/{CLAUSES}"
    assert "Choisissez un chapitre" in ciso.get(address).get_data(as_text=True)
    page = ciso.get(f"{address}?section=7").get_data(as_text=True)
    seen = dict(re.findall(r'name="seen-([^"]+)" value="(\d+)"', page))
    assert set(seen) == {"O-7.1", "O-7.2"}
    typed = {"clause": ["O-7.1", "O-7.2"], "verdict-O-7.1": "yes", "note-O-7.1": "Annexe 3", "verdict-O-7.2": "no"}
    typed |= {"note-O-7.2": "Aucun délai de correction", **{f"seen-{name}": value for name, value in seen.items()}}
    saved = ciso.post(f"{address}?section=7", data=typed, follow_redirects=True)
    assert "1 clause enregistrée." in saved.get_data(as_text=True)
    unexplained = ciso.post(f"{address}?section=7", data={**typed, "verdict-O-7.1": "no", "note-O-7.1": " "})
    assert unexplained.status_code == 400
    assert "Dites pourquoi" in unexplained.get_data(as_text=True)
    late = ciso.post(f"{address}?section=7", data={**typed, "note-O-7.1": "Annexe 4"})
    assert late.status_code == 409
    text = late.get_data(as_text=True)
    assert "Entre-temps" in text
    assert "Annexe 4" in text
    assert ciso.get(f"{address}?state=to_ask&q=vulnérabilité").status_code == 200
    assert ciso.get(f"{address}?state=bogus&section=99&q={'x' * 500}").status_code == 200
    assert ciso.get(f"{here}/contracts/{planted.contract}/clauses/care-d2").status_code == 404
    assert ciso.get(f"{address}/clauses.xlsx?state=to_ask").data.startswith(b"PK")


@pytest.mark.parametrize(("subject", "name"), [("hosting", "Laboratoire"), ("contracts", "Radio SARL – Maintenance")])
def test_a_file_is_shown_then_done(
    ciso: FlaskClient, here: str, planted: PlantedRegisters, subject: str, name: str
) -> None:
    text = (
        "Hébergement;Hébergeur\nLaboratoire;Labo\n"
        if subject == "hosting"
        else "Fournisseur;Objet\nRadio SARL;Maintenance\n"
    )
    assert ciso.get(f"{here}/{subject}/import").status_code == 200
    sent = {"file": (io.BytesIO(text.encode("cp1252")), "registre.csv")}
    page = ciso.post(f"{here}/{subject}/import", data=sent).get_data(as_text=True)
    assert name in page
    assert name.split(" ")[0] not in ciso.get(f"{here}/{subject}").get_data(as_text=True)
    carried = re.search(r'<textarea name="carried" hidden>(.*?)</textarea>', page, re.DOTALL)
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert carried
    assert seen
    data = {"carried": unescape(carried[1]), "seen": seen[1]}
    assert ciso.post(f"{here}/{subject}/import/confirm", data=data).status_code == 302
    assert name.split(" ")[0] in ciso.get(f"{here}/{subject}").get_data(as_text=True)
    assert ciso.post(f"{here}/{subject}/import/confirm", data=data).status_code == 409
    assert ciso.post(f"{here}/{subject}/import/confirm", data={"carried": "{"}).status_code == 400
    assert ciso.post(f"{here}/{subject}/import", data={}).status_code == 400
    for form in ("csv", "xlsx"):
        assert ciso.get(f"{here}/{subject}/register.{form}").status_code == 200
    assert ciso.get(f"{here}/{subject}/register.exe").status_code == 404


def test_evidence_leads_back_to_what_it_proves(ciso: FlaskClient, here: str, planted: PlantedRegisters) -> None:
    page = ciso.get(f"{here}/evidence/attach?thing=hosting:{planted.hosting}").get_data(as_text=True)
    assert f"{here}/hosting/{planted.hosting}" in page
    page = ciso.get(f"{here}/evidence/attach?thing=contract:{planted.contract}").get_data(as_text=True)
    assert f"{here}/contracts/{planted.contract}" in page


def test_in_english(ciso: FlaskClient, here: str, planted: PlantedRegisters) -> None:
    ciso.post("/language", data={"lang": "en"})
    assert "Hosting of health data" in ciso.get(f"{here}/hosting").get_data(as_text=True)
    assert "Suppliers and contracts" in ciso.get(f"{here}/contracts").get_data(as_text=True)
