"""What is grave asks for a fresh proof, then goes on where one was."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.support.clock import FixedClock
from tests.support.people import Hospitals
from tests.web.people import PASSWORD, People
from tests.web.test_second_factor import clock as clock

NEW = {"name": "Paul Petit", "login": "p.petit", "email": "", "lang": "fr", "role": "direction", "expires_on": ""}


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def test_a_right_is_given_once_proved_again(
    clock: FixedClock, administrator: FlaskClient, people: People, hospitals: Hospitals
) -> None:
    page = f"/accounts/{people.ids['visitor']}"
    administrator.get(page)
    clock.forward(minutes=11)
    asked = administrator.post(f"{page}/grants", data={"role": "facilitator", "place": f"region:{hospitals.region}"})
    assert (asked.status_code, "Confirmer que c’est vous" in asked.text) == (401, True)
    assert "Animateur d’exercices" not in administrator.get(page).text.split("Donner un rôle")[0]
    wrong = administrator.post("/account/proof", data={**hidden(asked.text), "proof": "pas le bon du tout"})
    assert wrong.status_code == 401
    again = administrator.post("/account/proof", data={**hidden(wrong.text), "proof": PASSWORD})
    assert "Renvoyer ma saisie" in again.text
    sent = administrator.post(f"{page}/grants", data=hidden(again.text))
    assert sent.location == page
    assert "Animateur d’exercices" in administrator.get(page).text.split("Donner un rôle")[0]


def test_a_button_alone_is_sent_again_too(clock: FixedClock, administrator: FlaskClient, people: People) -> None:
    page = f"/accounts/{people.ids['visitor']}"
    administrator.get(page)
    clock.forward(minutes=11)
    asked = administrator.post(f"{page}/second-factor/remove")
    again = administrator.post("/account/proof", data={**hidden(asked.text), "proof": PASSWORD})
    assert f'action="{page}/second-factor/remove"' in again.text


def test_a_form_that_holds_a_password_is_typed_again(
    clock: FixedClock, administrator: FlaskClient, hospitals: Hospitals
) -> None:
    administrator.get("/accounts")
    clock.forward(minutes=11)
    typed = {**NEW, "password": "un lapin dans la lune", "place": f"establishment:{hospitals.valley}"}
    asked = administrator.post("/accounts/new", data=typed, headers={"Referer": "http://localhost/accounts/new"})
    assert asked.location == "/account/proof?next=/accounts/new&again=yes"
    page = administrator.get(asked.location).text
    assert "elle sera à refaire" in page
    assert "lapin" not in page
    assert administrator.post(asked.location, data={"proof": PASSWORD}).location == "/accounts/new"


@pytest.mark.parametrize("path", ["/trail/export.csv", "/trail/export.jsonl", "/accounts/new"])
def test_what_is_taken_away_is_asked_for_again(clock: FixedClock, administrator: FlaskClient, path: str) -> None:
    assert administrator.get(path).status_code == 200
    clock.forward(minutes=11)
    asked = administrator.get(path)
    assert asked.location == f"/account/proof?next={path}"
    assert administrator.post(asked.location, data={"proof": PASSWORD}).location == path
    assert administrator.get(path).status_code == 200


def test_a_sealed_book_is_asked_for_again(clock: FixedClock, ciso: FlaskClient, here: str) -> None:
    ciso.get(here)
    clock.forward(minutes=11)
    assert ciso.get(f"{here}/evidence/books/7/file").location.startswith("/account/proof")
    assert ciso.post(f"{here}/evidence/books", data={"what": "all"}).status_code == 401


@pytest.mark.parametrize("way_out", ["https://mechant.test/", "//mechant.test"])
def test_a_proof_never_leads_to_another_site(ciso: FlaskClient, way_out: str) -> None:
    answer = ciso.post("/account/proof", query_string={"next": way_out}, data={"proof": PASSWORD})
    assert answer.location == "/"


def test_guesses_are_slowed_down(ciso: FlaskClient) -> None:
    codes = [ciso.post("/account/proof", data={"proof": "pas le bon du tout"}).status_code for _attempt in range(6)]
    assert codes == [401] * 5 + [429]


def test_sessions_end_from_the_pages(
    administrator: FlaskClient, ciso: FlaskClient, people: People, browse: object
) -> None:
    other = browse("ciso")  # type: ignore[operator]
    assert "Fermer toutes les autres" in ciso.get("/account").text
    ciso.post("/account/sessions/revoke-others")
    assert (ciso.get("/account").status_code, other.get("/account").status_code) == (200, 302)
    administrator.post(f"/accounts/{people.ids['ciso']}/sessions/end")
    assert ciso.get("/account").status_code == 302
