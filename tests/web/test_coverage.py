"""Pages of the 66 % rule: who sees which candidate, weights, phase, files."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.continuity import plant_continuity
from tests.web.continuity_tests import plant_tests
from tests.web.people import PASSWORD, People


@pytest.fixture
def place(platform: Platform, hospitals: Hospitals, people: People) -> str:
    """The address of the GHT, of which somebody is the CISO and somebody of the region a reader."""
    for login, role, where in (
        ("group", Role.CISO, Place(Level.GHT, hospitals.ght)),
        ("regional", Role.REGIONAL, Place(Level.REGION, hospitals.region)),
    ):
        draft = accounts.AccountDraft(login, f"Personne {login}", PASSWORD, (Grant(role, where),))
        people.ids[login] = accounts.open_account(platform, MACHINE, draft).id
    plant_tests(platform, hospitals, plant_continuity(platform, hospitals.valley))
    return f"/coverage/ght/{hospitals.ght}"


@pytest.fixture
def group(browse: Browse, place: str) -> FlaskClient:
    return browse("group")


def weights(hospitals: Hospitals, valley: str, hill: str, version: int = 1) -> dict[str, str]:
    sent = {}
    for number, weight in ((hospitals.valley_entity, valley), (hospitals.hill_entity, hill)):
        key = f"legal_entity:{number}"
        sent |= {f"weight-{key}": weight, f"origin-{key}": "SAE 2025", f"version-{key}": str(version)}
    return sent


def test_the_computation_is_explained(group: FlaskClient, place: str) -> None:
    page = group.get(place).text
    assert "0,00\u00a0%" in page
    assert "0 / 3\u202f000" in page
    assert "Urgences, pas de BIA en vigueur" in page
    assert "Le moins à faire, 2 unités : couvrir CH de la Vallée, CH de la Colline." in page  # 65,96 % would not do
    assert "16 juillet 2025" in page
    assert "publication au JO de l’arrêté du 3 juillet 2025" in page
    assert "ouverte jusqu’à la déclaration" in page
    assert "Règle des 66 %" in page
    assert "66 %%" not in page


def test_weights_want_an_origin_and_two_people_lose_nothing(
    group: FlaskClient, browse: Browse, place: str, hospitals: Hospitals
) -> None:
    key = f"legal_entity:{hospitals.valley_entity}"
    answer = group.post(f"{place}/weights", data={**weights(hospitals, "12,5", "oui"), f"origin-{key}": ""})
    assert answer.status_code == 400
    assert "Dites d’où vient ce chiffre" in answer.text
    assert "Un nombre positif" in answer.text
    assert 'value="12,5"' in answer.text
    assert browse("administrator").post(f"{place}/weights", data=weights(hospitals, "2000", "1021")).status_code == 302
    answer = group.post(f"{place}/weights", data=weights(hospitals, "1500", "1021"))
    assert answer.status_code == 409
    assert "Entre-temps, administrator" in answer.text
    assert 'value="1500"' in answer.text
    assert "Enregistré maintenant : 2000 (SAE 2025), par administrator." in answer.text


def test_the_phase_is_closed_by_the_declaration(group: FlaskClient, place: str) -> None:
    early = group.post(f"{place}/declared", data={"declared_on": "2025-07-15", "version": "0"})
    assert early.status_code == 400
    assert "La phase a commencé le 16/07/2025" in early.text
    assert group.post(f"{place}/declared", data={"declared_on": "2026-05-04", "version": "0"}).status_code == 302
    assert "4 mai 2026" in group.get(place).text
    assert group.post(f"{place}/declared", data={"declared_on": "", "version": "0"}).status_code == 409


def test_the_files(group: FlaskClient, place: str) -> None:
    table = group.get(f"{place}.csv")
    assert table.mimetype == "text/csv"
    assert "CH de la Colline" in table.get_data().decode("utf-8-sig")
    assert group.get(f"{place}.xlsx").get_data().startswith(b"PK")


def test_each_sees_the_candidates_seen_whole(browse: Browse, place: str, hospitals: Hospitals) -> None:
    assert "GHT des Deux Rives" in browse("group").get("/coverage").text
    found = browse("group").get("/coverage?q=colline").text.partition("<main")[2]
    assert ("CH de la Colline" in found, "CH de la Vallée" in found) == (True, False)
    regional = browse("regional")
    page = regional.get(place).text
    assert "Enregistrer les poids" not in page
    assert "1979" in page
    assert regional.get(f"{place}.csv").status_code == 200
    assert regional.post(f"{place}/weights", data=weights(hospitals, "1", "1")).status_code == 403
    for who in ("ciso", "stranger"):
        assert browse(who).get(place).status_code == 404
        assert browse(who).post(f"{place}/weights", data=weights(hospitals, "1", "1")).status_code == 404
    assert place not in browse("ciso").get("/coverage").text
    own = browse("ciso").get(f"/coverage/legal_entity/{hospitals.valley_entity}").text
    assert "Une seule unité" in own
    visitor = browse("visitor")
    assert visitor.get(f"/coverage/legal_entity/{hospitals.valley_entity}.csv").status_code == 403
    assert visitor.get("/coverage/ght/0").status_code == 404
    assert visitor.get("/coverage/region/1").status_code == 404
