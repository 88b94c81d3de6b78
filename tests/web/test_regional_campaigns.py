"""The pages of regional campaigns: opened, followed, joined by an establishment, told without names."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.platform import Platform
from care.services.regional.campaigns import excuse
from care.services.regional.reading import follow_campaign
from care.store.regional import RegionalCampaign
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.exercises import KIT, plant_exercises
from tests.web.people import PASSWORD
from tests.web.regional_campaigns import plant_regional


@pytest.fixture
def campaign(platform: Platform, hospitals: Hospitals) -> int:
    return plant_regional(platform, hospitals)


def typed(hospitals: Hospitals, **changed: str) -> dict[str, str]:
    said = {
        "place": f"region-{hospitals.region}",
        "title": "Hiver",
        "about": "ecran-noir-20-minutes",
        "opens_on": "2026-12-01",
        "closes_on": "2027-01-31",
        "note": "Vingt minutes suffisent.",
    }
    return said | changed


def test_it_is_opened_and_changed(browse: Browse, platform: Platform, hospitals: Hospitals) -> None:
    administrator = browse("administrator")
    assert "Aucune campagne" in administrator.get("/regional-campaigns").get_data(as_text=True)
    opened = administrator.post("/regional-campaigns/new", data=typed(hospitals))
    assert opened.status_code == 302
    page = administrator.get(opened.location).get_data(as_text=True)
    assert "Hôpital de la Vallée" in page
    assert "Vingt minutes suffisent." in page
    page = administrator.get(f"{opened.location}/edit").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version is not None
    changed = typed(hospitals, title="Grand hiver", version=version[1])
    assert administrator.post(f"{opened.location}/edit", data=changed).status_code == 302
    again = administrator.post(f"{opened.location}/edit", data=changed | {"title": "Mon titre"})
    assert again.status_code == 409
    assert 'value="Mon titre"' in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("opens_on", "demain"), ("closes_on", "2026-11-01"), ("about", "nul"), ("place", "region-999")],
)
def test_what_cannot_be_opened_is_shown_again(browse: Browse, hospitals: Hospitals, field: str, value: str) -> None:
    answer = browse("administrator").post("/regional-campaigns/new", data=typed(hospitals, **{field: value}))
    assert answer.status_code == 400
    assert "Vingt minutes suffisent." in answer.get_data(as_text=True)


def test_the_rate_of_a_place_and_a_year(browse: Browse, hospitals: Hospitals, campaign: int) -> None:
    page = browse("administrator").get(f"/regional-campaigns?place=ght-{hospitals.ght}&year=2025")
    text = page.get_data(as_text=True)
    assert "0 établissement sur 2" in text
    assert "il manque 2 établissements" in text
    assert browse("administrator").get("/regional-campaigns?year=abc").status_code == 200
    for senseless in ("x", "ght-999", "platform-0", "establishment-1"):
        assert browse("administrator").get(f"/regional-campaigns?place={senseless}").status_code == 404


def test_an_establishment_joins(
    browse: Browse, here: str, platform: Platform, hospitals: Hospitals, campaign: int
) -> None:
    exercise = plant_exercises(platform, hospitals.valley).prepared
    ciso = browse("ciso")
    assert "Campagnes régionales" in ciso.get(f"{here}/exercises").get_data(as_text=True)
    page = ciso.get(f"{here}/regional-campaigns").get_data(as_text=True)
    assert "Jouez-en un avant l’hiver." in page
    tied = {"exercise": str(exercise), "campaign": str(campaign)}
    assert ciso.post(f"{here}/regional-campaigns", data=tied).status_code == 302
    assert follow_campaign(platform, MACHINE, campaign).campaign.joined == 1
    assert "Détacher" in ciso.get(f"{here}/regional-campaigns").get_data(as_text=True)
    ciso.post(f"{here}/regional-campaigns", data={"exercise": str(exercise)})
    assert follow_campaign(platform, MACHINE, campaign).campaign.joined == 0
    assert ciso.post(f"{here}/regional-campaigns", data=tied | {"campaign": "999"}).status_code == 404
    assert browse("director").post(f"{here}/regional-campaigns", data=tied).status_code == 403


def test_a_new_exercise_answers_an_open_campaign(
    browse: Browse, here: str, platform: Platform, hospitals: Hospitals, campaign: int
) -> None:
    ciso, new = browse("ciso"), f"{here}/exercises/new?kit={KIT}"
    assert "Campagne d’automne" in ciso.get(new).text
    for kit, day, offered in ((KIT, "2030-01-01", True), ("autre", "2030-01-01", False), ("", "2020-12-01", False)):
        with platform.database.write() as session:
            row = session.get_one(RegionalCampaign, campaign)
            row.about, row.closes_at = kit, datetime.fromisoformat(f"{day}T00:00:00+00:00")
        assert ("Campagne régionale" in ciso.get(new).text) is offered
        typed = {"title": "Nuit", "planned_at": "2029-03-02T08:00", "plan": "0", "campaign": str(campaign)}
        assert ciso.post(new, data=typed).status_code == 302
    assert follow_campaign(platform, MACHINE, campaign).campaign.joined == 1
    excuse(platform, MACHINE, campaign, hospitals.valley, "Travaux")
    assert "Campagne régionale" not in ciso.get(new).text


def test_excusing_reminding_and_lessons(browse: Browse, hospitals: Hospitals, campaign: int) -> None:
    administrator, address = browse("administrator"), f"/regional-campaigns/{campaign}"
    data = {"establishment": str(hospitals.valley), "reason": "Déménagement"}
    assert administrator.post(f"{address}/excuse", data=data).status_code == 302
    page = administrator.get(address).get_data(as_text=True)
    assert "Déménagement" in page
    administrator.post(f"{address}/remind")
    assert "Personne à relancer" in administrator.get(address).get_data(as_text=True)
    assert "Pas avant la fin de la campagne" in administrator.get(f"{address}/lessons").get_data(as_text=True)
    over = {"title": "Hier", "opens_on": "2020-12-01", "closes_on": "2021-01-31", "about": "", "version": "1"}
    assert administrator.post(f"{address}/edit", data=over).status_code == 302
    assert "Trop peu d’établissements" in administrator.get(f"{address}/lessons").get_data(as_text=True)
    assert administrator.get(f"{address}/follow-up.csv").mimetype == "text/csv"
    assert administrator.post(f"{address}/excuse", data={"establishment": "999"}).status_code == 404


def test_a_grades_runs_those_of_its_region_only(
    browse: Browse, platform: Platform, hospitals: Hospitals, campaign: int
) -> None:
    for login, region in (("grades", hospitals.region), ("autre", hospitals.other_region)):
        grant = Grant(Role.REGIONAL, Place(Level.REGION, region))
        accounts.open_account(platform, MACHINE, accounts.AccountDraft(login, login, PASSWORD, (grant,)))
    own, other = browse("grades"), browse("autre")
    assert own.get(f"/regional-campaigns/{campaign}").status_code == 200
    assert "Campagne d’automne" in own.get("/regional-campaigns").get_data(as_text=True)
    assert "Campagne d’automne" not in other.get("/regional-campaigns").get_data(as_text=True)
    for path in ("", "/edit", "/lessons", "/follow-up.csv"):
        assert other.get(f"/regional-campaigns/{campaign}{path}").status_code == 404
    assert browse("ciso").get("/regional-campaigns").status_code == 403
    assert other.post("/regional-campaigns/new", data=typed(hospitals)).status_code == 400
