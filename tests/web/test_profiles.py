"""The sheet of an establishment: who reads, who writes, and what two people do at once."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from care.services.platform import Platform
from care.services.profiles import ProfileDraft, ProfileView, open_profile, save_profile
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.profiles import plant_profile

PROFILE = {
    "ose": "yes",
    "status": "public",
    "since": "2026-01-15",
    "department": "01",
    "longitude": "5,2258",
    "latitude": "46.2052",
}


def view(platform: Platform, establishment: int) -> ProfileView:
    return open_profile(platform, MACHINE, establishment)


def test_a_sheet_says_what_is_unknown_and_who_reads_only(ciso: FlaskClient, here: str) -> None:
    page = ciso.get(f"{here}/profile").get_data(as_text=True)
    assert page.count("Non renseigné") == 5
    assert "GHT des Deux Rives" in page
    assert "/profile/edit" not in page
    assert ciso.get(f"{here}/profile/edit").status_code == 403
    assert ciso.post(f"{here}/profile/reopen").status_code == 403


def test_a_stranger_finds_nothing(browse: Browse, here: str) -> None:
    for page in ("", "/edit", "/move", "/ght", "/close"):
        assert browse("stranger").get(f"{here}/profile{page}").status_code == 404


def test_a_profile_is_written_with_a_decimal_comma(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    answer = administrator.post(f"{here}/profile/edit", data={**PROFILE, "version": "0"}, follow_redirects=True)
    assert "longitude 5.2258, latitude 46.2052" in answer.get_data(as_text=True)
    assert view(platform, hospitals.valley).draft == ProfileDraft(True, "public", "01", 5.2258, 46.2052)


@pytest.mark.parametrize(
    "wrong", [{"longitude": "est"}, {"longitude": "nan"}, {"latitude": ""}, {"department": "99"}, {"status": "x"}]
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, here: str, wrong: dict[str, str]
) -> None:
    answer = administrator.post(f"{here}/profile/edit", data={**PROFILE, **wrong, "version": "0"})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert view(platform, hospitals.valley).version == 0


def test_the_second_of_two_people_is_told_and_loses_nothing(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    save_profile(platform, MACHINE, hospitals.valley, ProfileDraft(ose=False), 0)
    answer = administrator.post(f"{here}/profile/edit", data={**PROFILE, "version": "0"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "tests a modifié la qualité d’OSE" in page
    assert 'value="01"' in page
    assert re.search(r'name="version"[^>]*value="1"', page)


def test_an_establishment_moves_with_its_day(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    known = view(platform, hospitals.hill)
    move = {"region_id": known.region_id, "legal_entity_id": known.legal_entity_finess, "category": "CH"}
    unknown = administrator.post(
        f"{here}/profile/move", data={**move, "legal_entity_id": "999999999", "since": "2026-01-15", "version": "0"}
    )
    assert unknown.status_code == 400
    assert "pas dans le registre" in unknown.get_data(as_text=True)
    page = administrator.post(
        f"{here}/profile/move", data={**move, "since": "2026-01-15", "version": "0"}, follow_redirects=True
    ).get_data(as_text=True)
    assert "les chiffres des mois passés ne changent pas" in page
    assert "14/01/2026" in page
    assert view(platform, hospitals.valley).legal_entity_id == hospitals.hill_entity


def test_an_entity_leaves_its_ght(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    administrator.post(f"{here}/profile/ght", data={"ght": "0", "since": "2026-01-15"})
    assert view(platform, hospitals.valley).ght == ""
    assert view(platform, hospitals.valley).former[0].ght == "GHT des Deux Rives"
    late = administrator.post(f"{here}/profile/ght", data={"ght": str(hospitals.ght), "since": "2025-01-15"})
    assert late.status_code == 400
    assert "déjà enregistré" in late.get_data(as_text=True)


def test_an_establishment_is_merged_then_reopened(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals, here: str
) -> None:
    hill = view(platform, hospitals.hill)
    data = {"on": "2026-01-01", "successor_id": hill.finess, "version": "0"}
    page = administrator.post(f"{here}/profile/close", data=data, follow_redirects=True).get_data(as_text=True)
    assert "Il est repris par Hôpital de la Colline." in page
    administrator.post(f"{here}/profile/reopen", data={"version": "1"})
    assert view(platform, hospitals.valley).closed_on is None


def test_the_past_is_shown(administrator: FlaskClient, platform: Platform, hospitals: Hospitals) -> None:
    plant_profile(platform, hospitals)
    page = administrator.get(f"/establishments/{hospitals.far}/profile").get_data(as_text=True)
    assert "Où il était" in page
    assert "Centre hospitalier" in page
