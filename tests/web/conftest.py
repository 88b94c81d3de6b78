"""An application on a real SQLite database, and the browsers of several people.

The people: the CISO of the valley hospital, a director there who only reads, a visitor there, a stranger (the CISO of
a hospital of another region), the platform's administrator, and nobody in particular.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from care import config
from care.adapters.passwords import Argon2Passwords
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.web import create_app
from care.wiring import build_platform
from tests.support.people import Hospitals, plant_hospitals
from tests.web.people import People, plant_people
from tests.web.seeds import Seeds, SpecimenCollect, plant_audits

Browse = Callable[[str], FlaskClient]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty, migrated database, made once and copied by each test."""
    folder = tmp_path_factory.mktemp("prepared")
    built = build_platform(config.load({"CARE_DATA_DIR": str(folder)}, folder))
    prepare_database(built)
    built.database.close()
    return folder


@pytest.fixture
def platform(prepared: Path, tmp_path: Path) -> Iterator[Platform]:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    built = build_platform(config.load({"CARE_DATA_DIR": str(tmp_path)}, tmp_path))
    cheap = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    platform = replace(built, passwords=cheap, collect=SpecimenCollect())
    yield platform
    platform.database.close()


@pytest.fixture
def app(platform: Platform) -> Flask:
    made = create_app(platform, platform.settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """The browser of nobody in particular."""
    return app.test_client()


@pytest.fixture
def hospitals(platform: Platform) -> Hospitals:
    return plant_hospitals(platform)


@pytest.fixture
def people(platform: Platform, hospitals: Hospitals) -> People:
    return plant_people(platform, hospitals)


@pytest.fixture
def browse(app: Flask, people: People) -> Browse:
    """`browse("ciso")` gives the browser of that person, signed in; `browse("anonymous")` that of nobody."""

    def browser(who: str) -> FlaskClient:
        client = app.test_client()
        if who != "anonymous":
            client.set_cookie("care_session", people.token(who))
        return client

    return browser


@pytest.fixture
def seeds(platform: Platform, hospitals: Hospitals) -> Seeds:
    """Targets and a recorded campaign at the valley hospital."""
    return plant_audits(platform, hospitals.valley)


@pytest.fixture
def here(hospitals: Hospitals) -> str:
    """The address of the valley hospital."""
    return f"/establishments/{hospitals.valley}"


@pytest.fixture
def ciso(browse: Browse) -> FlaskClient:
    return browse("ciso")


@pytest.fixture
def administrator(browse: Browse) -> FlaskClient:
    return browse("administrator")
