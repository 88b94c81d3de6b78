"""The whole database copied into one SQLite file while people work, and a SQLite file loaded into a server."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Connection, Insert, Table, bindparam, insert, select

from care.store import schema
from care.store.engine import Database, open_database
from care.store.tables import METADATA
from care.store.trouble import StorageError, explain

_BATCH = 2000
_PLAIN = re.compile(r"[a-z][a-z0-9_]*\Z")


def open_file(path: Path) -> Database:
    """The database of a SQLite file."""
    return open_database(f"sqlite:///{path}")


@contextmanager
def told() -> Iterator[None]:
    """What SQLite says of a file it is given outside of an engine, in one sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error) or StorageError(
            f"Le fichier SQLite ne se lit pas ({error}).", f"The SQLite file cannot be read ({error})."
        ) from error


def copy_out(database: Database, path: Path) -> None:
    """One consistent state of the database, in a new SQLite file of the same schema; nobody waits meanwhile."""
    if database.embedded:
        with told(), database.read() as session, closing(sqlite3.connect(path)) as copy:
            source = session.connection().connection.driver_connection
            if not isinstance(source, sqlite3.Connection):
                raise TypeError("not a SQLite connection")
            source.backup(copy)
    else:
        _export(database, path)
    settle(path)


def settle(path: Path) -> None:
    """Leave one file, on the disk: no journal beside it."""
    with told(), closing(sqlite3.connect(path)) as copy:
        copy.execute("PRAGMA journal_mode = DELETE")
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def row_counts(path: Path) -> dict[str, int]:
    """How many rows each table of a SQLite file has."""
    with told(), closing(sqlite3.connect(path)) as base:
        tables = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = sorted(name for name in tables if _PLAIN.match(name) and not name.startswith("sqlite_"))
        return {name: base.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ours}  # noqa: S608 - plain names


def _export(database: Database, path: Path) -> None:
    """Table by table, in one transaction that sees one state: needs no tool of the server's version."""
    if not schema.revision(database).up_to_date:
        raise StorageError(
            "La base de données n’est pas à jour : lancez « care db upgrade », puis recommencez.",
            "The database is not up to date: run “care db upgrade”, then try again.",
        )
    side = open_file(path)
    try:
        schema.upgrade(side)
        reading = database.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with reading.connect() as source, side.migrate() as target:
            for table in METADATA.tables.values():
                target.execute(table.delete())
                _copy_rows(source, target, table)
    finally:
        side.close()


def _copy_rows(source: Connection, target: Connection, table: Table) -> None:
    adding = _adding(table)
    found = source.execution_options(yield_per=_BATCH).execute(select(table)).mappings()
    for batch in found.partitions():
        target.execute(adding, [dict(row) for row in batch])


def _adding(table: Table) -> Insert:
    return insert(table).values({column.name: _given(column) for column in table.columns})


def _given(column: Column[Any]) -> Any:  # noqa: ANN401 - a parameter of any type
    """A column without a value stays without one: JSON would else write its own null."""
    if isinstance(column.type, JSON) and column.nullable:
        return bindparam(column.name, type_=JSON(none_as_null=True))
    return bindparam(column.name, type_=column.type)


def load_into(database: Database, path: Path) -> None:
    """Replace all that a server's database holds by a SQLite file of the program's schema, in one transaction.

    StorageError, and nothing changed, while anything else is connected to it.
    """
    side = open_file(path)
    try:
        with side.read() as source, database.migrate() as connection:
            _refuse_company(connection)
            _make_anew(connection)
            links = _unlinked(connection)
            for table in METADATA.tables.values():
                _copy_rows(source.connection(), connection, table)
            for link in links:
                connection.exec_driver_sql(link)
            _continue_numbers(connection)
            schema.stamp(connection)
    finally:
        side.close()


def _refuse_company(connection: Connection) -> None:
    """Another machine may run the platform on this database: the lock of this one does not know."""
    others = connection.exec_driver_sql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL"
        " AND pid <> pg_backend_pid()"
    ).scalar_one()
    if others:
        raise StorageError(
            f"{others} connexions sont ouvertes sur la base de données : arrêtez CaRE et ses exécutants sur toutes les"
            " machines, puis recommencez ; rien n’a été changé.",
            f"{others} connections are open on the database: stop CaRE and its workers on every machine, then try"
            " again; nothing was changed.",
        )


def _make_anew(connection: Connection) -> None:
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in (*METADATA.tables, "alembic_version"))
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {names} CASCADE")
    METADATA.create_all(connection)


def _unlinked(connection: Connection) -> list[str]:
    """Take the foreign keys away, so that rows come in any order; how each is put back, which checks every row."""
    found = connection.exec_driver_sql(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).all()
    for table, name, _definition in found:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return [f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}" for table, name, definition in found]


def _continue_numbers(connection: Connection) -> None:
    """New rows are numbered after those that came."""
    quote = connection.dialect.identifier_preparer.quote
    for table in METADATA.tables.values():
        if "id" in table.columns:
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{quote(table.name)}', 'id'), coalesce(max(id), 1),"  # noqa: S608 - quoted
                f" max(id) IS NOT NULL) FROM {quote(table.name)}"
            )


def same_rows(counted: Mapping[str, int], promised: Mapping[str, int]) -> bool:
    """Whether a file holds as many rows of each table as was told."""
    return dict(counted) == dict(promised)
