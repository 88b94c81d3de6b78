"""The region's pages of its federation: codes, files brought, arrivals, keys, and who may not see them."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.domain.enrolments import read_answer, read_receipt
from care.domain.federation import BundleVerdict
from care.services import accounts
from care.services.federation.following import read_installation
from care.services.platform import Platform
from tests.support.federation import Sender
from tests.support.people import MACHINE, Hospitals, valid_finess
from tests.web.conftest import Browse
from tests.web.installations import HILL, VALLEY, Planted, plant_federation
from tests.web.people import PASSWORD


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> Planted:
    return plant_federation(platform, hospitals)


@pytest.fixture
def grades(browse: Browse, platform: Platform, hospitals: Hospitals) -> FlaskClient:
    """Somebody of the regional centre."""
    grant = Grant(Role.REGIONAL, Place(Level.REGION, hospitals.region))
    accounts.open_account(platform, MACHINE, accounts.AccountDraft("grades", "Personne GRA", PASSWORD, (grant,)))
    return browse("grades")


def words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def code_on(page: str) -> str:
    found = re.search(r"<code>([0-9A-Z-]{29})</code>", page)
    assert found is not None
    return found[1]


def test_a_code_is_given_and_an_installation_enrolled_by_file(
    grades: FlaskClient, platform: Platform, hospitals: Hospitals
) -> None:
    assert "Aucune installation inscrite" in words(grades, "/installations")
    assert f'value="region-{hospitals.region}"' in words(grades, "/installations/new")
    typed = {"name": "CH de la Vallée", "place": f"region-{hospitals.region}", "finess": f"{VALLEY};{HILL}"}
    given = grades.post("/installations/new", data=typed)
    assert given.status_code == 200
    sender = Sender(platform.signer.key_id)
    code = code_on(given.get_data(as_text=True))
    assert code not in words(grades, "/installations")
    file = (BytesIO(sender.request(code)), "demande.json")
    done = grades.post("/installations/enrol", data={"file": file}, follow_redirects=True)
    page = done.get_data(as_text=True)
    assert "Comparez l’empreinte par téléphone" in page
    assert sender.key_id[:4] in page
    answer = grades.get("/installations/1/answer")
    assert read_answer(answer.data).establishments == (VALLEY, HILL)
    again = grades.post("/installations/enrol", data={"file": (BytesIO(b"{}"), "x")})
    assert again.status_code == 400
    assert "manque" in again.get_data(as_text=True)


def test_what_is_wrong_in_an_enrolment_is_said_beside_its_field(grades: FlaskClient, hospitals: Hospitals) -> None:
    far = valid_finess("35000002")
    typed = {"name": "CH", "place": f"region-{hospitals.region}", "finess": far}
    answer = grades.post("/installations/new", data=typed)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert f"hors de ce territoire : {far}" in page
    assert 'value="CH"' in page
    assert grades.post("/installations/new", data=typed | {"place": "region-999"}).status_code == 400


def test_bundles_are_brought_and_their_receipts_given(
    grades: FlaskClient, platform: Platform, planted: Planted
) -> None:
    content = planted.sender.bundle(platform.clock.now(), {HILL: []})
    data = {"file": [(BytesIO(content), "a.care-bundle"), (BytesIO(b"bonjour"), "b.txt")]}
    page = grades.post("/installations/bring", data=data).get_data(as_text=True)
    assert "a.care-bundle" in page
    assert "n’est pas un lot" in page
    link = re.search(r'href="(/installations/received/\d+/receipt)"', page)
    assert link is not None
    receipt = read_receipt(grades.get(link[1]).data, platform.signer.public_keys[platform.signer.key_id])
    assert receipt.verdict is BundleVerdict.TAKEN
    empty = grades.post("/installations/bring", data={})
    assert empty.status_code == 400
    assert "au moins un fichier" in empty.get_data(as_text=True)


def test_arrivals_say_why_they_were_refused_and_what_was_set_aside(grades: FlaskClient, planted: Planted) -> None:
    page = words(grades, "/installations")
    assert "À jour" in page
    assert "1 lot refusé en trente jours" in page
    assert "1 fichier arrivé en trente jours" in page
    taken = words(grades, f"/installations/received/{planted.taken}")
    assert "Indicateur inconnu ici" in taken
    assert "ne parle pas" in taken
    assert "a déjà été pris" in words(grades, f"/installations/received/{planted.refused}")
    assert "Expéditeur inconnu" in words(grades, f"/installations/received/{planted.unknown}")
    everything = words(grades, "/installations/received")
    refused = words(grades, "/installations/received?verdict=refused&unknown=1")
    assert everything.count("/installations/received/") == 4
    assert refused.count("/installations/received/") == 1
    assert grades.get(f"/installations/received/{planted.unknown}/receipt").status_code == 404


def test_a_key_is_revoked_the_installation_changed_and_withdrawn(
    grades: FlaskClient, platform: Platform, planted: Planted
) -> None:
    here = f"/installations/{planted.installation}"
    silent = grades.post(f"{here}/keys/{planted.key}/revoke", data={}, follow_redirects=True)
    assert "Dites pourquoi" in silent.get_data(as_text=True)
    grades.post(f"{here}/keys/{planted.key}/revoke", data={"why": "Clé USB perdue"})
    page = words(grades, here)
    assert "Révoquée" in page
    assert "Clé USB perdue" in page
    assert code_on(grades.post(f"{here}/again").get_data(as_text=True))
    version = read_installation(platform, MACHINE, planted.installation).version
    typed = {"name": "CH renommé", "contact": "DSI", "expected_days": "10", "finess": HILL, "version": str(version)}
    assert grades.post(f"{here}/edit", data=typed).status_code == 302
    stale = grades.post(f"{here}/edit", data=typed | {"name": "Autre"})
    assert stale.status_code == 409
    said = stale.get_data(as_text=True)
    assert "Entre-temps" in said
    assert 'value="Autre"' in said
    grades.post(f"{here}/withdraw", data={"why": "Fusionné"})
    assert "Retirée" in words(grades, here)


def test_a_code_is_withdrawn_by_who_manages_its_territory(
    grades: FlaskClient, browse: Browse, planted: Planted
) -> None:
    assert grades.post(f"/installations/codes/{planted.code}/withdraw").status_code == 404  # of the whole platform
    administrator = browse("administrator")
    assert "CH du Lointain" in words(administrator, "/installations")
    administrator.post(f"/installations/codes/{planted.code}/withdraw")
    assert "CH du Lointain" not in words(administrator, "/installations")


def test_another_region_sees_nothing_of_it(
    browse: Browse, platform: Platform, hospitals: Hospitals, planted: Planted
) -> None:
    grant = Grant(Role.REGIONAL, Place(Level.REGION, hospitals.other_region))
    accounts.open_account(platform, MACHINE, accounts.AccountDraft("voisin", "Personne VOI", PASSWORD, (grant,)))
    neighbour = browse("voisin")
    assert "Aucune installation inscrite" in words(neighbour, "/installations")
    for path in (f"{planted.installation}", f"{planted.installation}/edit", f"received/{planted.taken}"):
        assert neighbour.get(f"/installations/{path}").status_code == 404
    assert neighbour.post(f"/installations/{planted.installation}/withdraw", data={"why": "x"}).status_code == 404
    ciso = browse("ciso")
    assert ciso.get("/installations").status_code == 403
