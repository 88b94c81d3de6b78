"""The pages of isolation drills: noted, changed, withdrawn, their gaps made actions, their proofs."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from care.services.backups.isolation_reading import list_isolations, open_isolation
from care.services.platform import Platform
from tests.support.isolation import GAP, PlantedIsolations, plant_isolations
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse

TYPED = {
    "held_on": "2026-02-20",
    "people": "A. Martin",
    "cut": "Baie B",
    "isolated": "yes",
    "cut_minutes": "12 min",
    "back_minutes": "",
    "gaps": "Câble sans étiquette",
    "note": "",
}


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedIsolations:
    return plant_isolations(platform, hospitals.valley)


def test_a_drill_is_noted_changed_and_withdrawn(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    assert "Aucun exercice noté" in ciso.get(f"{here}/isolation-drills").text
    assert ciso.post(f"{here}/isolation-drills/new", data={**TYPED, "isolated": ""}).status_code == 400
    page = ciso.post(f"{here}/isolation-drills/new", data=TYPED, follow_redirects=True)
    for said in ("20 février 2026", "A. Martin", "Baie B", "12 min", "non mesuré", "Câble sans étiquette", "Isolées"):
        assert said in page.text, said
    (line,) = list_isolations(platform, MACHINE, hospitals.valley).lines
    one = f"{here}/isolation-drills/{line.id}"
    assert "A. Martin" in ciso.get(f"{one}/edit").text
    assert ciso.post(f"{one}/edit", data={**TYPED, "isolated": "no", "version": "1"}).status_code == 302
    assert ciso.post(f"{one}/edit", data={**TYPED, "version": "1"}).status_code == 409
    assert "n’a pas isolé" in ciso.get(f"{here}/isolation-drills").text
    ciso.post(f"{one}/withdraw", data={"version": "2"})
    assert "ne compte plus" in ciso.get(one).text
    assert "Prochain exercice" not in ciso.get(f"{here}/isolation-drills").text
    ciso.post(f"{one}/withdraw", data={"version": "3", "reopen": "1"})
    assert open_isolation(platform, MACHINE, line.id).ended_on is None


def test_a_gap_becomes_an_action_and_a_proof_is_attached(
    ciso: FlaskClient, here: str, platform: Platform, planted: PlantedIsolations
) -> None:
    one = f"{here}/isolation-drills/{planted.good}"
    key = open_isolation(platform, MACHINE, planted.good).gaps[0].key
    assert ciso.post(f"{one}/act", data={"gap": key}).status_code == 302
    page = ciso.get(one).text
    assert page.count(GAP) == 2
    (action,) = re.findall(rf"{here}/actions/\d+", page)
    assert f'href="{one}"' in ciso.get(action).text
    assert f"thing=isolation_drill:{planted.good}" in page
    assert ciso.get(f"{here}/evidence/attach?thing=isolation_drill:{planted.good}").status_code == 200


def test_the_register_leaves_as_a_spreadsheet(browse: Browse, here: str, planted: PlantedIsolations) -> None:
    reader = browse("director")
    assert "isolation-drills/register.csv" in reader.get(f"{here}/isolation-drills").text
    table = reader.get(f"{here}/isolation-drills/register.csv")
    assert (table.status_code, table.mimetype) == (200, "text/csv")
    lines = table.data.decode("utf-8-sig").splitlines()
    assert "Ce qui a été coupé" in lines[0]
    assert GAP in table.data.decode("utf-8-sig")
    assert reader.get(f"{here}/isolation-drills/register.xlsx").data.startswith(b"PK")
    assert reader.get(f"{here}/isolation-drills/register.pdf").status_code == 404
    assert browse("stranger").get(f"{here}/isolation-drills/register.csv").status_code == 404


def test_a_reader_sees_and_a_stranger_finds_nothing(browse: Browse, here: str, planted: PlantedIsolations) -> None:
    reader, stranger = browse("director"), browse("stranger")
    for page in (f"{here}/isolation-drills", f"{here}/isolation-drills/{planted.good}"):
        seen = reader.get(page)
        assert seen.status_code == 200
        assert "Noter un exercice" not in seen.text
        assert stranger.get(page).status_code == 404
    assert reader.get(f"{here}/isolation-drills/new").status_code == 403
