"""The pages of the preparation: go or no go, the list of those invited, the channels, the link of a letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.services.exercises.guests import list_guests, token_of
from care.services.exercises.readiness import readiness
from care.services.platform import Platform
from care.store.exercises import ExerciseGuest
from tests.support.clock import FixedClock
from tests.support.crisis import plant_contacts
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.exercises import PlantedExercises, plant_exercises, plant_guests


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> PlantedExercises:
    return plant_exercises(platform, hospitals.valley)


@pytest.fixture
def page(here: str, planted: PlantedExercises) -> str:
    return f"{here}/exercises/{planted.prepared}/preparation"


@pytest.fixture
def link(platform: Platform, planted: PlantedExercises) -> str:
    guest = plant_guests(platform, planted.prepared)
    with platform.database.read() as session:
        return f"/exercise-guest/{token_of(platform, session.get_one(ExerciseGuest, guest))}"


def test_the_verdict_names_what_is_missing(ciso: FlaskClient, browse: Browse, page: str) -> None:
    text = ciso.get(page).get_data(as_text=True)
    assert "NO-GO" in text
    assert "Chaque cellule a ses joueurs" in text
    assert browse("director").get(page).status_code == 403
    assert browse("stranger").get(page).status_code == 404


def test_a_tick_is_kept_and_a_late_one_said(
    ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises
) -> None:
    sent = {"mark": "", "done": "y", "note": "Le mot est « vie réelle »."}
    assert ciso.post(f"{page}/steps/stop", data=sent).status_code == 302
    text = ciso.get(page).get_data(as_text=True)
    assert "Le mot est « vie réelle »." in text
    late = ciso.post(f"{page}/steps/stop", data={**sent, "note": "Autre mot"}, follow_redirects=True)
    assert "Entre-temps" in late.get_data(as_text=True)
    assert "Autre mot" in late.get_data(as_text=True)
    found = {one.id: one for one in readiness(platform, MACHINE, planted.prepared).items}
    assert found["stop"].note == "Le mot est « vie réelle »."
    assert ciso.post(f"{page}/steps/players", data=sent).status_code == 404


def test_add_paste_change_remove(ciso: FlaskClient, page: str, platform: Platform, planted: PlantedExercises) -> None:
    cells = list_guests(platform, MACHINE, planted.prepared).cells
    cell, name = next(iter(cells.items()))
    typed = {"name": "Zoé Blanc", "function": "Cadre", "mail": "zoe@example.org", "role": "player", "cell": cell}
    assert ciso.post(f"{page}/guests", data=typed).status_code == 302
    wrong = ciso.post(f"{page}/guests", data={**typed, "name": "Encore", "mail": "zoe"})
    assert wrong.status_code == 400
    assert "n’est pas une adresse" in wrong.get_data(as_text=True)
    assert 'value="Encore"' in wrong.get_data(as_text=True)
    lines = f"Ali Ba ; ali@example.org ; {name}\nMarc Petit ; observateur"
    assert ciso.post(f"{page}/guests/paste", data={"lines": lines, "role": "player", "cell": ""}).status_code == 302
    again = ciso.post(
        f"{page}/guests/paste", data={"lines": lines, "role": "player", "cell": ""}, follow_redirects=True
    )
    assert "Déjà dans la liste : Ali Ba, Marc Petit." in unescape(again.get_data(as_text=True)).replace("\xa0", " ")
    bad = ciso.post(f"{page}/guests/paste", data={"lines": "Qui", "role": "player", "cell": ""})
    assert bad.status_code == 400
    assert "Ligne 1 : Choisissez la cellule" in bad.get_data(as_text=True)
    found = list_guests(platform, MACHINE, planted.prepared)
    assert {one.draft.name for one in found.lines} == {"Zoé Blanc", "Ali Ba", "Marc Petit"}
    zoe = next(one for one in found.lines if one.draft.name == "Zoé Blanc")
    address = f"{page}/guests/{zoe.id}"
    assert ciso.get(address).status_code == 200
    changed = {**typed, "function": "Directrice", "version": str(zoe.version)}
    assert ciso.post(address, data=changed).status_code == 302
    late = ciso.post(address, data={**changed, "function": "Tardive"})
    assert late.status_code == 409
    assert "Entre-temps" in late.get_data(as_text=True)
    assert "Tardive" in late.get_data(as_text=True)
    assert "Directrice" in late.get_data(as_text=True)
    assert ciso.post(f"{address}/remove").status_code == 302
    assert ciso.get(address).status_code == 404


def test_from_the_directory(
    ciso: FlaskClient, page: str, platform: Platform, hospitals: Hospitals, planted: PlantedExercises
) -> None:
    contact = plant_contacts(platform, hospitals.valley)[0]
    assert "Jeanne Roux" in ciso.get(f"{page}/guests/directory").get_data(as_text=True)
    sent = {"contact": str(contact), "role": "facilitator", "cell": ""}
    assert ciso.post(f"{page}/guests/directory", data=sent).status_code == 302
    assert len(list_guests(platform, MACHINE, planted.prepared).lines) == 1
    none = ciso.post(f"{page}/guests/directory", data={**sent, "contact": ""})
    assert none.status_code == 409
    assert "Choisissez au moins une personne" in none.get_data(as_text=True)


def test_without_a_relay_it_is_said(ciso: FlaskClient, page: str, link: str) -> None:
    assert "Aucun relais" in ciso.get(f"{page}/guests").get_data(as_text=True)
    assert "Aucun relais" in ciso.get(f"{page}/channels").get_data(as_text=True)
    for action in ("guests/invite", "channels/trials"):
        said = ciso.post(f"{page}/{action}", follow_redirects=True).get_data(as_text=True)
        assert "Aucun relais de messagerie n’est réglé : rien ne peut partir" in said


def test_invitations_leave(
    app: Flask, ciso: FlaskClient, page: str, link: str, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = replace(platform.settings, smtp_host="relais.hopital.test")
    monkeypatch.setitem(app.extensions, "care", replace(platform, settings=relay))
    text = ciso.get(f"{page}/guests").get_data(as_text=True)
    assert "Envoyer 1 invitation" in text
    said = ciso.post(f"{page}/guests/invite", follow_redirects=True).get_data(as_text=True)
    assert "1 invitation confiée au relais." in said
    assert "En attente" in said
    assert "Renvoyer" in said


def test_channels_are_ticked_by_hand(ciso: FlaskClient, page: str, link: str) -> None:
    assert "0 sur 1" in ciso.get(f"{page}/channels").get_data(as_text=True)
    assert ciso.post(f"{page}/channels/paper", data={"arrived": "y"}).status_code == 302
    lines = ciso.get(f"{page}/channels/lines").get_data(as_text=True)
    assert "confirmé par" in lines
    assert "<html" not in lines
    assert ciso.post(f"{page}/channels/pigeon", data={"arrived": "y"}).status_code == 404


def test_a_guest_answers_without_an_account(browse: Browse, link: str, ciso: FlaskClient, page: str) -> None:
    anyone = browse("anonymous")
    text = anyone.get(link).get_data(as_text=True)
    assert "Aline Roux" in text
    assert "EXERCICE EXERCICE EXERCICE" in text
    assert anyone.post(f"{link}/answer", data={"answer": "comes"}).status_code == 302
    assert anyone.post(f"{link}/answer", data={"answer": "perhaps"}).status_code == 404
    assert anyone.post(f"{link}/received").status_code == 302
    assert "vous parvient" in anyone.get(link).get_data(as_text=True)
    calendar = anyone.get(f"{link}/exercise.ics")
    assert calendar.mimetype == "text/calendar"
    assert "vient" in ciso.get(f"{page}/guests").get_data(as_text=True)
    for address in ("/exercise-guest/nobody", "/exercise-guest/nobody/exercise.ics"):
        assert anyone.get(address).status_code == 404


def test_a_link_whose_day_is_over_says_so(
    app: Flask, browse: Browse, link: str, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = FixedClock(platform.clock.now() + timedelta(days=60))
    monkeypatch.setitem(app.extensions, "care", replace(platform, clock=later))
    answer = browse("anonymous").get(link)
    assert answer.status_code == 410
    assert "jusqu’à la fin du jour de l’exercice" in answer.text
    assert "Aline Roux" not in answer.text
