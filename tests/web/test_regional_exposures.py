"""The pages of exposure campaigns: followed by the region, told to the establishment, which may decline."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from care.services.federation import joining
from care.services.platform import Platform
from care.services.regional.exposures import follow_exposures
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.region_links import joined, paper_region
from tests.web.regional_campaigns import plant_asked, plant_exposure
from tests.web.seeds import Seeds


@pytest.fixture
def campaign(platform: Platform, hospitals: Hospitals, seeds: Seeds) -> int:
    return plant_exposure(platform, hospitals)


def test_the_region_follows_plans_again_and_takes_the_table(browse: Browse, campaign: int) -> None:
    administrator, address = browse("administrator"), f"/regional-campaigns/{campaign}"
    page = administrator.get(address).text
    assert "Façade Internet" in page
    assert "aucune cible d’exposition enregistrée" in page
    assert "Établissements entièrement audités : 0 sur 2 sollicités" in page
    administrator.post(f"{address}/plan")
    assert "Rien de plus à planifier" in administrator.get(address).text
    administrator.post(f"{address}/remind")
    assert "Personne à relancer" in administrator.get(address).text
    assert "Façade Internet" in administrator.get(f"{address}/audits.csv").text
    assert "audités 0 / 2" in administrator.get("/regional-campaigns").text
    assert "Kit" not in administrator.get(f"{address}/edit").text.partition("<main")[2]
    for path in ("/lessons", "/questions", "/answers.xlsx", "/follow-up.csv"):
        assert administrator.get(f"{address}{path}").status_code == 404
    assert browse("ciso").get(address).status_code == 404
    assert browse("ciso").post(f"{address}/plan").status_code == 404


def test_the_establishment_is_told_when_and_may_decline(
    browse: Browse, platform: Platform, hospitals: Hospitals, here: str, campaign: int, seeds: Seeds
) -> None:
    ciso, address = browse("ciso"), f"{here}/regional-audits/{campaign}"
    page = ciso.get(f"{here}/regional-campaigns").text
    assert "Façade Internet" in page
    assert "Permettre ou refuser" in page
    assert "Permettre ou refuser" not in browse("director").get(f"{here}/regional-campaigns").text
    assert "Façades de l’hiver" not in browse("visitor").get(f"{here}/regional-campaigns").text
    typed = {"target": str(seeds.exposure), "reason": "Bascule du DPI"}
    assert browse("director").post(address, data=typed).status_code == 403
    assert ciso.post(address, data=typed).status_code == 302
    assert "Refusé par l’établissement" in ciso.get(f"{here}/regional-campaigns").text
    assert "Bascule du DPI" in browse("administrator").get(f"/regional-campaigns/{campaign}").text
    ciso.post(address, data=typed | {"reason": "x" * 400})
    assert "300 signes au plus" in ciso.get(f"{here}/regional-campaigns").text
    assert ciso.post(address, data={"target": str(seeds.exposure)}).status_code == 302
    places = follow_exposures(platform, MACHINE, campaign).places
    assert [audit.declined for one in places for audit in one.audits] == [""]
    for wrong in ("999999", "x", ""):
        assert ciso.post(address, data={"target": wrong}).status_code == 404


@pytest.fixture
def asked(platform: Platform, hospitals: Hospitals, seeds: Seeds) -> int:
    region = paper_region(platform, hospitals.valley)
    link_id = joined(platform, region)
    joining.enable(platform, MACHINE, link_id, region.fingerprint)
    return plant_asked(platform, hospitals, region, link_id)


def test_what_a_region_asks_from_its_own_installation_is_listed_answered_and_decided(
    browse: Browse, platform: Platform, here: str, asked: int
) -> None:
    ciso, address = browse("ciso"), f"{here}/regional-audits/{asked}/decision"
    page = ciso.get(f"{here}/regional-campaigns").text
    assert "GRADeS d’essai" in page
    assert "Rien n’est planifié sans vous" in page
    assert "Accepter et planifier" not in browse("director").get(f"{here}/regional-campaigns").text
    assert browse("director").post(address, data={"agree": "yes"}).status_code == 403
    assert browse("stranger").post(address, data={"agree": "yes"}).status_code == 404
    ciso.post(address, data={"agree": "yes"})
    page = ciso.get(f"{here}/regional-campaigns").text
    assert "Façade Internet" in page
    assert "Permettre ou refuser" in page
    ciso.post(address, data={"agree": "no"})
    assert "Vous avez refusé" in ciso.get(f"{here}/regional-campaigns").text
    link = re.search(rf"{here}/questionnaires/\d+", page)
    assert link is not None
    sheet = ciso.get(link[0]).text
    assert "Vos réponses partent signées" in sheet
    version = re.search(r'name="version" value="(\d+)"', sheet)
    assert version is not None
    ciso.post(link[0], data={"version": version[1], "answer-1": "no", "send": "1"})
    assert "Pas encore remis à la région" in ciso.get(link[0]).text
    administrator = browse("administrator")
    preview = administrator.get("/region-links/1/preview").text
    assert "Sauvegardes 2026" in preview
    assert "Façades de Bretagne" in preview
    assert administrator.get(f"/regional-campaigns/{asked}").status_code == 404
    assert "Façades de Bretagne" not in administrator.get("/regional-campaigns").text


def test_only_a_proved_question_is_told_what_is_asked(app: Flask) -> None:
    answer = app.test_client().get("/federation/campaigns?installation=x&key=y&at=z&signature=é")
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["reason_en"]
