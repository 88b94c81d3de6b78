"""The sheet of an establishment: who reads, who writes, and what two people do at once."""

from __future__ import annotations

import io
import re
from html import unescape

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


HEAD = "N° FINESS;OSE;Statut\n"


def send(client: FlaskClient, content: str, since: str = "2026-01-15") -> str:
    data = {"file": (io.BytesIO(content.encode()), "fiches.csv"), "since": since}
    return str(client.post("/establishments/profiles/import", data=data).get_data(as_text=True))


def carried(page: str) -> dict[str, str]:
    """What the preview sends back when it is confirmed."""
    kept = re.search(r'<textarea name="carried" hidden>(.*?)</textarea>', page, re.DOTALL)
    fields = dict(re.findall(r'<input type="hidden" name="(seen|since)" value="([^"]*)"', page))
    assert kept
    return {"carried": unescape(kept[1]), **fields}


def test_profiles_travel_by_file(administrator: FlaskClient, platform: Platform, hospitals: Hospitals) -> None:
    hill = view(platform, hospitals.hill).finess
    page = administrator.get("/establishments/profiles").get_data(as_text=True)
    assert "Hôpital de la Colline" in page
    assert "OSE : non renseigné" in page
    exported = administrator.get("/establishments/profiles/file.csv")
    assert hill in exported.get_data(as_text=True)
    assert administrator.get("/establishments/profiles/file.pdf").status_code == 404
    assert "Colonnes reconnues" in administrator.get("/establishments/profiles/import").get_data(as_text=True)
    shown = send(administrator, f"{HEAD}{hill};oui;Public\n")
    assert "Privé" not in shown
    assert "<ins>oui</ins>" in shown
    assert view(platform, hospitals.hill).version == 0
    done = administrator.post("/establishments/profiles/import/confirm", data=carried(shown), follow_redirects=True)
    assert "1 fiche modifiée." in done.get_data(as_text=True)
    known = view(platform, hospitals.hill)
    assert known.draft == ProfileDraft(ose=True, status="public")
    assert str(known.former_answers[0].until) == "2026-01-14"


def test_a_file_with_a_fault_is_explained_and_confirmed_by_nobody(
    administrator: FlaskClient, platform: Platform, hospitals: Hospitals
) -> None:
    hill = view(platform, hospitals.hill).finess
    page = send(administrator, f"{HEAD}{hill};oui;riche\n")
    assert "Ligne 2, colonne « Statut »" in page
    assert "Confirmer l’import" not in page
    assert "doit nommer au moins « N° FINESS »" in send(administrator, "OSE\noui\n")
    assert "Ligne 2" in send(administrator, f"{HEAD}{hill};oui;\n", since="2099-01-01")
    missing = administrator.post("/establishments/profiles/import", data={"since": "2026-01-15"})
    assert missing.status_code == 400
    shown = send(administrator, f"{HEAD}{hill};oui;\n")
    assert (
        administrator.post(
            "/establishments/profiles/import/confirm", data={**carried(shown), "since": "hier"}
        ).status_code
        == 400
    )
    save_profile(platform, MACHINE, hospitals.hill, ProfileDraft(department="01"), 0)
    late = administrator.post("/establishments/profiles/import/confirm", data=carried(shown))
    assert (late.status_code, "a changé depuis cet aperçu" in late.get_data(as_text=True)) == (409, True)
    assert view(platform, hospitals.hill).draft.ose is None


def test_who_keeps_no_profile_has_no_file(ciso: FlaskClient) -> None:
    for page in ("", "/file.csv", "/import"):
        assert ciso.get(f"/establishments/profiles{page}").status_code == 403
    for page in ("", "/confirm"):
        assert ciso.post(f"/establishments/profiles/import{page}").status_code == 403
