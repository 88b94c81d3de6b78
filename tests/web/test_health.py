"""What supervisors ask: alive, ready, measures; nobody else learns anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from care.domain.jobs import JobKind
from care.services import jobs, readiness
from care.services.platform import Platform
from care.store.trouble import UnreachableError
from tests.support.people import MACHINE, Hospitals
from tests.web.conftest import Browse
from tests.web.seeds import Seeds


def test_alive_and_ready(browse: Browse) -> None:
    client = browse("anonymous")
    assert client.get("/health/live").get_json() == {"status": "ok"}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"status": "ok", "database": True, "schema": True, "disk": True},
    )


def test_a_database_that_is_away_or_a_full_disk_is_not_ready(browse: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_platform: Platform) -> None:
        raise UnreachableError("La base ne répond pas.", "The database does not answer.")

    monkeypatch.setattr(readiness, "check_database", away)
    monkeypatch.setattr(readiness, "LEAST_FREE", 1 << 62)
    answer = browse("anonymous").get("/health/ready")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "refused")
    assert not any(answer.get_json()[part] for part in ("database", "schema", "disk"))
    assert browse("anonymous").get("/health/live").status_code == 200


def test_measures_count_answers_and_jobs_and_name_nobody(
    browse: Browse, platform: Platform, seeds: Seeds, hospitals: Hospitals
) -> None:
    with platform.database.write() as session:
        jobs.submit(platform, session, jobs.Order(JobKind.PURGE), MACHINE.actor)
    ciso = browse("ciso")
    assert ciso.get(f"/establishments/{hospitals.valley}").status_code == 200
    text = browse("anonymous").get("/metrics").text
    assert 'care_http_answers_total{class="2xx",endpoint="establishments.home"}' in text
    assert 'care_http_seconds_bucket{endpoint="establishments.home",le="0.3"}' in text
    assert 'care_jobs{state="queued"}' in text
    assert "care_disk_free_bytes " in text
    for name in ("Vallée", "ciso", "127.0.0.1"):
        assert name not in text


@pytest.mark.parametrize(
    ("headers", "address"), [({"X-Forwarded-For": "203.0.113.9"}, "127.0.0.1"), ({}, "203.0.113.9")]
)
def test_measures_are_for_this_machine(browse: Browse, headers: dict[str, str], address: str) -> None:
    client = browse("anonymous")
    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 404


def test_with_a_token_only_who_shows_it_reads(
    app: Flask, browse: Browse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = tmp_path / "token"
    token.write_text("un-jeton-de-supervision\n")
    built: Platform = app.extensions["care"]
    settings = replace(built.settings, metrics_token_file=token)
    monkeypatch.setitem(app.extensions, "care", replace(built, settings=settings))

    def asked(shown: str) -> int:
        return browse("anonymous").get("/metrics", headers={"Authorization": f"Bearer {shown}"}).status_code

    assert (asked("un-jeton-de-supervision"), asked("autre"), asked("")) == (200, 404, 404)
    token.write_text("")
    assert asked("") == 404
