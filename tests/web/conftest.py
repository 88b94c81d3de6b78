"""An application on a real SQLite database, and browsers of several people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from care import config
from care.services.platform import Platform
from care.web import create_app
from care.wiring import build_platform


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    built = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path)}, tmp_path))
    yield built
    built.database.close()


@pytest.fixture
def app(platform: Platform) -> Flask:
    return create_app(platform, platform.settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
