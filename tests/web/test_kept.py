"""A session that ends while a form is filled: what was typed comes back, is sent again, and passes the same checks."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.services.bia_view import open_bia
from care.services.platform import Platform
from care.web.kept import MOST_CHARACTERS
from tests.support.people import MACHINE, Hospitals
from tests.web.bia import plant_bia
from tests.web.continuity import Continuity, plant_continuity
from tests.web.people import PASSWORD, People

TYPED = "Anne Roy, cadre\r\nDr Leblanc & « l’équipe de nuit »"


@pytest.fixture
def planted(platform: Platform, hospitals: Hospitals) -> Continuity:
    return plant_continuity(platform, hospitals.valley)


def end_session(client: FlaskClient) -> None:
    """The session is over in the database; the browser still holds its cookies."""
    client.set_cookie("care_session", "over")


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def sign_in(client: FlaskClient, page: str, password: str = PASSWORD) -> str:
    answer = client.post("/sign-in", data={**hidden(page), "login": "ciso", "password": password})
    assert answer.status_code in (200, 401)
    return answer.text


def test_a_page_of_an_analysis_survives_the_end_of_a_session(
    ciso: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    _first, draft = plant_bia(platform, planted.emergency)
    page = f"{here}/bia/{draft}/fill/about"
    typed = {
        "version": open_bia(platform, MACHINE, draft).version,
        "interviewed": TYPED,
        "peaks": "L’hiver",
        "go": "leave",
    }
    end_session(ciso)
    answer = ciso.post(page, data=typed)
    assert answer.status_code == 401
    assert "n’est pas perdu" in answer.text
    assert open_bia(platform, MACHINE, draft).peaks != "L’hiver"
    wrong = sign_in(ciso, answer.text, "pas le bon")
    assert "Identifiant ou mot de passe incorrect." in wrong
    again = sign_in(ciso, wrong)
    assert f'action="{page}"' in again
    assert "Dr Leblanc &amp; « l’équipe de nuit »" in again
    answer = ciso.post(page, data=hidden(again))
    assert answer.status_code == 302
    view = open_bia(platform, MACHINE, draft)
    assert (view.interviewed, view.peaks) == (TYPED, "L’hiver")


def test_what_others_changed_meanwhile_is_still_said(
    ciso: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    _first, draft = plant_bia(platform, planted.emergency)
    page, seen = f"{here}/bia/{draft}/fill/minimum", open_bia(platform, MACHINE, draft).version
    other = {"version": seen, "minimum_service": "Trier", "minimum_percent": "50"}
    assert ciso.post(page, data=other).status_code == 302
    end_session(ciso)
    again = sign_in(ciso, ciso.post(page, data={**other, "minimum_service": "Trier et soigner"}).text)
    answer = ciso.post(page, data=hidden(again))
    assert answer.status_code == 409
    assert "Trier et soigner" in answer.text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("bia/1/fill/about", {}),
        ("bia/1/fill/about", {"version": "3", "csrf_token": "x"}),
        ("bia/1/fill/about", {"interviewed": "x" * (MOST_CHARACTERS + 1)}),
        ("crisis/packs/1/locked", {"passphrase": "une phrase longue", "again": "une phrase longue"}),
        ("targets/new/ad", {"name": "Annuaire", "password": "secret"}),
    ],
)
def test_empty_long_and_secret_forms_are_not_kept(
    ciso: FlaskClient, here: str, path: str, data: dict[str, str]
) -> None:
    end_session(ciso)
    answer = ciso.post(f"{here}/{path}", data=data)
    assert 'name="kept"' not in answer.text
    assert "phrase" not in answer.text


def test_a_stranger_without_a_session_is_only_sent_to_sign_in(client: FlaskClient, here: str) -> None:
    answer = client.post(f"{here}/bia/1/fill/about", data={"interviewed": "Anne Roy"})
    assert (answer.status_code, answer.location) == (302, "/sign-in")


@pytest.mark.parametrize(
    "sent",
    [
        "", "[]", "{", '{"address": "/rules"}', '{"address": "https://mechant.test/", "fields": []}',
        '{"address": "//mechant.test", "fields": []}', '{"address": "/rules", "fields": [["a"]]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_what_cannot_be_sent_again_here_is_dropped(client: FlaskClient, people: People, sent: str) -> None:
    answer = client.post("/sign-in", data={"login": "ciso", "password": PASSWORD, "kept": sent})
    assert (answer.status_code, answer.location) == (302, "/")


def test_each_page_has_its_own_token(
    app: Flask, ciso: FlaskClient, here: str, planted: Continuity, platform: Platform
) -> None:
    _first, draft = plant_bia(platform, planted.emergency)
    page = f"{here}/bia/{draft}/fill/minimum"
    token = hidden(ciso.get(page).text)["csrf_token"]
    app.config["WTF_CSRF_ENABLED"] = True
    end_session(ciso)
    typed = {"version": open_bia(platform, MACHINE, draft).version, "minimum_service": "Trier", "csrf_token": token}
    asked = ciso.post(page, data=typed)
    assert asked.status_code == 401
    again = hidden(sign_in(ciso, asked.text))
    assert again["csrf_token"] != token
    assert ciso.post(page, data={**again, "csrf_token": token}).status_code == 400
    assert ciso.post(page, data=again).status_code == 302
    assert open_bia(platform, MACHINE, draft).minimum_service == "Trier"
