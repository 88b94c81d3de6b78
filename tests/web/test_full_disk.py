"""When the disk is full, what is stored is still read; what would be written is refused whole, and comes back."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from care.services.platform import Platform
from care.services.sessions import TOUCH_EVERY
from care.store.accounts import WebSession
from care.store.trail import TrailEvent
from tests.support.clock import FixedClock

_LARGEST_LEFT = 4096


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond four kilobytes, as when a quota is reached."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_LEFT, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def events(platform: Platform) -> int:
    with platform.database.read() as session:
        return session.scalar(select(func.count()).select_from(TrailEvent)) or 0


def seen(platform: Platform) -> object:
    with platform.database.read() as session:
        return session.scalars(select(WebSession.seen_at)).one()


def test_pages_are_read_and_writes_refused_until_there_is_room_again(
    platform: Platform,
    ciso: FlaskClient,
    here: str,
    monkeypatch: pytest.MonkeyPatch,
    app: Flask,
    caplog: pytest.LogCaptureFixture,
) -> None:
    added = ciso.post(
        f"{here}/evidence/new",
        data={"kind": "procedure", "title": "Plan", "owner": "Cadre", "file": (BytesIO(b"%PDF-1.7 plan"), "plan.pdf")},
    )
    paper = f"{added.location}/file"
    assert ciso.get(here).status_code == 200
    first, before = seen(platform), events(platform)
    # A minute later the session is due to be noted as in use, which a full disk must not make the pages depend on.
    later = FixedClock(platform.clock.now() + TOUCH_EVERY + timedelta(seconds=5))
    monkeypatch.setitem(app.extensions, "care", replace(platform, clock=later))
    with full_disk():
        for page in (here, f"{here}/findings", f"{here}/evidence", f"{here}/crisis"):
            assert ciso.get(page).status_code == 200, page
        with ciso.get(paper) as given:
            assert given.data == b"%PDF-1.7 plan"
        assert "not in the trail" in caplog.text
        refused = ciso.post("/account/profile", data={"name": "Autre nom", "lang": "fr"})
        assert refused.status_code == 503
        assert "disque" in refused.text
        assert (seen(platform), events(platform)) == (first, before)
    assert ciso.post("/account/profile", data={"name": "Autre nom", "lang": "fr"}).status_code == 302
    assert (seen(platform), events(platform)) == (later.now(), before + 1)
