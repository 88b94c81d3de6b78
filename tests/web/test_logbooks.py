"""The pages of logbooks: two clicks from the crisis page, a line and Enter, nothing typed is lost."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.services.logbooks.reading import read_logbook
from care.services.logbooks.rows import OfCrisis, OfExercise
from care.services.platform import Platform
from care.web.logbooks.forms import happened
from exercises.decide import Start
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.exercises import plant_exercises
from tests.web.logbooks import plant_logbooks
from tests.web.seats import plant_stage

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def exercise(platform: Platform, hospitals: Hospitals) -> int:
    return plant_exercises(platform, hospitals.valley).live


@pytest.fixture
def logbook(platform: Platform, hospitals: Hospitals, exercise: int) -> int:
    return plant_logbooks(platform, hospitals.valley, exercise)


def lines(platform: Platform, logbook: int) -> list[str]:
    return [line.text for line in read_logbook(platform, MACHINE, OfCrisis(logbook)).lines]


def test_from_the_crisis_page_to_the_first_line_in_two_clicks(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    page = ciso.get(f"{here}/crisis").get_data(as_text=True)
    assert "Crise : ouvrir la main courante" in page
    opened = ciso.post(f"{here}/logbooks")
    assert opened.status_code == 302
    page = ciso.get(opened.location).get_data(as_text=True)
    assert "Main courante ouverte : Crise du" in page
    key = re.search(r'name="key"[^>]*value="([0-9a-f]{32})"', page)
    assert key is not None
    typed = {"text": "Postes éteints.", "kind": "action", "cell": "operations", "key": key[1]}
    written = [ciso.post(opened.location, data=typed) for _ in range(2)]  # a double click
    assert [one.status_code for one in written] == [302, 302]
    assert written[0].location.endswith("?into=operations")
    number = int(opened.location.rpartition("/")[2])
    assert lines(platform, number)[0] == "Postes éteints."
    assert len(lines(platform, number)) == 2
    assert "Main courante en cours" in ciso.get(f"{here}/crisis").get_data(as_text=True)


def test_a_refused_line_is_shown_again(ciso: FlaskClient, here: str, logbook: int) -> None:
    typed = {"text": "Mots à garder", "cell": "nulle-part", "hour": "25:99", "key": "a"}
    answer = ciso.post(f"{here}/logbooks/{logbook}", data=typed)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert 'value="Mots à garder"' in page
    assert "Cette heure ne se lit pas" in page
    assert ciso.post(f"{here}/logbooks/{logbook}", data={"text": " ", "key": "b"}).status_code == 400
    assert ciso.post(f"{here}/logbooks/{logbook}", data={"text": "x", "corrects": "zz"}).status_code == 400
    assert ciso.post(f"{here}/logbooks/{logbook}", data={"text": "x", "kind": "correction"}).status_code == 400


def test_a_closed_logbook_keeps_what_was_typed(ciso: FlaskClient, here: str, logbook: int) -> None:
    address = f"{here}/logbooks/{logbook}"
    assert ciso.post(f"{address}/close").status_code == 302
    answer = ciso.post(address, data={"text": "Dernier mot", "key": "z"})
    assert answer.status_code == 409
    assert "Close le" in ciso.get(address).get_data(as_text=True)
    ciso.post(f"{address}/close")
    assert "déjà close" in ciso.get(address).get_data(as_text=True)
    ciso.post(f"{address}/reopen")
    assert ciso.post(address, data={"text": "Dernier mot", "key": "z"}).status_code == 302


def test_a_correction_starts_from_the_line(ciso: FlaskClient, here: str, logbook: int, platform: Platform) -> None:
    address = f"{here}/logbooks/{logbook}"
    page = ciso.get(f"{address}?corrects=3").get_data(as_text=True)
    assert 'value="Astreinte informatique prévenue."' in page
    assert "Correction de la ligne n° 3" in page
    ciso.post(address, data={"text": "Astreinte prévenue à 2 h.", "corrects": "3", "key": "c"})
    page = ciso.get(address).get_data(as_text=True)
    assert "<del>Astreinte informatique prévenue.</del>" in page
    assert "corrigée par la ligne n° 6" in page


def test_an_open_page_asks_for_what_is_new_only(ciso: FlaskClient, here: str, logbook: int) -> None:
    address = f"{here}/logbooks/{logbook}"
    seen = re.search(r"/lines\?seen=([0-9-]+)", ciso.get(address).get_data(as_text=True))
    assert seen is not None
    assert ciso.get(f"{address}/lines?seen={seen[1]}").status_code == 204
    ciso.post(address, data={"text": "Nouveau", "key": "n"})
    answer = ciso.get(f"{address}/lines?seen={seen[1]}")
    assert answer.status_code == 200
    assert "Nouveau" in answer.get_data(as_text=True)
    assert "<form" not in answer.get_data(as_text=True)


def test_it_is_searched_and_filtered(ciso: FlaskClient, here: str, logbook: int) -> None:
    page = ciso.get(f"{here}/logbooks/{logbook}?q=internet&kind=decision").get_data(as_text=True)
    assert "Coupure d’Internet décidée par la direction." in page
    assert "laboratoire ne rend plus" not in page
    assert "Aucune ligne ne correspond" in ciso.get(f"{here}/logbooks/{logbook}?q=zzz").get_data(as_text=True)


def test_that_of_an_exercise_shows_its_events(
    ciso: FlaskClient, here: str, exercise: int, logbook: int, platform: Platform
) -> None:
    address = f"{here}/exercises/{exercise}/logbook"
    page = ciso.get(address).get_data(as_text=True)
    assert "L’exercice a commencé (DEBEX)." in page
    assert "La cellule se réunit." in page
    assert 'aria-current="page"' in page
    ciso.post(address, data={"text": "Appel du Samu", "kind": "contact", "key": "s"})
    assert read_logbook(platform, MACHINE, OfExercise(exercise)).lines[0].text == "Appel du Samu"


@pytest.mark.parametrize("form", ["csv", "json", "pdf"])
def test_it_is_taken_away(ciso: FlaskClient, here: str, logbook: int, exercise: int, form: str) -> None:
    for address in (f"{here}/logbooks/{logbook}", f"{here}/exercises/{exercise}/logbook"):
        answer = ciso.get(f"{address}/file.{form}")
        assert answer.status_code == 200
        assert f"main-courante.{form}" in answer.headers["Content-Disposition"]
    assert ciso.get(f"{here}/logbooks/{logbook}/file.exe").status_code == 404
    assert b"care-log/1" in ciso.get(f"{here}/logbooks/verifier.py").data


def test_others_do_not_see_it(browse: Browse, here: str, logbook: int, exercise: int, hospitals: Hospitals) -> None:
    for path in (f"logbooks/{logbook}", f"exercises/{exercise}/logbook"):
        assert browse("stranger").get(f"{here}/{path}").status_code == 404
        assert browse("stranger").get(f"/establishments/{hospitals.far}/{path}").status_code == 404
        assert browse("administrator").get(f"/establishments/{hospitals.hill}/{path}").status_code == 404
    visitor = browse("visitor")
    assert visitor.get(f"{here}/logbooks/{logbook}").status_code == 403
    page = visitor.get(f"{here}/exercises/{exercise}/logbook").get_data(as_text=True)
    assert "La cellule se réunit." in page
    assert "Inscrire" not in page
    assert "Mains courantes" not in visitor.get(f"{here}/crisis").get_data(as_text=True)


def test_an_hour_alone_is_the_last_time_it_was_that_hour() -> None:
    here = datetime(2026, 3, 2, 0, 10, tzinfo=PARIS)
    assert happened(None, None, here) is None
    assert happened(time(0, 5), None, here) == datetime(2026, 3, 2, 0, 5, tzinfo=PARIS)
    assert happened(time(0, 12), None, here) == datetime(2026, 3, 2, 0, 12, tzinfo=PARIS)  # a watch a little ahead
    assert happened(time(23, 50), None, here) == datetime(2026, 3, 1, 23, 50, tzinfo=PARIS)
    assert happened(time(9, 0), date(2026, 2, 27), here) == datetime(2026, 2, 27, 8, 0, tzinfo=UTC)


def test_a_cell_keeps_its_own_and_an_observer_reads_all(
    app: Flask, platform: Platform, hospitals: Hospitals, client: FlaskClient
) -> None:
    stage = plant_stage(app, platform, hospitals.valley)
    stage.obey(Start())
    ward, informatics, observer = stage.sit("ward"), stage.sit("it", "Bruno"), stage.sit("observer", "Chloé")
    assert "/play/logbook" in ward.get("/play").text
    assert ward.post("/play/logbook", data={"text": "Mode dégradé lancé.", "kind": "decision"}).status_code == 302
    assert "Mode dégradé lancé." in ward.get("/play/logbook").text
    assert "Mode dégradé lancé." not in informatics.get("/play/logbook").text
    assert "Mode dégradé lancé." in observer.get("/play/logbook").text
    assert "DEBEX" not in observer.get("/play/logbook").text
    again = informatics.post("/play/logbook", data={"text": " "})
    assert again.status_code == 400
    assert informatics.post("/play/logbook", data={"text": "x", "corrects": "1"}).status_code == 404
    assert client.get("/play/logbook").status_code == 404
    assert stage.sit("screen").get("/play/logbook").status_code == 404
