"""The national list of establishments as last imported, and the imports made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from care.domain.finess_extract import Entry
from care.store.base import BIG, Base, Id


class FinessImport(Base):
    """One import of the open extract. `dated` is the date written in the file."""

    __tablename__ = "finess_import"

    id: Mapped[Id]
    file_name: Mapped[str] = mapped_column(String(255))
    dated: Mapped[date]
    imported_at: Mapped[datetime]
    entries: Mapped[int]
    closed: Mapped[int]


class FinessEntry(Base):
    """One establishment of the extract. `closed_on` is the date of the first extract that no longer lists it."""

    __tablename__ = "finess_entry"

    finess: Mapped[str] = mapped_column(String(9), primary_key=True)
    legal_entity_finess: Mapped[str] = mapped_column(String(9), index=True)
    name: Mapped[str] = mapped_column(String(300))
    category_code: Mapped[str] = mapped_column(String(4))
    category: Mapped[str] = mapped_column(String(200))
    siret: Mapped[str] = mapped_column(String(14))
    department: Mapped[str] = mapped_column(String(3))
    region_code: Mapped[str | None] = mapped_column(String(2))
    city: Mapped[str] = mapped_column(String(200))
    opened_on: Mapped[date | None]
    updated_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    import_id: Mapped[int] = mapped_column(BIG, ForeignKey("finess_import.id"))


_NAMES = ", ".join((*Entry._fields, "import_id"))
_UPDATES = ", ".join(f"{name} = excluded.{name}" for name in _NAMES.split(", ") if name != "finess")
# All three are made of the names of our own columns only.
_COPY = f"COPY finess_loading ({_NAMES}) FROM STDIN"
_MERGE = f"INSERT INTO finess_entry ({_NAMES}) SELECT DISTINCT ON (finess) {_NAMES} FROM finess_loading"  # noqa: S608 - ours
_INSERT = f"INSERT INTO finess_entry ({_NAMES}) VALUES ({', '.join('?' for _ in _NAMES.split(', '))})"  # noqa: S608 - ours
_UPSERT = f" ON CONFLICT (finess) DO UPDATE SET {_UPDATES}, closed_on = NULL"
_BATCH = 2000


def load_entries(session: Session, entries: Iterator[Entry], import_id: int) -> int:
    """Add or update entries, opening again those that were closed; returns how many were read.

    Plain SQL and flat memory: a hundred thousand rows pass here. Of two entries with one number only one is kept.
    """
    connection = session.connection()
    rows = ((*entry, import_id) for entry in entries)
    return _load_sqlite(connection, rows) if connection.dialect.name == "sqlite" else _load_postgresql(connection, rows)


def _load_sqlite(connection: Connection, rows: Iterator[tuple[object, ...]]) -> int:
    loaded = 0
    while batch := list(islice(rows, _BATCH)):
        connection.exec_driver_sql(_INSERT + _UPSERT, batch)
        loaded += len(batch)
    return loaded


def _load_postgresql(connection: Connection, rows: Iterator[tuple[object, ...]]) -> int:
    connection.exec_driver_sql("CREATE TEMPORARY TABLE finess_loading (LIKE finess_entry) ON COMMIT DROP")
    loaded = 0
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with driver.cursor().copy(_COPY) as copy:
        for loaded, row in enumerate(rows, 1):  # noqa: B007 - counted for the caller
            copy.write_row(row)
    connection.exec_driver_sql(_MERGE + _UPSERT)
    return loaded
