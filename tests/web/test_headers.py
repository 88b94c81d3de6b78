"""Every answer carries the security headers, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from care.services.platform import Platform
from care.web import create_app
from care.web.formats import clock


@pytest.mark.parametrize("path", ["/", "/sign-in", "/health", "/no-such-page", "/static/care.css"])
def test_every_answer_is_hardened(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    headers = answer.headers
    answer.close()
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_pages_are_not_kept_by_the_browser_and_fingerprinted_files_are(client: FlaskClient) -> None:
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"
    with client.get("/static/care.css?v=1") as answer:
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(client: FlaskClient) -> None:
    answer = client.get("/rules?severity=high")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/rules?severity%3Dhigh"


def test_a_write_without_its_token_is_refused(app: Flask, client: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/language", data={"lang": "en"})
    assert answer.status_code == 400
    assert "Le formulaire a expiré" in answer.text


def test_an_unknown_page_says_what_to_do(client: FlaskClient) -> None:
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "repartez de l’accueil" in answer.text


def test_a_defect_gives_a_reference_and_nothing_else(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise ZeroDivisionError("a secret detail")

    broken.open_to_all = True
    monkeypatch.setitem(app.view_functions, "home.health", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/health")
    assert answer.status_code == 500
    assert "Référence" in answer.text
    assert "secret detail" not in answer.text
    reference = caplog.records[-1].getMessage().split()[1].rstrip(":")
    assert reference in answer.text


def test_dates_and_uploads_follow_the_settings(platform: Platform) -> None:
    settings = replace(platform.settings, timezone="Indian/Reunion", upload_mb=1)
    app = create_app(replace(platform, settings=settings), settings)
    with app.test_request_context():
        g.scope = None
        assert clock(datetime(2026, 1, 5, 8, tzinfo=UTC)) == "12:00:00"
    answer = app.test_client().post("/sign-in", data={"login": "x" * (2 << 20)})
    assert answer.status_code == 413
