"""The pages of the awareness plan: who reads, who writes, files of phishing tests, forms that lose nothing."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient

from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.awareness_reading import read_plan
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.support.phishing import crowd, gophish
from tests.web.awareness import PlantedAwareness, plant_awareness
from tests.web.conftest import Browse
from tests.web.people import PASSWORD, People

TYPED = {"kind": "session", "title": "Une séance", "held_on": "2026-03-02", "digital_risk": "y", "asked-nurses": "10"}


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedAwareness:
    return plant_awareness(platform, hospitals.valley)


@pytest.fixture
def quality(browse: Browse, people: People, platform: Platform, hospitals: Hospitals) -> FlaskClient:
    grant = Grant(Role.QUALITY, Place(Level.ESTABLISHMENT, hospitals.valley))
    draft = accounts.AccountDraft("qualite", "Mme Petit", PASSWORD, (grant,))
    people.ids["qualite"] = accounts.open_account(platform, MACHINE, draft).id
    return browse("qualite")


def test_the_plan_says_attendances_and_people_apart(ciso: FlaskClient, here: str, planted: PlantedAwareness) -> None:
    page = ciso.get(f"{here}/awareness").get_data(as_text=True)
    assert "Reconnaître un mail piégé" in page
    assert "Une présence n’est pas une personne" in page
    assert "Accueil des internes" in page
    assert "à renseigner" in page
    assert "Clics et signalements" in page
    assert "Sensibilisation" in ciso.get(here).get_data(as_text=True)  # in the navigation


def test_who_reads_and_who_writes(browse: Browse, quality: FlaskClient, here: str, planted: PlantedAwareness) -> None:
    address = f"{here}/awareness/{planted.held}"
    for who in ("director", "visitor"):
        page = browse(who).get(f"{here}/awareness").get_data(as_text=True)
        assert "Noter une action" not in page
        assert browse(who).get(address).status_code == 200
        assert browse(who).get(f"{address}/edit").status_code == 403
        assert browse(who).post(f"{here}/awareness/new", data=TYPED).status_code == 403
    assert quality.get(f"{address}/edit").status_code == 200
    stranger = browse("stranger")
    assert stranger.get(f"{here}/awareness").status_code == 404
    assert stranger.get(address).status_code == 404


def test_the_address_of_another_hospital_leads_nowhere(
    administrator: FlaskClient, hospitals: Hospitals, planted: PlantedAwareness
) -> None:
    assert administrator.get(f"/establishments/{hospitals.hill}/awareness/{planted.held}").status_code == 404
    assert (
        administrator.get(f"/establishments/{hospitals.hill}/awareness/{planted.held}/sign-in.pdf").status_code == 404
    )


def test_write_change_cancel(ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals) -> None:
    added = ciso.post(f"{here}/awareness/new", data={**TYPED, "came-nurses": "7"})
    assert added.status_code == 302
    address = added.location
    assert "70 %" in ciso.get(address).get_data(as_text=True)
    edit = {**TYPED, "came-nurses": "9", "version": "1"}
    assert ciso.post(f"{address}/edit", data=edit).status_code == 302
    late = ciso.post(f"{address}/edit", data={**edit, "title": "Saisie tardive"})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "Entre-temps" in page
    assert "Saisie tardive" in page
    assert 'value="2"' in page
    assert ciso.get(f"{address}/sign-in.pdf").data.startswith(b"%PDF")
    assert ciso.post(f"{address}/cancel", data={"version": "2"}).status_code == 302
    assert read_plan(platform, MACHINE, hospitals.valley, 2026).held == ()
    assert ciso.get(f"{address}/edit").status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"came-nurses": "11"}, "11 présents pour 10 conviés"),
        ({"came-nurses": "douze"}, "nombre entier de personnes"),
        ({"came-nurses": "99999999999"}, "nombre entier de personnes"),
        ({"held_on": "2999-01-01"}, "invraisemblable"),
        ({"kind": "phishing"}, "réponses proposées"),
        ({"planned": "y", "came-nurses": "3"}, "décochez « prévu »"),
    ],
)
def test_a_wrong_count_is_said_beside_it(ciso: FlaskClient, here: str, typed: dict[str, str], said: str) -> None:
    answer = ciso.post(f"{here}/awareness/new", data={**TYPED, **typed})
    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)


def test_the_results_of_a_tool_are_shown_then_kept(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    file = {"file": (io.BytesIO(gophish(crowd())), "results.csv")}
    shown = ciso.post(f"{here}/awareness/phishing/read", data=file).get_data(as_text=True)
    assert "Rien n’est encore enregistré" in shown
    assert "ide0@" not in shown
    assert read_plan(platform, MACHINE, hospitals.valley).phishing == ()
    carried = re.search(r'name="groups" type="hidden" value="([^"]*)"', shown)
    assert carried
    groups = carried[1].replace("&#34;", '"')
    counts = {"sent": "20", "opened": "9", "clicked": "3", "submitted": "1", "reported": "", "held_on": "2026-02-01"}
    typed = {"title": "Faux colis", "groups": groups, **counts}
    kept = ciso.post(f"{here}/awareness/phishing", data=typed)
    assert kept.status_code == 302
    page = ciso.get(kept.location).get_data(as_text=True)
    assert "Infirmier" in page
    assert "non connu" in page  # nobody measured reports
    assert ciso.post(f"{here}/awareness/phishing", data=typed).status_code == 409
    assert ciso.get(f"{kept.location}/edit").status_code == 200


@pytest.mark.parametrize("groups", ["{", "[1]", '{"all": {"sent": "x"}}', '{"groups": {"a": 1}}', "[" * 5000])
def test_groups_that_are_not_ours_are_left_out(ciso: FlaskClient, here: str, groups: str) -> None:
    typed = {"title": "T", "groups": groups, "sent": "20", "clicked": "3", "held_on": "2026-02-01"}
    assert ciso.post(f"{here}/awareness/phishing", data=typed).status_code == 302


@pytest.mark.parametrize("content", [b"", b"nom\nA\n", b"email,clicked\nx,peut-etre\n"])
def test_a_useless_file_is_refused(ciso: FlaskClient, here: str, content: bytes) -> None:
    answer = ciso.post(f"{here}/awareness/phishing/read", data={"file": (io.BytesIO(content), "x.csv")})
    assert answer.status_code == 400
    assert ciso.post(f"{here}/awareness/phishing/read", data={}).status_code == 400


def test_the_people_of_a_year(ciso: FlaskClient, here: str, planted: PlantedAwareness) -> None:
    address = f"{here}/awareness/year/2025"
    assert ciso.get(address).status_code == 200
    typed = {"staff-nurses": "100", "reached-nurses": "40", "source": "DRH", "version": "0"}
    assert ciso.post(address, data=typed).status_code == 302
    assert '(<span class="number">40 %</span>)' in ciso.get(f"{here}/awareness?year=2025").get_data(as_text=True)
    assert ciso.post(address, data={**typed, "reached-nurses": "101", "version": "1"}).status_code == 400
    assert ciso.post(address, data=typed).status_code == 409
    assert ciso.get(f"{here}/awareness/year/1").status_code == 404
    assert ciso.get(f"{here}/awareness?year=1").status_code == 404


def test_the_workbook_needs_the_right_to_export(browse: Browse, here: str, planted: PlantedAwareness) -> None:
    assert browse("director").get(f"{here}/awareness/year/2026/plan.xlsx").data.startswith(b"PK")
    assert browse("visitor").get(f"{here}/awareness/year/2026/plan.xlsx").status_code == 403


def test_in_english(ciso: FlaskClient, here: str, planted: PlantedAwareness) -> None:
    ciso.post("/language", data={"lang": "en"})
    page = ciso.get(f"{here}/awareness").get_data(as_text=True)
    assert "Awareness and training" in page
