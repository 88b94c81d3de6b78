"""Choosing an establishment and creating one."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.services.accounts import AccountDraft, open_account
from tests.support.people import MACHINE, Hospitals, valid_finess
from tests.web.people import PASSWORD, People


def test_each_sees_the_establishments_of_their_scope(administrator: FlaskClient, ciso: FlaskClient) -> None:
    everything = administrator.get("/establishments").text
    assert "Hôpital du Lointain" in everything
    own = ciso.get("/establishments").text
    assert "Hôpital de la Vallée" in own
    assert "Lointain" not in own


def test_the_list_is_searched_by_words_region_and_ght(administrator: FlaskClient, hospitals: Hospitals) -> None:
    found = administrator.get("/establishments?q=VALLEE").text.split('id="found"')[1]  # no accent on a capital
    assert "Vallée" in found
    assert "Colline" not in found
    by_region = administrator.get(f"/establishments?region={hospitals.other_region}").text.split('id="found"')[1]
    assert "Lointain" in by_region
    assert "Vallée" not in by_region
    assert "Aucun établissement ne correspond" in administrator.get("/establishments?q=zzz").text


def test_someone_with_one_establishment_starts_on_its_home(ciso: FlaskClient, hospitals: Hospitals) -> None:
    assert ciso.get("/").location == f"/establishments/{hospitals.valley}"


def test_a_stranger_gets_a_404(browse: object, hospitals: Hospitals) -> None:
    assert browse("stranger").get(f"/establishments/{hospitals.valley}").status_code == 404


def filled(hospitals: Hospitals, **changes: object) -> dict[str, object]:
    return {
        "finess": valid_finess("01000009"),
        "name": "Hôpital du Plateau",
        "city": "Plateau",
        "category": "",
        "legal_entity": hospitals.valley_entity,
        "entity_region_id": 0,
        "entity_ght_id": 0,
        **changes,
    }


def test_an_establishment_is_added_to_a_known_entity(administrator: FlaskClient, hospitals: Hospitals) -> None:
    answer = administrator.post("/establishments/new", data=filled(hospitals))
    assert "Hôpital du Plateau" in administrator.get(answer.location).text


def test_an_establishment_is_added_with_its_entity(administrator: FlaskClient, hospitals: Hospitals) -> None:
    entity = {
        "legal_entity": 0,
        "entity_finess": valid_finess("01000008"),
        "entity_name": "CH du Plateau",
        "entity_region_id": hospitals.region,
        "entity_ght_id": hospitals.ght,
    }
    answer = administrator.post("/establishments/new", data=filled(hospitals, **entity))
    assert answer.status_code == 302
    assert "Hôpital du Plateau" in administrator.get(f"/establishments?ght={hospitals.ght}").text


def test_a_wrong_finess_is_said_beside_its_field_and_nothing_is_kept(
    administrator: FlaskClient, hospitals: Hospitals
) -> None:
    entity = {
        "legal_entity": 0,
        "entity_finess": "123456789",
        "entity_name": "CH du Plateau",
        "entity_region_id": hospitals.region,
    }
    answer = administrator.post("/establishments/new", data=filled(hospitals, **entity))
    assert answer.status_code == 400
    assert 'id="entity_finess-wrong"' in answer.text
    answer = administrator.post("/establishments/new", data=filled(hospitals, finess="123456789"))
    assert 'id="finess-wrong"' in answer.text


def test_only_who_manages_the_registry_adds_one(ciso: FlaskClient, hospitals: Hospitals) -> None:
    assert ciso.get("/establishments/new").status_code == 403
    assert ciso.post("/establishments/new", data=filled(hospitals)).status_code == 403


def test_a_ght_is_created_then_offered_to_a_new_establishment(administrator: FlaskClient, hospitals: Hospitals) -> None:
    assert "/establishments/ghts/new" in administrator.get("/establishments/new").text
    draft = {"name": "GHT du Plateau", "region_id": hospitals.region}
    answer = administrator.post("/establishments/ghts/new", data=draft)
    assert answer.location == "/establishments/new"
    page = administrator.get(answer.location).text
    assert "GHT du Plateau – Auvergne-Rhône-Alpes</option>" in page
    again = administrator.post("/establishments/ghts/new", data=draft)
    assert again.status_code == 400
    assert 'id="name-wrong"' in again.text


def test_a_ght_is_created_in_one_s_own_region_only(
    administrator: FlaskClient, ciso: FlaskClient, app: Flask, people: People, hospitals: Hospitals
) -> None:
    own = Grant(Role.ADMINISTRATOR, Place(Level.REGION, hospitals.region))
    open_account(people.platform, MACHINE, AccountDraft("grades", "Personne GRA", PASSWORD, (own,)))
    regional = app.test_client()
    regional.set_cookie("care_session", people.token("grades"))
    page = regional.get("/establishments/ghts/new").text
    assert "Auvergne-Rhône-Alpes</option>" in page
    assert "Bretagne</option>" not in page
    elsewhere = {"name": "GHT d’ailleurs", "region_id": hospitals.other_region}
    assert regional.post("/establishments/ghts/new", data=elsewhere).status_code == 400
    assert ciso.post("/establishments/ghts/new", data=elsewhere).status_code == 403
    assert "GHT d’ailleurs" not in administrator.get("/establishments/ghts/new").text
