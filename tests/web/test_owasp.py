"""What OWASP's top ten (2021) and API top ten (2023) would try, by real requests; each test named after its entry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from care.adapters.https_courier import HttpsCourier
from care.services import accounts
from care.services.couriers import Question, UnreachedError
from care.services.platform import Platform
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.people import People

HOSTILE = (
    "' OR '1'='1' --",
    "\"><script>alert('care')</script>",
    "{{ 7*7 }}${7*7}",
    "../../../../etc/passwd",
    "\x00",
    "9" * 40,
    "-1",
    "%' UNION SELECT * FROM account --",
)
MARK = "<script>alert('care')"
FIELD = re.compile(r'<(?:input|select)\b[^>]*\bname="([^"]+)"')
USUAL = {"q", "page", "sort", "order", "severity", "state", "site", "year", "day", "kind", "lang", "next"}
OUTSIDE_FORMS = {"federation_entry"}
"""Questions of other installations: signed documents, sent by no browser."""


def of_an_establishment(app: Flask, valley: int) -> list[str]:
    """Every page that needs no more than the number of an establishment."""
    written = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    found = [re.sub(r"^/establishments/<int:\w+>", f"/establishments/{valley}", one) for one in written]
    return sorted(one for one in found if one.startswith(f"/establishments/{valley}") and "<" not in one)


def filled(rule: Rule) -> str:
    """An address of this rule, whatever it leads to."""
    return re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", _value, rule.rule)


def _value(found: re.Match[str]) -> str:
    if found[1] == "any":
        return re.split(r"[,\s]+", found[2])[0].strip("'\"")
    return "1" if found[1] == "int" else "x"


def test_a01_api1_broken_object_level_authorization(app: Flask, browse: Browse, hospitals: Hospitals) -> None:
    stranger = browse("stranger")
    pages = of_an_establishment(app, hospitals.valley)
    assert len(pages) > 50
    seen = {page: stranger.get(page).status_code for page in pages}
    assert {page: code for page, code in seen.items() if code != 404} == {}


def test_a01_csrf_each_write_without_its_token_is_refused(app: Flask, administrator: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set()) and rule.endpoint.split(".")[0] not in OUTSIDE_FORMS
    ]
    assert len(rules) > 100
    got = {rule.endpoint: administrator.post(filled(rule)).status_code for rule in rules}
    assert {name: code for name, code in got.items() if code != 400} == {}


@pytest.mark.parametrize(
    "path",
    ["/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fetc/passwd", "//etc/passwd"],
)
def test_a01_path_traversal(client: FlaskClient, path: str) -> None:
    answer = client.get(path, follow_redirects=True)
    assert "root:" not in answer.text
    answer.close()


def test_a02_cryptographic_failures_no_session_in_clear(browse: Browse, people: People, platform: Platform) -> None:
    token = people.token("ciso")
    folder = Path(platform.settings.data_dir)
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and "sqlite" in path.name)
    assert kept
    assert token.encode() not in kept


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a03_injection_in_every_search_and_filter(
    app: Flask, ciso: FlaskClient, hospitals: Hospitals, hostile: str
) -> None:
    for page in of_an_establishment(app, hospitals.valley):
        if page.endswith(("/events", "/progress")):
            continue
        with ciso.get(page) as shown:
            names = USUAL | set(FIELD.findall(shown.data.decode("latin-1")))
        with ciso.get(page, query_string=dict.fromkeys(names, hostile)) as answer:
            assert answer.status_code < 500, page
            assert MARK.encode() not in answer.data, page


def test_a05_security_misconfiguration_no_other_method_no_debugger(app: Flask, client: FlaskClient) -> None:
    assert not app.debug
    for method in ("TRACE", "PUT", "DELETE", "PATCH", "CONNECT"):
        assert client.open("/sign-in", method=method).status_code == 405
    assert client.get("/console").status_code == 404


@pytest.mark.parametrize("token", ["", "x", "'; --", "\u00e9" * 8, "A" * 4000, "../..", "eyJhbGciOiJub25lIn0.e30."])
def test_a07_api2_a_tampered_session_is_nobody(client: FlaskClient, people: People, token: str) -> None:
    client.set_cookie("care_session", token)
    assert client.get("/account").location.startswith("/sign-in")
    real = people.token("ciso")
    client.set_cookie("care_session", real[:-1] + ("A" if real[-1] != "A" else "B"))
    assert client.get("/account").location.startswith("/sign-in")


@pytest.mark.parametrize(
    "cookie", ["x", "eyJhIjoxfQ.aaaa.bbbb", ".eJwL.x.y", "gASVIAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU"]
)
def test_a08_a_tampered_form_cookie_is_not_read(client: FlaskClient, cookie: str) -> None:
    client.set_cookie("care_form", cookie)
    assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "http://127.0.0.1/", "gopher://127.0.0.1:25/", "https:///x", "ftp://127.0.0.1/", "//x"],
)
def test_a10_api7_ssrf_only_https_leaves(url: str) -> None:
    with pytest.raises(UnreachedError):
        HttpsCourier(connect_seconds=1, seconds=2).ask(Question(url))


def test_api3_mass_assignment_gives_no_right(browse: Browse, platform: Platform, people: People) -> None:
    before = accounts.find_account(platform, MACHINE, people.ids["director"])
    more = {
        "name": "Mme Autre",
        "role": "administrator",
        "grants": "administrator",
        "is_admin": "1",
        "active": "0",
        "id": "1",
    }
    browse("director").post("/account/profile", data=more)
    after = accounts.find_account(platform, MACHINE, people.ids["director"])
    assert after.grants == before.grants


@pytest.mark.parametrize("host", ["mechant.test", "mechant.test:80@x", "care.test/../mechant"])
def test_api8_the_host_header_is_never_written_back(client: FlaskClient, host: str) -> None:
    for path in ("/", "/sign-in", "/no-such-page"):
        answer = client.get(path, headers={"Host": host, "X-Forwarded-Host": host})
        assert answer.status_code < 500
        assert "mechant" not in answer.text
        assert "mechant" not in (answer.location or "")
