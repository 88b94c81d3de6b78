"""The first run: it exists only while nobody can sign in."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.people import People

FILLED = {"name": "Claire Martin", "login": "c.martin", "email": "", "password": "quatre canards au bord du lac"}


def test_an_empty_platform_starts_with_the_first_run(client: FlaskClient) -> None:
    assert client.get("/").location == "/setup"
    assert "Bienvenue dans CaRE" in client.get("/setup").text


def test_the_first_account_administers_everything_and_is_signed_in(client: FlaskClient) -> None:
    assert client.post("/setup", data=FILLED).location == "/"
    assert "Ajoutez votre établissement" in client.get("/").text
    assert "Toute la plateforme" in client.get("/account").text


def test_a_weak_password_is_explained_beside_its_field(client: FlaskClient) -> None:
    answer = client.post("/setup", data={**FILLED, "password": "azerty"})
    assert answer.status_code == 400
    assert 'id="password-wrong"' in answer.text


def test_there_is_no_first_run_twice(client: FlaskClient, people: People) -> None:
    assert client.get("/").location == "/sign-in"
    assert client.get("/setup").status_code == 404
    assert client.post("/setup", data=FILLED).status_code == 409
