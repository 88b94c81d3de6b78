"""The database: two kinds of transactions, the same on SQLite and PostgreSQL.

`read()` never takes the write lock and refuses to write. `write()` opens with BEGIN IMMEDIATE on SQLite, because the
driver's deferred BEGIN loses updates between concurrent writers. PostgreSQL runs at READ COMMITTED: code that reads a
row to change it asks for `with_for_update()` (nothing on SQLite, where the writer is already alone).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from sqlite3 import Connection as SqliteConnection

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from care.domain.mounts import network_file_system
from care.store import tables
from care.store.trouble import StorageError, explain

BUSY_TIMEOUT_MS = 20_000
CONNECT_TIMEOUT_S = 5
_KIND = "care_transaction"
_WHOLE = tables.METADATA
"""Who writes one table needs every table its keys point to, whichever services this process has imported."""


class Database:
    """One database, shared by all threads of a process. Sessions are short and belong to one thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(postgresql_readonly=True)
        self._writing = engine.execution_options(**{_KIND: "write"})
        self._migrating = engine.execution_options(**{_KIND: "migrate"})

    @property
    def embedded(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state on SQLite and can write nothing."""
        with _said(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back by any exception."""
        with _said(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            session.connection()  # the lock is taken here, not at the first statement
            yield session

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """A connection in one write transaction that may rebuild tables; foreign keys are checked at its end."""
        with _said(), self._migrating.begin() as connection:
            yield connection
            if self.embedded and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StorageError(
                    "La mise à jour laisserait des liens rompus dans la base de données : rien n’a été changé.",
                    "The upgrade would leave broken links in the database: nothing was changed.",
                )

    def within(self, session: Session) -> Database:
        """This database as seen from a transaction already open: whatever is read and written goes into it.

        For what must be whole or not at all, and calls services that each write for themselves.
        """
        return _Within(self.engine, session)

    def close(self) -> None:
        """Close the connections of this process."""
        self.engine.dispose()


class _Within(Database):
    """One transaction, that of somebody else, who commits it or drops it."""

    def __init__(self, engine: Engine, session: Session) -> None:
        super().__init__(engine)
        self._session = session

    @contextmanager
    def read(self) -> Iterator[Session]:
        yield self._session

    @contextmanager
    def write(self) -> Iterator[Session]:
        yield self._session
        self._session.flush()


def open_database(url: str) -> Database:
    """The database at `url`. Nothing is created; StorageError when SQLite would sit on a network file system."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        settings = {"connect_timeout": CONNECT_TIMEOUT_S, "options": f"-c lock_timeout={BUSY_TIMEOUT_MS}"}
        return Database(create_engine(url, connect_args=settings, pool_pre_ping=True))
    path = Path(parsed.database or "").resolve()
    _refuse_network(path)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _refuse_network(path: Path) -> None:
    mounts = Path("/proc/mounts")
    kind = network_file_system(mounts.read_text(), PurePosixPath(path)) if mounts.exists() else None
    if kind is not None:
        raise StorageError(
            f"La base SQLite {path} est sur un système de fichiers réseau ({kind}), où ses verrous ne sont pas sûrs :"
            " mettez-la sur un disque local ou utilisez PostgreSQL.",
            f"The SQLite database {path} is on a network file system ({kind}), where its locks cannot be trusted:"
            " put it on a local disk or use PostgreSQL.",
        )


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # the driver opens no transaction by itself: `_begin_sqlite` does
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",  # a committed finding survives a power cut
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get(_KIND, "read")
    connection.exec_driver_sql(f"PRAGMA query_only = {int(kind == 'read')}")
    # Rebuilding a table drops the old one, which would cascade to the rows that point at it.
    connection.exec_driver_sql(f"PRAGMA foreign_keys = {int(kind != 'migrate')}")
    connection.exec_driver_sql("BEGIN" if kind == "read" else "BEGIN IMMEDIATE")


@contextmanager
def _said() -> Iterator[None]:
    """Turn the machine's troubles into one sentence. Broken constraints and code faults stay what they are."""
    try:
        yield
    except IntegrityError:
        raise
    except (DatabaseError, psycopg.DatabaseError) as error:  # a bulk load speaks to the driver itself
        said = explain(getattr(error, "orig", None) or error)
        if said is None:
            raise
        raise said from error
