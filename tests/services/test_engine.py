from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Integer, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from care.store.base import UtcDateTime
from care.store.engine import Database, open_database
from care.store.trouble import StorageError

both = pytest.mark.both_databases


class Local(DeclarativeBase):
    pass


class Counter(Local):
    __tablename__ = "counter"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    value: Mapped[int]


class Moment(Local):
    __tablename__ = "moment"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@pytest.fixture
def counters(database: Database) -> Database:
    with database.migrate() as connection:
        Local.metadata.create_all(connection)
    with database.write() as session:
        session.add(Counter(id=1, value=0))
    return database


INCREMENT = """
import sys
from sqlalchemy import select
from care.store.engine import open_database
from tests.services.test_engine import Counter
database = open_database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.write() as session:
        session.scalars(select(Counter).with_for_update()).one().value += 1
"""


@both
def test_no_increment_is_lost_between_processes(counters: Database, database_url: str) -> None:
    each, processes = 50, 4
    command = [sys.executable, "-c", INCREMENT, database_url, str(each)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(processes)]
    assert [process.communicate(timeout=90)[1] for process in running] == [""] * processes
    with counters.read() as session:
        assert session.scalars(select(Counter.value)).one() == each * processes


@both
def test_a_read_session_cannot_write(counters: Database) -> None:
    with pytest.raises((StorageError, DatabaseError)), counters.read() as session:
        session.execute(text("UPDATE counter SET value = 5"))
    with counters.write() as session:  # the same connection writes again afterwards
        session.execute(text("UPDATE counter SET value = 6"))
    with counters.read() as session:
        assert session.scalars(select(Counter.value)).one() == 6


def test_a_read_session_neither_waits_for_a_writer_nor_stops_one(counters: Database) -> None:
    started = time.monotonic()
    with counters.write() as writing:
        writing.execute(text("UPDATE counter SET value = 1"))
        with counters.read() as reading:
            assert reading.scalars(select(Counter.value)).one() == 0
    with counters.read() as reading:
        reading.scalars(select(Counter.value)).one()
        with counters.write() as writing:
            writing.execute(text("UPDATE counter SET value = 2"))
        assert reading.execute(text("SELECT value FROM counter")).scalar_one() == 1, "one consistent state"
    assert time.monotonic() - started < 5


def test_the_embedded_database_is_set_up(database: Database) -> None:
    with database.write() as session:
        values = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "foreign_keys")
        }
    assert values == {"journal_mode": "wal", "foreign_keys": 1}


@both
def test_times_are_utc_and_aware(counters: Database) -> None:
    paris = datetime(2026, 7, 1, 10, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    with counters.write() as session:
        session.add_all([Moment(id=1, at=paris), Moment(id=2, at=paris + timedelta(seconds=1))])
    with counters.read() as session:
        stored = session.scalars(select(Moment.at).where(Moment.at <= paris)).one()
    assert stored == paris
    assert stored.tzinfo is UTC


def test_a_naive_time_is_refused(counters: Database) -> None:
    with pytest.raises(Exception, match="without its zone"), counters.write() as session:
        session.add(Moment(id=1, at=datetime(2026, 1, 1)))  # noqa: DTZ001 - what is refused


@both
def test_a_broken_constraint_stays_an_integrity_error(counters: Database) -> None:
    with pytest.raises(IntegrityError), counters.write() as session:
        session.add(Counter(id=1, value=3))


def test_a_locked_database_is_said_in_one_sentence(counters: Database, database_url: str) -> None:
    impatient = open_database(database_url)
    with counters.write():
        connection = impatient.engine.raw_connection()
        connection.cursor().execute("PRAGMA busy_timeout = 0")
        connection.close()
        with pytest.raises(StorageError, match="busy"), impatient.write() as session:
            session.execute(text("SELECT 1"))
    impatient.close()


def fill_the_disk(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE counter SET value = 9"))
        session.execute(text("PRAGMA max_page_count = 1"))
        session.execute(text("CREATE TABLE big AS SELECT zeroblob(10000000) AS content"))


def test_a_full_disk_is_said_and_writes_nothing(counters: Database) -> None:
    with pytest.raises(StorageError, match="full"):
        fill_the_disk(counters)
    with counters.read() as session:
        assert session.scalars(select(Counter.value)).one() == 0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"not a database at all" * 100), "damaged"),
        (lambda path: path.mkdir(), "cannot be opened"),
    ],
)
def test_an_unusable_file_is_said(tmp_path: Path, make: object, said: str) -> None:
    path = tmp_path / "broken.sqlite3"
    make(path)  # type: ignore[operator]
    broken = open_database(f"sqlite:///{path}")
    with pytest.raises(StorageError, match=said), broken.read() as session:
        session.execute(text("SELECT * FROM sqlite_master"))
    broken.close()


def test_an_absent_server_is_said() -> None:
    absent = open_database("postgresql+psycopg://care@127.0.0.1:1/care")
    with pytest.raises(StorageError, match="does not answer"), absent.read() as session:
        session.execute(text("SELECT 1"))


@both
def test_a_fault_of_the_program_is_not_dressed_up(counters: Database) -> None:
    with pytest.raises(DatabaseError), counters.read() as session:
        session.execute(text("SELECT nonsense FROM"))
