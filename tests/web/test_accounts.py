"""Administering accounts."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.people import Hospitals
from tests.web.people import People

NEW = {
    "name": "Paul Petit", "login": "p.petit", "email": "", "lang": "fr", "password": "un lapin dans la lune",
    "role": "direction", "expires_on": "",
}  # fmt: skip


def test_the_administrator_sees_everyone_and_the_others_nothing(administrator: FlaskClient, ciso: FlaskClient) -> None:
    assert "stranger" in administrator.get("/accounts").text
    assert ciso.get("/accounts").status_code == 403


def test_opening_an_account_with_its_role(administrator: FlaskClient, hospitals: Hospitals) -> None:
    answer = administrator.post("/accounts/new", data={**NEW, "place": f"establishment:{hospitals.valley}"})
    assert answer.status_code == 302
    page = administrator.get(answer.location).text
    assert "<strong>Direction</strong>" in page
    assert "Hôpital de la Vallée" in page


def test_a_login_already_taken_is_said_beside_its_field(administrator: FlaskClient, hospitals: Hospitals) -> None:
    answer = administrator.post("/accounts/new", data={**NEW, "login": "ciso", "place": "platform:0"})
    assert answer.status_code == 400
    assert "Cet identifiant est déjà pris." in answer.text


def test_a_role_can_be_given_and_taken_back(administrator: FlaskClient, people: People, hospitals: Hospitals) -> None:
    page = f"/accounts/{people.ids['visitor']}"
    administrator.post(f"{page}/grants", data={"role": "facilitator", "place": f"region:{hospitals.region}"})
    text = administrator.get(page).text
    assert "Animateur d’exercices" in text.split("Donner un rôle")[0]
    grant = text.split("/grants/")[2].split("/")[0]
    administrator.post(f"{page}/grants/{grant}/take")
    assert "Animateur d’exercices" not in administrator.get(page).text.split("Donner un rôle")[0]


def test_a_closed_account_is_signed_out(administrator: FlaskClient, ciso: FlaskClient, people: People) -> None:
    page = f"/accounts/{people.ids['ciso']}"
    administrator.post(f"{page}/state", data={"active": "no"})
    assert "Ce compte est fermé" in administrator.get(page).text
    assert ciso.get("/account").status_code == 302


def test_the_last_administrator_stays(administrator: FlaskClient, people: People) -> None:
    answer = administrator.post(f"/accounts/{people.ids['administrator']}/state", data={"active": "no"})
    assert answer.status_code == 409
    assert "dernier administrateur" in answer.text


def test_a_new_password_can_be_given(administrator: FlaskClient, client: FlaskClient, people: People) -> None:
    administrator.post(f"/accounts/{people.ids['ciso']}/password", data={"password": "deux girafes et demie"})
    answer = client.post("/sign-in", data={"login": "ciso", "password": "deux girafes et demie"})
    assert answer.status_code == 302
