"""Services are tested on real databases: SQLite for every test, PostgreSQL too for those marked `both_databases`.

The PostgreSQL half of such a test carries the mark `postgresql`, so that `-m "not postgresql"` leaves it out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from care import config
from care.adapters.evidence_files import FolderEvidence
from care.adapters.kits import PackagedKits
from care.adapters.passwords import Argon2Passwords
from care.adapters.secret_box import AesSecretBox, ensure_key_file
from care.adapters.signer import FileSigner
from care.domain.access import Scope, machine_scope
from care.services.platform import Platform
from care.services.registry import ensure_regions
from care.store.engine import Database, open_database
from care.store.tables import METADATA
from tests.support import postgresql
from tests.support.clock import FixedClock
from tests.support.people import Hospitals, plant_hospitals
from tests.support.ports import MemoryDoorbell, MemoryMailer, PlannedCollect

_numbers = itertools.count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases") is not None
        on_server = [pytest.param("postgresql", marks=pytest.mark.postgresql)] if both else []
        metafunc.parametrize("backend", ["sqlite", *on_server])


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'care.sqlite3'}"
    server = request.getfixturevalue("postgresql_server")
    name = f"care_{next(_numbers)}"
    administration = create_engine(server, isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    administration.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    """A database with every table and the 18 regions."""
    opened = open_database(empty_url)
    with opened.migrate() as connection:
        METADATA.create_all(connection)
    with opened.write() as session:
        ensure_regions(session)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def platform(database: Database, empty_url: str, clock: FixedClock, tmp_path: Path) -> Platform:
    settings = config.load({"CARE_DATA_DIR": str(tmp_path), "CARE_DATABASE_URL": empty_url}, tmp_path)
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
        kits=PackagedKits(),
    )


@pytest.fixture
def hospitals(platform: Platform) -> Hospitals:
    """Two hospitals of one GHT and one of another region."""
    return plant_hospitals(platform)


@pytest.fixture
def machine() -> Scope:
    """The scope of the machine itself: everything is allowed."""
    return machine_scope("tests")
