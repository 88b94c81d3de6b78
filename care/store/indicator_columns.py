"""Values of indicators read by column: millions of rows, of which the mapper would make millions of objects."""

from __future__ import annotations

import sqlite3
import struct
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, cast

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from care.domain.months import Month

EPOCH = date(1970, 1, 1)
_FIELDS = 5
_WHERE = "FROM indicator_value WHERE indicator = {0} AND month = {0}"
_SAME = "CASE WHEN version = {0} THEN 1 ELSE 0 END"
# A day of SQLite is text; its Julian day begins at noon.
_ON_SQLITE = (
    f"SELECT holder_id, {_SAME}, numerator, denominator, CAST(julianday(as_of) - 2440587.5 AS INTEGER) {_WHERE}"
)
_ON_POSTGRESQL = (
    f"COPY (SELECT holder_id::int8, ({_SAME})::int8, numerator::int8, denominator::int8,"
    f" (as_of - DATE '1970-01-01')::int8 {_WHERE}) TO STDOUT (FORMAT BINARY)"
)
_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_ROW = np.dtype([("fields", ">i2"), ("cells", [("length", ">i4"), ("number", ">i8")], _FIELDS)])


@dataclass(frozen=True, slots=True)
class ValueColumns:
    """The values of one indicator for one month, row by row: whose, whether they are of the version asked for, both
    numbers, and the day of the facts as days since `EPOCH`."""

    holder: NDArray[np.int64]
    same: NDArray[np.int64]
    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64]
    day: NDArray[np.int64]


def value_columns(session: Session, indicator: str, version: str, month: Month) -> ValueColumns:
    """Read them; in no order."""
    connection = session.connection()
    values = (version, indicator, month)
    if connection.dialect.name == "sqlite":
        embedded = cast("sqlite3.Connection", connection.connection.driver_connection)
        rows = embedded.execute(_ON_SQLITE.format("?"), values)  # as the driver gives them: nothing made of each
        table = np.fromiter(chain.from_iterable(rows), dtype=np.int64).reshape(-1, _FIELDS)
    else:
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        with driver.cursor().copy(_ON_POSTGRESQL.format("%s"), values) as copy:
            table = _numbers(b"".join(copy))
    return ValueColumns(*(np.ascontiguousarray(table[:, column]) for column in range(_FIELDS)))


def _numbers(copied: bytes) -> NDArray[np.int64]:
    """The rows of a binary COPY of 64-bit numbers, none of them null: signature, flags, header, rows, two bytes."""
    if not copied.startswith(_SIGNATURE):
        raise ValueError("PostgreSQL answered something other than a binary COPY")
    (longer,) = struct.unpack_from(">i", copied, len(_SIGNATURE) + 4)
    rows = np.frombuffer(copied[len(_SIGNATURE) + 8 + longer : -2], dtype=_ROW)
    numbers: NDArray[np.int64] = rows["cells"]["number"].astype(np.int64)
    return numbers
