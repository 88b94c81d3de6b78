"""The pages of the self-assessment: one theme a page, nothing typed is lost, exercises beside the questions."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from care.services.maturity import read_maturity
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.exercises import plant_exercises
from tests.web.maturity import plant_maturity


@pytest.fixture
def exercise(platform: Platform, hospitals: Hospitals) -> int:
    return plant_exercises(platform, hospitals.valley).over


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals, exercise: int) -> None:
    plant_maturity(platform, hospitals.valley, exercise)


def score(platform: Platform, hospitals: Hospitals, number: str) -> int | None:
    view = read_maturity(platform, MACHINE, hospitals.valley)
    answer = next(one for theme in view.themes for one in theme.questions if one.id == number).answer
    return answer.score if answer else -1


def test_it_says_where_one_stands(ciso: FlaskClient, here: str, planted: None) -> None:
    page = ciso.get(f"{here}/maturity").get_data(as_text=True)
    assert "Organisation des cellules" in page
    assert "Ce qui progresserait le plus" in page
    assert "Tableur" in page
    assert "ANSSI, outil d’autoévaluation" in page


def test_a_theme_is_answered_and_the_next_one_follows(
    ciso: FlaskClient, here: str, platform: Platform, hospitals: Hospitals
) -> None:
    page = ciso.get(f"{here}/maturity/2").get_data(as_text=True)
    assert "Sans objet ici" in page
    typed = {"score-2.1": "2", "note-2.1": "Plan blanc 2025", "score-2.9": "none"}
    answer = ciso.post(f"{here}/maturity/2", data=typed)
    assert answer.status_code == 302
    assert answer.location.endswith("/maturity/3")
    assert (score(platform, hospitals, "2.1"), score(platform, hospitals, "2.9")) == (2, None)
    assert score(platform, hospitals, "2.2") == -1
    assert ciso.post(f"{here}/maturity/11", data={}).location.endswith("/maturity")
    assert ciso.post(f"{here}/maturity/1", data={"stay": "1"}).location.endswith("/maturity")


def test_what_cannot_be_recorded_is_shown_again(ciso: FlaskClient, here: str, planted: None) -> None:
    answer = ciso.post(f"{here}/maturity/2", data={"score-2.1": "7", "note-2.4": "à garder"})
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "à garder" in page
    assert "Choisissez un niveau, ou effacez la note." in page
    stale = ciso.post(f"{here}/maturity/2", data={"score-2.1": "0", "note-2.1": "ma note", "seen-2.1": "999"})
    assert stale.status_code == 409
    page = stale.get_data(as_text=True)
    assert "ma note" in page
    assert "a répondu 3 à la question 2.1" in page


def test_an_exercise_proposes_the_questions_it_lit(
    ciso: FlaskClient, here: str, exercise: int, platform: Platform, hospitals: Hospitals
) -> None:
    page = ciso.get(f"{here}/exercises/{exercise}").get_data(as_text=True)
    assert f"/exercises/{exercise}/maturity" in page
    address = f"{here}/exercises/{exercise}/maturity"
    page = ciso.get(address).get_data(as_text=True)
    assert "non observé" in page
    number = page.split('name="seen-', 1)[1].split('"', 1)[0]
    assert ciso.post(address, data={f"score-{number}": "1"}).status_code == 302
    assert score(platform, hospitals, number) == 1
    assert "après « Hier »" in ciso.get(address).get_data(as_text=True)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_it_is_taken_away(ciso: FlaskClient, here: str, planted: None, form: str) -> None:
    assert ciso.get(f"{here}/maturity/file.{form}").status_code == 200
    assert ciso.get(f"{here}/maturity/file.exe").status_code == 404
    assert ciso.get(f"{here}/maturity/12").status_code == 404


def test_others_read_or_see_nothing(browse: Browse, here: str, planted: None, exercise: int) -> None:
    director = browse("director").get(f"{here}/maturity/2").get_data(as_text=True)
    assert "<fieldset disabled>" in director
    assert "Enregistrer" not in director
    assert browse("visitor").get(f"{here}/maturity").status_code == 200
    assert browse("director").post(f"{here}/maturity/2", data={"score-2.1": "1"}).status_code == 403
    for path in ("maturity", "maturity/2", "maturity/file.csv", f"exercises/{exercise}/maturity"):
        assert browse("stranger").get(f"{here}/{path}").status_code == 404
