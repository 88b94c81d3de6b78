"""Databases made once per session, which each test copies: making the tables costs more than most tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from care.services.platform import Platform
from care.services.registry import ensure_regions
from care.store.engine import Database, open_database
from care.store.tables import METADATA
from tests.support.people import Hospitals, plant_hospitals


class Originals:
    """Of each kind of database: one with its tables and the regions, one with the hospitals too."""

    def __init__(self, folder: Path, platform_over: Callable[[Database, str], Platform]) -> None:
        self._folder = folder
        self._platform_over = platform_over
        self._hospitals: dict[str, Hospitals] = {}
        self._made: set[str] = set()

    def copy_to(self, target: str, *, hospitals: bool) -> None:
        """Make the database at `target`, where there is none, as a copy."""
        source = self._original(target, hospitals=hospitals)
        if embedded(target):
            shutil.copyfile(file_of(source), file_of(target))
        else:
            _administer(target, f"CREATE DATABASE {name_of(target)} TEMPLATE {name_of(source)}")

    def hospitals_of(self, url: str) -> Hospitals:
        """The hospitals of a copy that was made with them."""
        return self._hospitals[self._sibling(url, hospitals=True)]

    def _sibling(self, url: str, *, hospitals: bool) -> str:
        name = "original_hospitals" if hospitals else "original"
        beside = str(self._folder / f"{name}.sqlite3") if embedded(url) else name
        return make_url(url).set(database=beside).render_as_string(hide_password=False)

    def _original(self, target: str, *, hospitals: bool) -> str:
        url = self._sibling(target, hospitals=hospitals)
        if url not in self._made:
            if hospitals:
                self._plant(url)
            else:
                _make(url)
            self._made.add(url)
        return url

    def _plant(self, url: str) -> None:
        self.copy_to(url, hospitals=False)
        opened = open_database(url)
        self._hospitals[url] = plant_hospitals(self._platform_over(opened, url))
        opened.close()


def embedded(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def file_of(url: str) -> Path:
    return Path(name_of(url))


def name_of(url: str) -> str:
    name = make_url(url).database
    assert name
    return name


def make_empty(url: str) -> None:
    """Make the empty database; a SQLite one makes itself."""
    if not embedded(url):
        _administer(url, f"CREATE DATABASE {name_of(url)}")


def _make(url: str) -> None:
    make_empty(url)
    opened = open_database(url)
    with opened.migrate() as connection:
        METADATA.create_all(connection)
    with opened.write() as session:
        ensure_regions(session)
    opened.close()


def _administer(url: str, command: str) -> None:
    administration = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(text(command))
    administration.dispose()
