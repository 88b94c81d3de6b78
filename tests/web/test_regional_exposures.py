"""The pages of exposure campaigns: followed by the region, told to the establishment, which may decline."""

from __future__ import annotations

import pytest

from care.services.platform import Platform
from care.services.regional.exposures import follow_exposures
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.regional_campaigns import plant_exposure
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
