"""The pages of territories: dashboards, maps, cohorts, lists of establishments, and an establishment's own figures."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from care.domain.access import PLATFORM, Grant, Level, Place, Role
from care.domain.jobs import JobKind, Lane
from care.services import accounts, jobs
from care.services.indicators import figures
from care.services.indicators.figures import EVERYTHING
from care.services.platform import Platform
from care.services.work import Hold
from care.store.jobs import Job
from tests.support.people import MACHINE
from tests.web.conftest import Browse
from tests.web.people import PASSWORD
from tests.web.region import PlantedRegion, plant_region

PAGES = ("", "/map", "/compare", "/answers", "/indicators/EXO-TX", "/indicators/EXO-TX/establishments")


@pytest.fixture
def region(platform: Platform) -> PlantedRegion:
    return plant_region(platform, months=2)


def person(platform: Platform, browse: Browse, login: str, role: Role, place: Place) -> FlaskClient:
    accounts.open_account(platform, MACHINE, accounts.AccountDraft(login, login, PASSWORD, (Grant(role, place),)))
    return browse(login)


@pytest.fixture
def grades(platform: Platform, browse: Browse, region: PlantedRegion) -> FlaskClient:
    return person(platform, browse, "grades", Role.REGIONAL, Place(Level.REGION, region.region))


def test_the_dashboard_tells_who_did_not_answer(grades: FlaskClient, region: PlantedRegion) -> None:
    page = grades.get(f"/regions/region-{region.region}").text
    assert "Nouvelle-Aquitaine" in page
    assert "12 établissements sollicités" in page
    assert "10 / 12" in page
    assert "2 sans réponse" in page
    assert "Choix de CaRE, à vérifier" in page
    assert "Hôpital de Pau" not in page, "a dashboard names nobody"


def test_the_front_leads_to_the_widest_place(
    grades: FlaskClient, browse: Browse, platform: Platform, region: PlantedRegion
) -> None:
    assert grades.get("/regions").location == f"/regions/region-{region.region}"
    assert browse("administrator").get("/regions").location == "/regions/national"
    assert browse("ciso").get("/regions").status_code == 403
    group = person(platform, browse, "groupe", Role.REGIONAL, Place(Level.GHT, region.ghts[0]))
    assert group.get("/regions").location == f"/regions/ght-{region.ghts[0]}"
    assert group.get(f"/regions/region-{region.region}").status_code == 404


def test_each_page_opens_for_each_kind_of_place(browse: Browse, region: PlantedRegion) -> None:
    administrator = browse("administrator")
    for where in ("national", f"region-{region.region}", f"ght-{region.ghts[0]}"):
        for page in PAGES:
            assert administrator.get(f"/regions/{where}{page}").status_code == 200, (where, page)


@pytest.mark.parametrize("where", ["region-999", "ght-999", "platform-0", "establishment-1", "x", "region-x"])
def test_what_is_no_place_is_not_found(browse: Browse, where: str) -> None:
    for page in PAGES:
        assert browse("administrator").get(f"/regions/{where}{page}").status_code == 404


def test_senseless_questions(grades: FlaskClient, region: PlantedRegion) -> None:
    here = f"/regions/region-{region.region}"
    for month in ("202613", "210001", "x", "-1"):
        assert grades.get(f"{here}?month={month}").status_code == 404
    assert grades.get(f"{here}?month=201001").text.count("Aucun chiffre pour ce mois") == 1
    assert grades.get(f"{here}/indicators/NUL").status_code == 404
    assert grades.get(f"{here}/compare?indicator=NUL").status_code == 404
    assert grades.get(f"{here}/compare?by=nul").status_code == 200
    assert grades.get(f"{here}/indicators/EXO-TX?span=7").status_code == 200
    assert grades.get(f"{here}/indicators/EXO-TX/establishments?standing=nul&page=x").status_code == 200


def test_another_region_is_not_found(browse: Browse, platform: Platform, region: PlantedRegion) -> None:
    other = person(platform, browse, "autre", Role.REGIONAL, Place(Level.REGION, 1))
    for page in PAGES:
        assert other.get(f"/regions/region-{region.region}{page}").status_code == 404
        assert other.get(f"/regions/national{page}").status_code == 404
    assert "Nouvelle-Aquitaine" not in other.get("/regions/region-1").text


def test_the_map_of_the_nation_has_its_table(browse: Browse, region: PlantedRegion) -> None:
    page = browse("administrator").get("/regions/national/map?indicator=EXO-TX").text
    assert page.count("<path") >= 18
    assert f'href="/regions/region-{region.region}/map?indicator=EXO-TX"' in page
    assert "Provence-Alpes-Côte d’Azur" in page
    assert "Les mêmes chiffres en tableau" in page


def test_the_map_of_a_region_names_its_establishments(grades: FlaskClient, region: PlantedRegion) -> None:
    page = grades.get(f"/regions/region-{region.region}/map?indicator=ADS-DIST").text
    assert "8 établissements à leur place, 4 au centre" in page
    assert "Hôpital de Pau" in page
    assert f'href="/establishments/{region.sites[4]}/indicators"' in page


def test_cohorts(grades: FlaskClient, region: PlantedRegion) -> None:
    here = f"/regions/region-{region.region}/compare?indicator=SAV-TEST"
    for by, names in {
        "category": ("CH", "Clinique", "Soins de longue durée"),
        "ght": ("GHT de l’Océan", "GHT du Limousin"),
        "ose": ("Opérateurs de services essentiels", "Non OSE", "Non renseigné"),
        "status": ("Public", "Privé à but lucratif"),
    }.items():
        page = grades.get(f"{here}&by={by}").text
        assert all(f'row">{name}' in page or f">{name}</a>" in page for name in names), by


def test_a_figure_leads_to_its_establishments(grades: FlaskClient, region: PlantedRegion) -> None:
    here = f"/regions/region-{region.region}/indicators/SAV-TEST"
    assert f"{here}/establishments" in grades.get(here).text
    silent = grades.get(f"{here}/establishments?standing=silent").text
    assert "Maison de soins" in silent
    assert "Hôpital de Pau" not in silent
    assert "Clinique de Dax" in grades.get(f"{here}/establishments?standing=other_version").text


def test_who_did_not_answer(grades: FlaskClient, region: PlantedRegion) -> None:
    page = grades.get(f"/regions/region-{region.region}/answers").text
    assert "2 établissements sur 12 n’ont rien répondu" in page
    assert page.index("Maison de soins") < page.index("Clinique de Brive")
    assert "jamais" in page
    assert "cette plateforme" in page


def test_an_establishment_sees_itself_among_the_others(
    browse: Browse, platform: Platform, region: PlantedRegion
) -> None:
    ciso = person(platform, browse, "pau", Role.CISO, Place(Level.ESTABLISHMENT, region.sites[4]))
    mine = f"/establishments/{region.sites[4]}/indicators"
    page = ciso.get(mine).text
    assert "Mes indicateurs" in page
    assert "Nouvelle-Aquitaine" in page
    assert "Clinique" not in page, "nobody else is named"
    own = ciso.get(f"{mine}/PDT-OBS").text
    assert "Vos mois" in own
    assert ciso.get(f"{mine}/NUL").status_code == 404
    assert ciso.get(f"/establishments/{region.sites[0]}/indicators").status_code == 404


def test_what_is_hidden_is_shown_to_the_region_only(
    browse: Browse, grades: FlaskClient, platform: Platform, region: PlantedRegion
) -> None:
    ciso = person(platform, browse, "soins", Role.CISO, Place(Level.ESTABLISHMENT, region.sites[11]))
    address = f"/establishments/{region.sites[11]}/indicators/SAV-TEST"
    assert "Un chiffre masqué l’est pour tous" in ciso.get(address).text
    assert "Un chiffre masqué l’est pour tous" not in grades.get(address).text


def test_a_director_reads_and_a_visitor_does_not(browse: Browse, here: str) -> None:
    assert browse("director").get(f"{here}/indicators").status_code == 200
    assert browse("visitor").get(f"{here}/indicators").status_code == 403
    assert browse("stranger").get(f"{here}/indicators").status_code == 404


def test_a_platform_that_nobody_answered_yet(browse: Browse, platform: Platform) -> None:
    administrator = browse("administrator")
    for page in PAGES:
        assert administrator.get(f"/regions/national{page}").status_code == 200
    nation = person(platform, browse, "nation", Role.REGIONAL, PLATFORM)
    assert nation.get("/regions").location == "/regions/national"
    assert "Aucun chiffre pour ce mois" in nation.get("/regions/national").text


def test_all_figures_are_made_again_once_confirmed(
    browse: Browse, platform: Platform, region: PlantedRegion, grades: FlaskClient
) -> None:
    administrator = browse("administrator")
    assert "tout recalculer" in administrator.get("/regions/national").text
    assert "tout recalculer" not in grades.get(f"/regions/region-{region.region}").text
    page = administrator.get("/regions/figures").text
    assert "La dernière fois" not in page
    for _again in range(2):  # asked twice, made once
        administrator.post("/regions/figures")
    with platform.database.read() as session:
        asked = session.scalars(select(Job).where(Job.kind == JobKind.FIGURES)).all()
    assert [one.args.get(EVERYTHING) for one in asked] == [True]
    page = administrator.get("/regions/figures").text
    assert "En attente" in page
    assert page.count("Refaire tous les chiffres</button>") == 0
    assert "En attente" in administrator.get("/regions/figures/progress").text
    claim = jobs.claim(platform, Lane.SERVICE, "tests")
    assert claim is not None
    figures.keep_figures(platform, Hold(platform, claim))
    assert administrator.get("/regions/figures/progress").headers["HX-Refresh"] == "true"
    assert "Mois recalculés : 2 sur 2." in administrator.get("/regions/figures").text


def test_only_who_follows_the_nation_has_all_figures_made_again(grades: FlaskClient, browse: Browse) -> None:
    for reader in (grades, browse("ciso")):
        assert reader.get("/regions/figures").status_code == 403
        assert reader.post("/regions/figures").status_code == 403
