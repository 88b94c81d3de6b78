"""Pages of tests of continuity: planned, recorded, corrected, cancelled; gaps made actions; and by whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from care.services.action_query import today
from care.services.continuity_test_reading import list_tests, open_test
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.continuity import Continuity, plant_continuity
from tests.web.continuity_tests import PlantedTests, plant_tests
from tests.web.people import People


@pytest.fixture
def known(platform: Platform, hospitals: Hospitals, people: People) -> Continuity:
    return plant_continuity(platform, hospitals.valley)


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals, known: Continuity) -> PlantedTests:
    return plant_tests(platform, hospitals, known)


def test_a_test_is_planned_then_its_result_recorded(
    ciso: FlaskClient, here: str, known: Continuity, planted: PlantedTests, platform: Platform
) -> None:
    day = today(platform)
    form = ciso.get(f"{here}/tests/new?plan={planted.plan}&node={known.emergency}").text
    assert f'<option selected value="{planted.plan}">PCRA des urgences' in form
    assert f'value="{known.emergency}" id="nodes-{known.emergency}" checked' in form
    sent = {
        "kind": "field", "title": "Matinée sans réseau", "planned_on": day.isoformat(), "plan": str(planted.plan),
        "nodes": [str(known.emergency), str(known.network)], "scope": "De 9 h à 11 h.",
    }  # fmt: skip
    answer = ciso.post(f"{here}/tests/new", data=sent)
    assert answer.status_code == 302
    page = ciso.get(answer.location).text
    assert "Essai prévu" in page
    assert "l’essai n’a pas encore été fait" in page
    result = f"{answer.location}/result"
    assert 'name="recovery_minutes_' in ciso.get(result).text
    typed = {
        "version": "1", "done_on": day.isoformat(), "result": "passed", "gaps": "Pas de lampe <torche>",
        f"recovery_minutes_{known.emergency}": "1h30", f"held_minutes_{known.emergency}": "2 h", "cyber_triggered": "y",
        "degraded_played": "y", "management_present": "y", "directorates": "DRH",
    }  # fmt: skip
    assert ciso.post(result, data=typed).status_code == 302
    page = ciso.get(answer.location).text
    assert "1 h 30" in page
    assert "2 h" in page
    assert "Pas de lampe &lt;torche&gt;" in page
    assert page.count("Ne compte pas") == 1
    assert "<strong>Oui</strong>" in ciso.get(f"{here}/tests").text


def test_what_is_wrong_is_said_and_what_was_typed_stays(
    ciso: FlaskClient, here: str, known: Continuity, planted: PlantedTests, platform: Platform
) -> None:
    tomorrow = (today(platform) + timedelta(days=1)).isoformat()
    result = f"{here}/tests/{planted.planned}/result"
    assert f'value="{today(platform).isoformat()}"' in ciso.get(result).text  # played before the planned day
    for changed, said in (
        ({"done_on": tomorrow}, "Cette date est à venir"),
        ({"result": "maybe"}, "Ce qui a été observé"),
        ({f"restore_minutes_{known.record}": "longtemps"}, "n’est pas une durée"),
        ({f"restore_minutes_{known.record}": "10 ans"}, "Une durée entre 0 et un an"),
        ({"participants": "0"}, "Nombre de participants"),
    ):
        sent = {"version": "1", "done_on": "2026-01-05", "result": "passed", "observed": "Vu de près.", **changed}
        answer = ciso.post(result, data=sent)
        assert answer.status_code == 400, changed
        assert said in answer.text
        assert "Vu de près." in answer.text
    answer = ciso.post(f"{here}/tests/new", data={"kind": "field", "title": "Sans date", "nodes": "999999"})
    assert answer.status_code == 400
    assert "Sans date" in answer.text


def test_two_people_lose_nothing(browse: Browse, here: str, planted: PlantedTests) -> None:
    one, other = browse("ciso"), browse("administrator")
    address = f"{here}/tests/{planted.planned}"
    sent = {"version": "1", "kind": "restore", "title": "Restaurer le DPI", "planned_on": "2027-01-10", "plan": "0"}
    assert other.post(f"{address}/edit", data={**sent, "leader": "M. Paul"}).status_code == 302
    answer = one.post(f"{address}/edit", data={**sent, "title": "Restaurer tout"})
    assert answer.status_code == 409
    assert "Entre-temps, administrator a modifié" in answer.text
    assert "Restaurer tout" in answer.text
    assert "M. Paul" in answer.text
    late = one.post(f"{address}/result", data={"version": "1", "done_on": "2026-01-05", "result": "failed"})
    assert (late.status_code, "Entre-temps" in late.text) == (409, True)
    assert one.post(f"{address}/cancel", data={"version": "1", "reason": "Non."}).status_code == 409
    assert one.post(f"{address}/edit", data={**sent, "version": "2", "title": "Tout"}).status_code == 302


def test_a_cancelled_test_says_why(ciso: FlaskClient, here: str, planted: PlantedTests) -> None:
    address = f"{here}/tests/{planted.planned}"
    assert ciso.post(f"{address}/cancel", data={"version": "1", "reason": ""}).status_code == 400
    page = ciso.post(f"{address}/cancel", data={"version": "1", "reason": "Panne de chauffage."}, follow_redirects=True)
    assert "Annulé : Panne de chauffage." in page.text
    assert ciso.get(f"{address}/result").status_code == 403
    assert "2 essais annulés" in ciso.get(f"{here}/tests").text


def test_a_gap_becomes_an_action_and_back(
    ciso: FlaskClient, here: str, planted: PlantedTests, platform: Platform
) -> None:
    gap = next(one for one in open_test(platform, MACHINE, planted.done).gaps if one.action is None)
    answer = ciso.post(f"{here}/tests/{planted.done}/gaps", data={"gap": gap.key})
    page = ciso.get(answer.location).text
    assert "Classeur rouge introuvable" in page
    assert f'href="{here}/tests/{planted.done}">Une nuit sans DPI</a>' in page
    assert answer.location in ciso.get(f"{here}/tests/{planted.done}").text
    assert ciso.post(f"{here}/tests/{planted.done}/gaps", data={"gap": "rien"}).status_code == 404


def test_the_years_and_the_plans_without_a_test(ciso: FlaskClient, here: str, planted: PlantedTests) -> None:
    page = ciso.get(f"{here}/tests").text
    assert "Plans validés sans essai prévu" in page
    assert "PCRA de la paie" in page
    assert "jamais mise à l’épreuve" in page
    english = ciso.get(f"{here}/tests", headers={"Accept-Language": "en"})
    assert english.status_code == 200


def test_a_reader_reads_and_a_stranger_sees_nothing(
    browse: Browse, hospitals: Hospitals, here: str, planted: PlantedTests, platform: Platform
) -> None:
    director = browse("director")
    page = director.get(f"{here}/tests/{planted.done}").text
    assert "Enregistrer le résultat" not in page
    assert "En faire une action" not in page
    for path in ("new", f"{planted.done}/edit", f"{planted.done}/result"):
        assert director.get(f"{here}/tests/{path}").status_code == 403
    stranger = browse("stranger")
    assert stranger.get(f"{here}/tests/{planted.done}").status_code == 404
    assert stranger.get(f"/establishments/{hospitals.far}/tests/{planted.done}").status_code == 404
    assert list_tests(platform, MACHINE, hospitals.far).any is False
