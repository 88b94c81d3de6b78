"""Databases made once per session, which each test copies: making the tables costs more than most tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

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
        self._free: dict[bool, list[str]] = {False: [], True: []}

    def free_one(self, *, hospitals: bool) -> str | None:
        """The name of a copy on the server that a test has given back, None when there is none."""
        return self._free[hospitals].pop() if self._free[hospitals] else None

    def give_back(self, url: str, *, hospitals: bool) -> None:
        """Put a copy on the server back to what its original holds, for the next test: a new one is a thousand files.

        One that a test still holds on to is left behind.
        """
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                connection.execute(text(_AS_IT_WAS))
        except OperationalError:
            return
        finally:
            engine.dispose()
        self._free[hospitals].append(name_of(url))

    def copy_to(self, target: str, *, hospitals: bool) -> None:
        """Make the database at `target` as a copy; one that was given back already is."""
        if self._exists(target):
            return
        source = self._original(target, hospitals=hospitals)
        if embedded(target):
            shutil.copyfile(file_of(source), file_of(target))
        else:
            _administer(target, f"CREATE DATABASE {name_of(target)} TEMPLATE {name_of(source)}")

    def _exists(self, target: str) -> bool:
        if embedded(target):
            return False
        with _administration(target) as connection:
            named = text("SELECT 1 FROM pg_database WHERE datname = :name")
            return connection.execute(named, {"name": name_of(target)}).first() is not None

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
            _remember(url)
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
    with _administration(url) as connection:
        connection.execute(text(command))


@contextmanager
def _administration(url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _remember(url: str) -> None:
    """Keep, in a schema of its own, what an original on the server holds and where its numbers stand."""
    if embedded(url):
        return
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(_KEEP))
    engine.dispose()


_KEEP = """
DO $$ DECLARE one text; filled boolean; BEGIN
  DROP SCHEMA IF EXISTS kept CASCADE;
  CREATE SCHEMA kept;
  CREATE TABLE kept.numbers AS
    SELECT schemaname, sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', one) INTO filled;
    IF filled THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', one, one); END IF;
  END LOOP;
END $$
"""
_AS_IT_WAS = """
DO $$ DECLARE one text; filled boolean; BEGIN
  SET LOCAL lock_timeout = '5s';
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', one) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM public.%I', one); END IF;
  END LOOP;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' AND tablename <> 'numbers' LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', one, one);
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename), coalesce(last_value, 1), last_value IS NOT NULL)
    FROM kept.numbers;
END $$
"""
