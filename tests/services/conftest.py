"""Services are tested on real databases: SQLite for every test, PostgreSQL too for those marked `both_databases`.

The PostgreSQL half of such a test carries the mark `postgresql`, so that `-m "not postgresql"` leaves it out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy.engine import make_url

from care import config
from care.adapters.evidence_files import FolderEvidence
from care.adapters.kits import PackagedKits
from care.adapters.passwords import Argon2Passwords
from care.adapters.secret_box import AesSecretBox, ensure_key_file
from care.adapters.signer import FileSigner
from care.domain.access import Level, Role, Scope, machine_scope
from care.services.platform import Platform
from care.store.engine import Database, open_database
from tests.services.originals import Originals, embedded, make_empty
from tests.support import postgresql
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, person
from tests.support.ports import JudgeHere, MemoryDoorbell, MemoryMailer, PlannedCollect

_numbers = itertools.count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        on_server = [pytest.param("postgresql", marks=pytest.mark.postgresql)] if both else []
        metafunc.parametrize("backend", ["sqlite", *on_server])


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server(*postgresql.THROWN_AWAY) as url:
        yield url


@pytest.fixture
def database_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of this test's database, which `empty_url` or `database` makes."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'care.sqlite3'}"
    server = make_url(request.getfixturevalue("postgresql_server"))
    name = f"care_{next(_numbers)}"
    if "database" in request.fixturenames:
        originals: Originals = request.getfixturevalue("originals")
        name = originals.free_one(hospitals="hospitals" in request.fixturenames) or name
    return server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def empty_url(database_url: str) -> str:
    """The URL of an empty database."""
    make_empty(database_url)
    return database_url


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Originals:
    folder = tmp_path_factory.mktemp("originals")
    return Originals(folder, lambda database, url: _platform(database, url, FixedClock(), folder))


@pytest.fixture
def database(database_url: str, originals: Originals, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with every table and the 18 regions; with the hospitals too when the test asks for them."""
    hospitals = "hospitals" in request.fixturenames
    originals.copy_to(database_url, hospitals=hospitals)
    opened = open_database(database_url)
    yield opened
    opened.close()
    if not embedded(database_url):
        originals.give_back(database_url, hospitals=hospitals)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def _platform(database: Database, url: str, clock: FixedClock, folder: Path) -> Platform:
    settings = config.load({"CARE_DATA_DIR": str(folder), "CARE_DATABASE_URL": url}, folder)
    cheap = Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    ensure_key_file(settings.secret_key_file)
    return Platform(
        settings=settings,
        database=database,
        clock=clock,
        passwords=cheap,
        secrets=AesSecretBox(settings.secret_key_file),
        signer=FileSigner(settings.seal_key_file),
        evidence=FolderEvidence(settings.evidence_dir),
        doorbell=MemoryDoorbell(),
        mailer=MemoryMailer(),
        collect=PlannedCollect(),
        judge_directory=JudgeHere(),
        kits=PackagedKits(),
    )


@pytest.fixture
def platform(database: Database, database_url: str, clock: FixedClock, tmp_path: Path) -> Platform:
    return _platform(database, database_url, clock, tmp_path)


@pytest.fixture
def hospitals(database: Database, database_url: str, originals: Originals) -> Hospitals:
    """Two hospitals of one GHT and one of another region."""
    return originals.hospitals_of(database_url)


@pytest.fixture
def machine() -> Scope:
    """The scope of the machine itself: everything is allowed."""
    return machine_scope("tests")


@pytest.fixture
def grades(hospitals: Hospitals) -> Scope:
    """Somebody of the regional centre of the first two hospitals."""
    return person(Role.REGIONAL, Level.REGION, hospitals.region)


@pytest.fixture
def ciso(hospitals: Hospitals) -> Scope:
    """The CISO of the valley hospital."""
    return person(Role.CISO, Level.ESTABLISHMENT, hospitals.valley)
