"""Signing in and out, and one's own account."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.people import PASSWORD, People


def sign_in(client: FlaskClient, login: str = "ciso", password: str = PASSWORD, path: str = "/sign-in") -> object:
    return client.post(path, data={"login": login, "password": password})


def test_signing_in_opens_a_session_and_goes_where_one_was_heading(client: FlaskClient, people: People) -> None:
    answer = sign_in(client, path="/sign-in?next=/rules")
    assert (answer.status_code, answer.location) == (302, "/rules")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("care_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get("/account").status_code == 200


def test_a_wrong_password_says_so_and_keeps_the_login_typed(client: FlaskClient, people: People) -> None:
    answer = sign_in(client, password="pas le bon mot de passe")
    assert answer.status_code == 401
    assert "Identifiant ou mot de passe incorrect." in answer.text
    assert 'value="ciso"' in answer.text
    assert "pas le bon" not in answer.text


def test_too_many_attempts_are_slowed_down(client: FlaskClient, people: People) -> None:
    codes = [sign_in(client, password="pas le bon mot de passe").status_code for _attempt in range(12)]
    assert codes[0] == 401
    assert codes[-1] == 429


@pytest.mark.parametrize(
    "way_out", ["https://mechant.test/", "//mechant.test", "/\\mechant.test", "javascript:alert(1)"]
)
def test_signing_in_never_leads_to_another_site(client: FlaskClient, people: People, way_out: str) -> None:
    answer = client.post("/sign-in", query_string={"next": way_out}, data={"login": "ciso", "password": PASSWORD})
    assert answer.location == "/"


def test_signing_out_ends_the_session(ciso: FlaskClient) -> None:
    assert ciso.post("/sign-out").location == "/sign-in"
    assert ciso.get("/account").location.startswith("/sign-in")


def test_the_language_follows_the_account(ciso: FlaskClient) -> None:
    assert 'lang="fr"' in ciso.get("/account").text
    answer = ciso.post("/language", data={"lang": "en", "next": "/account"})
    assert answer.location == "/account"
    assert "My account" in ciso.get("/account").text


def test_the_language_of_the_sign_in_page_follows_the_browser(app: Flask) -> None:
    client = app.test_client()
    assert "Sign in to CaRE" in client.get("/sign-in", headers={"Accept-Language": "en-GB"}).text
    assert "Connexion à CaRE" in client.get("/sign-in", headers={"Accept-Language": "de"}).text


def test_changing_the_password_closes_the_other_sessions(ciso: FlaskClient, browse: object) -> None:
    other = browse("ciso")
    new = "trois tulipes sur un toit"
    answer = ciso.post("/account/password", data={"current": PASSWORD, "password": new})
    assert answer.location == "/account"
    assert ciso.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_a_weak_password_is_refused_beside_its_field(ciso: FlaskClient) -> None:
    answer = ciso.post("/account/password", data={"current": PASSWORD, "password": "court"})
    assert answer.status_code == 400
    assert "au moins 12 caractères" in answer.text


def test_another_session_can_be_closed(ciso: FlaskClient, browse: object, people: People) -> None:
    other, director = browse("ciso"), browse("director")
    page = ciso.get("/account").text
    number = page.split("/account/sessions/")[1].split("/")[0]
    assert director.post(f"/account/sessions/{number}/revoke").status_code == 404
    assert ciso.post(f"/account/sessions/{number}/revoke").status_code == 302
    assert other.get("/account").status_code == 302


def wait_for(app: Flask, login: str = "ciso") -> None:
    """Somebody guesses at an account until it must wait."""
    stranger = app.test_client()
    codes = [sign_in(stranger, login, "pas le bon mot de passe").status_code for _attempt in range(6)]
    assert codes[-1] == 429


def test_a_person_enters_by_their_own_browser_while_others_guess(
    app: Flask, client: FlaskClient, people: People
) -> None:
    sign_in(client)
    client.post("/sign-out")
    wait_for(app)
    assert sign_in(app.test_client()).status_code == 429
    assert sign_in(client).status_code == 302


def test_a_browser_known_for_one_login_is_a_stranger_to_others(app: Flask, client: FlaskClient, people: People) -> None:
    sign_in(client, "director")
    client.post("/sign-out")
    wait_for(app)
    assert sign_in(client).status_code == 429


def test_a_shared_browser_remembers_several_people(app: Flask, client: FlaskClient, people: People) -> None:
    for login in ("ciso", "director", "ciso"):
        sign_in(client, login)
        client.post("/sign-out")
    wait_for(app, "director")
    assert sign_in(client, "director").status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "WyJhIixbXV0.aaaa.bbbb", "é" * 50])
def test_a_forged_mark_is_a_stranger(app: Flask, client: FlaskClient, people: People, forged: str) -> None:
    wait_for(app)
    client.set_cookie("care_browser", forged)
    assert sign_in(client).status_code == 429


def test_the_mark_of_a_browser_names_nobody(client: FlaskClient, people: People) -> None:
    answer = sign_in(client)
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("care_browser="))
    assert "ciso" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=7776000" in cookie
