"""An application on a real SQLite database of each test's own, and the browsers of several people.

What many tests begin with (the hospitals, the people, a campaign) is planted once and its data folder copied.

The people: the CISO of the valley hospital, a director there who only reads, a visitor there, a stranger (the CISO of
a hospital of another region), the platform's administrator, and nobody in particular.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from care import config
from care.adapters.passwords import Argon2Passwords
from care.domain.access import Grant, Level, Place, Role
from care.services import accounts
from care.services.platform import Platform
from care.services.setup import prepare_database
from care.web import create_app
from care.web.live import init_live
from care.wiring import build_platform
from tests.support.people import MACHINE, Hospitals, plant_hospitals
from tests.support.ports import JudgeHere
from tests.web.people import PASSWORD, People, plant_people
from tests.web.seeds import Seeds, SpecimenCollect, plant_audits

Browse = Callable[[str], FlaskClient]


@dataclass(frozen=True)
class Prepared:
    """A data folder made once, which tests copy, and the numbers of what was planted there."""

    folder: Path
    hospitals: Hospitals | None = None
    people: Mapping[str, int] = field(default_factory=dict)
    seeds: Seeds | None = None


def built(folder: Path) -> Platform:
    """The platform of a data folder, with quick passwords and specimens instead of a network."""
    platform = build_platform(config.load({"CARE_DATA_DIR": str(folder)}, folder))
    cheap = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return replace(platform, passwords=cheap, collect=SpecimenCollect(), judge_directory=JudgeHere())


@contextmanager
def copied(source: Path, folder: Path) -> Iterator[Platform]:
    """The platform of a copy of a data folder, closed afterwards."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    platform = built(folder)
    yield platform
    platform.database.close()


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """An empty, migrated database."""
    folder = tmp_path_factory.mktemp("bare")
    platform = built(folder)
    prepare_database(platform)
    platform.database.close()
    return Prepared(folder)


@pytest.fixture(scope="session")
def peopled(bare: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The hospitals and the people."""
    folder = tmp_path_factory.mktemp("peopled")
    with copied(bare.folder, folder) as platform:
        hospitals = plant_hospitals(platform)
        return Prepared(folder, hospitals, plant_people(platform, hospitals).ids)


@pytest.fixture(scope="session")
def audited(peopled: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Targets and a recorded campaign at the valley hospital too."""
    folder = tmp_path_factory.mktemp("audited")
    assert peopled.hospitals is not None
    with copied(peopled.folder, folder) as platform:
        return replace(peopled, folder=folder, seeds=plant_audits(platform, peopled.hospitals.valley))


@pytest.fixture
def prepared(request: pytest.FixtureRequest) -> Prepared:
    """The fullest data folder that the test asks for through its fixtures."""
    asked = request.fixturenames
    level = "audited" if "seeds" in asked else "peopled" if "hospitals" in asked else "bare"
    found: Prepared = request.getfixturevalue(level)
    return found


@pytest.fixture
def platform(prepared: Prepared, tmp_path: Path) -> Iterator[Platform]:
    with copied(prepared.folder, tmp_path) as one:
        yield one


@pytest.fixture(scope="session")
def made_once(bare: Prepared) -> Flask:
    """The application, whose pages are compiled once: making it costs more than most tests."""
    platform = built(bare.folder)
    platform.database.close()
    made = create_app(platform, platform.settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return made


@pytest.fixture
def app(made_once: Flask, platform: Platform) -> Iterator[Flask]:
    """The application over the platform of this test, every stream free, its settings as they were afterwards."""
    config_before = dict(made_once.config)
    made_once.extensions["care"] = platform
    init_live(made_once)
    yield made_once
    made_once.config.clear()
    made_once.config.update(config_before)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """The browser of nobody in particular."""
    return app.test_client()


@pytest.fixture
def hospitals(prepared: Prepared) -> Hospitals:
    assert prepared.hospitals is not None
    return prepared.hospitals


@pytest.fixture
def people(platform: Platform, prepared: Prepared, hospitals: Hospitals) -> People:
    return People(platform, dict(prepared.people))


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
def seeds(prepared: Prepared, hospitals: Hospitals) -> Seeds:
    """Targets and a recorded campaign at the valley hospital."""
    assert prepared.seeds is not None
    return prepared.seeds


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


@pytest.fixture
def nurse(browse: Browse, people: People, platform: Platform, hospitals: Hospitals) -> FlaskClient:
    """A head nurse of the valley hospital, who answers for an activity there."""
    grant = Grant(Role.ACTIVITY_OWNER, Place(Level.ESTABLISHMENT, hospitals.valley))
    draft = accounts.AccountDraft("cadre", "Mme Petit", PASSWORD, (grant,))
    people.ids["cadre"] = accounts.open_account(platform, MACHINE, draft).id
    return browse("cadre")
