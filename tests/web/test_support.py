"""The pages of support: the region writes, the establishment reads and asks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.library import today as local_day
from care.services.platform import Platform
from care.services.support.reading import open_support
from tests.support.people import MACHINE, Hospitals
from tests.web.catalogue import plant_catalogue
from tests.web.conftest import Browse
from tests.web.people import PASSWORD
from tests.web.support import PlantedSupport, plant_support


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedSupport:
    return plant_support(platform, hospitals, plant_catalogue(platform, hospitals))


@pytest.fixture
def grades(platform: Platform, hospitals: Hospitals, browse: Browse) -> str:
    grant = Grant(Role.REGIONAL, Place(Level.REGION, hospitals.region))
    accounts.open_account(platform, MACHINE, accounts.AccountDraft("grades", "Maya Petit", PASSWORD, (grant,)))
    return "grades"


def version_of(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_the_list_and_its_filters(browse: Browse, planted: PlantedSupport, grades: str, hospitals: Hospitals) -> None:
    region = browse(grades)
    page = region.get("/support").text
    assert page.index("Hôpital de la Vallée") < page.index("Hôpital de la Colline")  # the late one first
    assert "En retard" in page
    assert "Lointain" not in page
    assert "Hôpital de la Vallée" not in region.get("/support?state=none").text.partition("<tbody>")[2]
    assert "Rien ne correspond" in region.get("/support?q=introuvable").text
    assert "Hôpital de la Colline" in region.get(f"/support?place=ght-{hospitals.ght}&quiet=1&state=zzz&page=x").text
    for senseless in ("x", "region-0", "ght-999999", f"region-{hospitals.other_region}"):
        assert region.get(f"/support?place={senseless}").status_code == 404
    assert region.get("/support/follow-up.csv?state=late").text.count("\n") == 2
    assert region.get("/support/follow-up.xlsx").data[:2] == b"PK"
    for who, status in (("ciso", 403), ("director", 403), ("stranger", 403)):
        assert browse(who).get("/support").status_code == status


def test_the_next_step_is_written_and_a_second_writer_told(
    browse: Browse, here: str, planted: PlantedSupport, grades: str, hospitals: Hospitals
) -> None:
    region = browse(grades)
    version = version_of(region.get(f"{here}/support/edit").text)
    typed = {"owner": "Maya", "next_step": "Jouer un exercice", "next_on": "2027-01-15", "version": version}
    assert region.post(f"{here}/support/edit", data=typed).status_code == 302
    again = region.post(f"{here}/support/edit", data=typed | {"next_step": "Mon étape à moi"})
    assert again.status_code == 409
    assert 'value="Mon étape à moi"' in again.text
    assert "Maya Petit a modifié" in again.text or "a modifié" in again.text
    fixed = typed | {"next_step": "Mon étape à moi", "version": version_of(again.text)}
    assert region.post(f"{here}/support/edit", data=fixed).status_code == 302
    for field, value in (("next_on", "demain"), ("next_step", ""), ("owner", "x" * 201)):
        assert region.post(f"{here}/support/edit", data=fixed | {field: value}).status_code == 400


def test_a_contact_is_planned_told_and_dropped(
    browse: Browse, here: str, planted: PlantedSupport, grades: str, platform: Platform, hospitals: Hospitals
) -> None:
    region, today = browse(grades), local_day(platform)
    page = region.get(f"{here}/support/contacts/new").text
    assert 'value="Maya Petit"' in page
    typed = {"kind": "call", "held_on": (today + timedelta(days=3)).isoformat(), "by": "Maya Petit", "held": "1"}
    wrong = region.post(f"{here}/support/contacts/new", data=typed | {"summary": "Mes mots gardés"})
    assert wrong.status_code == 400
    assert "Mes mots gardés" in wrong.text
    planned = {name: value for name, value in typed.items() if name != "held"}
    assert region.post(f"{here}/support/contacts/new", data=planned).status_code == 302
    contact = open_support(platform, MACHINE, hospitals.valley).planned[0].id
    address = f"{here}/support/contacts/{contact}"
    version = version_of(region.get(address).text)
    told = typed | {"held_on": today.isoformat(), "summary": "Exercice en mars", "version": version}
    assert region.post(address, data=told).status_code == 302
    assert region.post(address, data=told | {"summary": "Autre"}).status_code == 409
    assert "Exercice en mars" in browse("director").get(f"{here}/support").text
    other = f"{here}/support/contacts/{planted.contact}"
    region.post(f"{other}/drop", data={"version": version_of(region.get(other).text)})
    assert region.get(other).status_code == 404
    assert region.post(f"{address}/drop", data={"version": "2"}).status_code == 302  # held: refused on its page
    assert region.get(address).status_code == 200
    elsewhere = f"/establishments/{hospitals.hill}/support/contacts/{contact}"
    assert region.get(elsewhere).status_code == region.post(elsewhere, data=told).status_code == 404


def test_the_establishment_reads_and_asks(
    browse: Browse, here: str, planted: PlantedSupport, grades: str, platform: Platform, hospitals: Hospitals
) -> None:
    ciso, region = browse("ciso"), browse(grades)
    page = ciso.get(f"{here}/support").text
    assert "Relire ensemble le PCRA des urgences" in page
    assert "Sauvegardes à tester." in page
    assert "Prudence : DSI" not in page
    assert "Prudence : DSI" in region.get(f"{here}/support").text
    assert "Faire avancer" not in page
    assert browse("visitor").get(f"{here}/support").status_code == 403
    assert browse("stranger").get(f"{here}/support").status_code == 404
    assert ciso.post(f"{here}/support/services", data={"service": "entry-999"}).status_code == 404
    use = f"{here}/support/services/{planted.use}"
    for state, day, said in (("", "", "Choisissez ce que devient"), ("agreed", "demain", "ne se lit pas")):
        region.post(use, data={"state": state, "day": day, "version": "1"})
        assert said in region.get(f"{here}/support").text
    assert region.post(use, data={"state": "agreed", "version": "1"}).status_code == 302
    assert "Convenu" in ciso.get(f"{here}/support").text
    assert ciso.post(use, data={"state": "running", "version": "2"}).status_code == 403
    assert "Audit d’annuaire accompagné" in region.get("/support/services").text
    assert ciso.post(f"{use}/withdraw", data={"version": "2"}).status_code == 302
    assert "Retiré par l’établissement" in ciso.get(f"{here}/support").text
    again = {"service": open_support(platform, MACHINE, hospitals.valley).offers[0].id, "note": "De nouveau"}
    assert ciso.post(f"{here}/support/services", data=again).status_code == 302
    assert "De nouveau" in region.get(f"{here}/support").text
    moved = region.post(f"/establishments/{hospitals.hill}/support/services/{planted.use}", data={"state": "agreed"})
    assert moved.status_code == 404
