"""The pages of a debrief: results, lessons, questionnaires by link, closing, documents."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.domain.exercises import ExerciseStage, Round
from care.services.exercises import questionnaires
from care.services.exercises.closing import propose_closing
from care.services.exercises.lessons import lessons_of
from care.services.exercises.questionnaires import count_answers, token_of
from care.services.exercises.reading import open_exercise
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.support.played import plant_played
from tests.web.conftest import Browse
from tests.web.exercises import KIT, plant_exercises
from tests.web.people import People


@pytest.fixture
def played(platform: Platform, hospitals: Hospitals) -> int:
    return plant_played(platform, MACHINE, hospitals.valley, KIT)


@pytest.fixture
def here(hospitals: Hospitals, played: int) -> str:
    return f"/establishments/{hospitals.valley}/exercises/{played}/debrief"


@pytest.fixture
def ciso(browse: Browse) -> FlaskClient:
    return browse("ciso")


@pytest.fixture
def hot(platform: Platform, played: int) -> str:
    return f"/q/{token_of(platform, played, Round.HOT)}"


def test_the_results_and_every_page_of_it(ciso: FlaskClient, here: str) -> None:
    first = ciso.get(here).get_data(as_text=True)
    assert "objectifs atteints" in first
    assert 'role="img"' in first
    assert "CaRE D2.O1.D – plan de continuité éprouvé sur le terrain" in first
    assert "Clore l’exercice" in first
    for page in ("/timeline", "/lessons", "/questionnaires", "/questionnaires/hot", "/close"):
        assert ciso.get(here + page).status_code == 200, page
    assert "<details" in ciso.get(f"{here}/timeline").get_data(as_text=True)


def test_before_the_end_nothing_is_told(ciso: FlaskClient, platform: Platform, hospitals: Hospitals) -> None:
    live = plant_exercises(platform, hospitals.valley).live
    address = f"/establishments/{hospitals.valley}/exercises/{live}/debrief"
    assert "commence à FINEX" in ciso.get(address).get_data(as_text=True)
    assert ciso.get(f"{address}/timeline").status_code == 409


def test_a_stranger_finds_nothing_and_a_reader_changes_nothing(browse: Browse, here: str) -> None:
    assert browse("stranger").get(here).status_code == 404
    director = browse("director")
    assert director.get(here).status_code == 200
    assert "Noter un enseignement" not in director.get(f"{here}/lessons").get_data(as_text=True)
    assert director.post(f"{here}/lessons", data={"text": "x", "kind": "gap"}).status_code == 403
    assert director.get(f"{here}/close").status_code == 403


def test_lessons_one_line_after_the_other(
    ciso: FlaskClient, platform: Platform, here: str, played: int, hospitals: Hospitals
) -> None:
    answer = ciso.post(f"{here}/lessons", data={"text": "La radio ne passe pas au sous-sol", "kind": "gap"})
    assert answer.status_code == 302
    assert "kind=gap" in answer.location
    assert ciso.post(f"{here}/lessons", data={"text": " ", "kind": "gap"}).status_code == 400
    gap = lessons_of(platform, MACHINE, played).gaps[-1]
    assert gap.text == "La radio ne passe pas au sous-sol"
    stale = {"text": "Autre chose", "kind": "gap", "seen": "Ce que personne n’a écrit"}
    refused = ciso.post(f"{here}/lessons/{gap.id}", data=stale)
    assert refused.status_code == 409
    assert "Autre chose" in refused.get_data(as_text=True)
    for _ in range(2):
        data = {"owner_account": "0", "owner": "Le biomédical", "due_on": ""}
        assert ciso.post(f"{here}/lessons/{gap.id}/action", data=data).status_code == 302
    action = lessons_of(platform, MACHINE, played).gaps[-1].action
    assert action is not None
    page = ciso.get(f"/establishments/{hospitals.valley}/actions/{action.id}").get_data(as_text=True)
    assert "Nuit blanche" in page
    assert ciso.post(f"{here}/lessons/{gap.id}/drop").status_code == 409


def test_anyone_with_the_link_answers_and_is_counted_once(
    app: Flask, platform: Platform, hot: str, played: int
) -> None:
    phone = app.test_client()
    page = phone.get(hot).get_data(as_text=True)
    assert "anonyme" in page
    question = re.findall(r'name="([a-z_]+)" value="5"', page)[0]
    before = count_answers(platform, MACHINE, played, Round.HOT)
    for value in ("2", "5"):
        assert phone.post(hot, data={question: value}).status_code == 302
    assert count_answers(platform, MACHINE, played, Round.HOT) == before + 1
    assert "déjà répondu" in phone.get(hot).get_data(as_text=True)
    phone.get(f"{hot}?other=1")
    assert phone.post(hot, data={question: "3"}).status_code == 302
    assert count_answers(platform, MACHINE, played, Round.HOT) == before + 2
    assert phone.post(hot, data={question: "9"}).status_code == 400
    assert phone.get("/q/n-importe-quoi").status_code == 404


def test_words_are_set_aside_in_sight(ciso: FlaskClient, here: str) -> None:
    page = ciso.get(f"{here}/questionnaires").text
    mark, words = re.findall(r'<option value="([0-9a-f]{16})">([^<]+)<', page)[0]
    question = re.findall(r'name="question" value="([a-z0-9_]+)"', page)[0]
    typed = {"question": question, "mark": mark, "reason": ""}
    refused = ciso.post(f"{here}/questionnaires/hot/aside", data=typed)
    assert refused.status_code == 400
    assert "Dites pourquoi" in refused.text
    assert ciso.post(f"{here}/questionnaires/hot/aside", data=typed | {"reason": "Hors sujet"}).status_code == 302
    after = ciso.get(f"{here}/questionnaires").text
    assert "Écartée par l’animation : Hors sujet" in after
    assert after.count(f"<li>{words}</li>") == page.count(f"<li>{words}</li>") - 1


def test_who_must_wait_loses_nothing_and_who_is_counted_is_told(
    app: Flask, hot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = [app.test_client() for _ in range(3)]
    question = re.findall(r'name="([a-z_]+)" value="5"', phones[0].get(hot).text)[0]
    for phone in phones[:2]:
        assert phone.post(hot, data={question: "2"}).status_code == 302
    assert "ne se change plus" in phones[0].get(hot).text
    assert phones[0].post(hot, data={question: "3"}).status_code == 409
    monkeypatch.setattr(questionnaires, "FREE_FROM_ADDRESS", 0)
    monkeypatch.setattr(questionnaires, "_listed", lambda *_: 0)
    phones[2].get(hot)
    assert phones[2].post(hot, data={question: "3"}).status_code == 302, "the first one sets the wait"
    late = app.test_client().post(hot, data={question: "3"})
    assert late.status_code == 429
    assert "Beaucoup de réponses" in late.text
    assert "checked" in late.text


def test_the_address_shown_is_ours_whatever_the_browser_says(
    client: FlaskClient, people: People, here: str, platform: Platform
) -> None:
    client.set_cookie("care_session", people.token("ciso"), domain="piege.example")
    for page in (f"{here}/questionnaires/hot", f"{here.removesuffix('/debrief')}/codes"):
        text = client.get(page, headers={"Host": "piege.example"}).text
        assert "piege.example" not in text
        assert platform.settings.base_url in text


def test_the_cookie_of_a_device_goes_to_questionnaires_only(app: Flask, hot: str) -> None:
    cookie = next(one for one in app.test_client().get(hot).headers.getlist("Set-Cookie") if "questionnaire" in one)
    assert "Path=/q;" in cookie
    assert "HttpOnly" in cookie


def test_a_questionnaire_does_not_say_who_is_signed_in(ciso: FlaskClient, hot: str) -> None:
    assert "Déconnexion" not in ciso.get(hot).get_data(as_text=True)


def test_a_cold_questionnaire_is_not_open_yet(app: Flask, platform: Platform, played: int) -> None:
    cold = f"/q/{token_of(platform, played, Round.COLD)}"
    phone = app.test_client()
    assert "s’ouvrira le" in phone.get(cold).get_data(as_text=True)
    assert phone.post(cold, data={"satisfaction": "3"}).status_code == 409


def test_paper_is_copied(ciso: FlaskClient, here: str, platform: Platform, played: int) -> None:
    before = count_answers(platform, MACHINE, played, Round.HOT)
    address = f"{here}/questionnaires/hot/paper"
    question = re.findall(r'name="([a-z_]+)" value="5"', ciso.get(address).get_data(as_text=True))[0]
    assert ciso.post(address, data={}).status_code == 400
    assert ciso.post(address, data={question: "4"}).status_code == 302
    assert count_answers(platform, MACHINE, played, Round.HOT) == before + 1
    assert f"{before + 1} réponses" in ciso.get(f"{here}/questionnaires/hot/count").get_data(as_text=True)


def test_closing_then_correcting(ciso: FlaskClient, here: str, platform: Platform, played: int) -> None:
    version = propose_closing(platform, MACHINE, played).version
    data = {"result": "partial", "participants": "12", "cyber_triggered": "y", "degraded_played": "y",
            "management_present": "y", "directorates": "Soins", "version": str(version)}  # fmt: skip
    assert ciso.post(f"{here}/close", data={**data, "participants": "0"}).status_code == 400
    assert ciso.post(f"{here}/close", data=data).status_code == 302
    assert open_exercise(platform, MACHINE, played).stage is ExerciseStage.CLOSED
    stale = ciso.post(f"{here}/close", data={**data, "directorates": "Soins, achats"})
    assert stale.status_code == 409
    assert "Soins, achats" in stale.get_data(as_text=True)
    page = ciso.get(here).get_data(as_text=True)
    assert "Retour d’expérience" in page
    assert "Il reste à faire" not in page


def test_documents(ciso: FlaskClient, browse: Browse, here: str) -> None:
    for name in ("report", "attestation", "attestations"):
        answer = ciso.get(f"{here}/{name}.pdf")
        assert answer.content_type == "application/pdf"
        assert answer.data.startswith(b"%PDF")
    assert browse("visitor").get(f"{here}/attestations.pdf").status_code == 403


def test_the_overview_says_what_the_exercise_will_count_for(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals
) -> None:
    number = plant_exercises(platform, hospitals.valley).prepared
    page = ciso.get(f"/establishments/{hospitals.valley}/exercises/{number}").get_data(as_text=True)
    assert "Ce qu’il prouvera" in page
    assert "la direction générale doit être là" in page


def test_the_continuity_test_leads_back_to_its_exercise(
    ciso: FlaskClient, platform: Platform, hospitals: Hospitals, played: int
) -> None:
    test_id = open_exercise(platform, MACHINE, played).test_id
    page = ciso.get(f"/establishments/{hospitals.valley}/tests/{test_id}").get_data(as_text=True)
    assert f"/establishments/{hospitals.valley}/exercises/{played}" in page
