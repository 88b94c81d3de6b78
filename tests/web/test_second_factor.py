"""The second factor, from the pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from care.domain.access import Role
from care.services import factor_policy
from care.services.platform import Platform
from tests.support.clock import FixedClock
from tests.support.people import MACHINE
from tests.web.people import PASSWORD, People

PAGE = "/account/second-factor"


@pytest.fixture
def clock(app: Flask, platform: Platform) -> FixedClock:
    """The clock of the application, which a test moves."""
    clock = FixedClock(datetime.now(UTC))
    app.extensions["care"] = replace(platform, clock=clock)
    return clock


def enrol(client: FlaskClient, clock: FixedClock) -> tuple[pyotp.TOTP, list[str]]:
    client.post(f"{PAGE}/begin")
    page = client.get(PAGE).text
    assert '<svg role="img"' in page
    phone = pyotp.TOTP(re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", page)[0])
    answer = client.post(f"{PAGE}/confirm", data={"password": PASSWORD, "code": phone.at(clock.now())})
    assert answer.status_code == 200
    clock.forward(minutes=1)
    return phone, re.findall(r"<code[^>]*>([A-Z2-9-]{19})</code>", answer.text)


def sign_in(client: FlaskClient, login: str = "ciso", path: str = "/sign-in") -> object:
    return client.post(path, data={"login": login, "password": PASSWORD})


def test_the_code_is_asked_after_the_password_and_leads_where_one_was_heading(
    app: Flask, ciso: FlaskClient, clock: FixedClock
) -> None:
    phone, codes = enrol(ciso, clock)
    assert len(codes) == 10
    client = app.test_client()
    answer = sign_in(client, path="/sign-in?next=/rules")
    assert answer.location == "/sign-in/code?next=/rules"
    assert not [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("care_browser=")]
    assert client.get("/account").location.startswith("/sign-in/code")
    assert client.get("/account", headers={"HX-Request": "true"}).status_code == 401
    wrong = client.post(answer.location, data={"code": "000000"})
    assert (wrong.status_code, "n’est pas le bon" in wrong.text) == (401, True)
    right = client.post(answer.location, data={"code": phone.at(clock.now())})
    assert right.location == "/rules"
    assert client.get("/account").status_code == 200


def test_a_form_kept_waits_for_the_code_too(app: Flask, ciso: FlaskClient, clock: FixedClock) -> None:
    _phone, codes = enrol(ciso, clock)
    client, kept = app.test_client(), '{"address": "/rules", "fields": [["note", "ce que je tapais"]]}'
    page = client.post("/sign-in", data={"login": "ciso", "password": PASSWORD, "kept": kept})
    assert "ce que je tapais" in page.text
    answer = client.post("/sign-in/code", data={"code": codes[0], "kept": kept})
    assert (answer.status_code, "Reprendre votre saisie" in answer.text) == (200, True)


def test_wrong_codes_are_slowed_down(app: Flask, ciso: FlaskClient, clock: FixedClock) -> None:
    enrol(ciso, clock)
    client = app.test_client()
    sign_in(client)
    codes = [client.post("/sign-in/code", data={"code": "000000"}).status_code for _attempt in range(6)]
    assert codes == [401] * 5 + [429]


def test_a_role_that_must_have_one_can_do_nothing_else_before(
    app: Flask, platform: Platform, people: People, clock: FixedClock
) -> None:
    factor_policy.require(platform, MACHINE, {Role.CISO})
    client = app.test_client()
    sign_in(client)
    for path in ("/", "/account", "/rules", "/trail", "/sign-in"):
        answer = client.get(path, follow_redirects=True)
        assert answer.request.path == PAGE, path
    assert "Votre rôle exige un second facteur" in answer.text
    assert "Journal" not in answer.text
    assert client.post("/account/profile", data={"name": "Autre"}).status_code == 302
    enrol(client, clock)
    assert client.get("/account").status_code == 200


def test_removing_and_renewing_say_what_is_wrong(ciso: FlaskClient, clock: FixedClock) -> None:
    phone, _codes = enrol(ciso, clock)
    wrong = ciso.post(f"{PAGE}/remove", data={"password": "pas le bon du tout", "code": "000000"})
    assert (wrong.status_code, "Le mot de passe n’est pas le bon." in wrong.text) == (400, True)
    codes = ciso.post(f"{PAGE}/codes", data={"password": PASSWORD, "code": phone.at(clock.now())})
    assert codes.text.count("<li><code") == 10
    later = phone.at(clock.now() + timedelta(seconds=30))
    assert ciso.post(f"{PAGE}/remove", data={"password": PASSWORD, "code": later}).location == PAGE


def test_the_administrator_requires_roles_and_takes_a_lost_factor_away(
    administrator: FlaskClient, ciso: FlaskClient, people: People, clock: FixedClock
) -> None:
    enrol(ciso, clock)
    administrator.post("/accounts/second-factor", data={"role": ["ciso", "direction"]})
    page = administrator.get("/accounts/second-factor").text
    assert len(re.findall(r'value="(?:ciso|direction)" checked', page)) == 2
    account = f"/accounts/{people.ids['ciso']}"
    assert "Retirer son second facteur" in administrator.get(account).text
    assert administrator.post(f"{account}/second-factor/remove").location == account
    assert administrator.post(f"{account}/second-factor/remove").status_code == 409
    assert ciso.get("/account").status_code == 302
