"""Thousands of rows in a few statements, through the driver: `executemany` on SQLite, COPY on PostgreSQL.

The mapper spends ten times longer on a row than the database does. What is given here is encoded column by column, by
the same types as everywhere else, so that rows are the same as if the mapper had written them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any, cast

import psycopg
from sqlalchemy import JSON, BigInteger, ColumnElement, Connection, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import InstrumentedAttribute, Session

from care.store.base import Base


@dataclass(frozen=True, slots=True)
class Same:
    """The value of a column in every row."""

    value: object


Columns = Mapping[str, Sequence[Any] | Same]
"""The values of each column, in the order of the rows."""


class _Known(dict[Any, Any]):
    """What values are encoded to: the few that a column repeats (times, states) are encoded once."""

    def __init__(self, encode: Callable[[Any], Any]) -> None:
        super().__init__()
        self._encode = encode

    def __missing__(self, value: Any) -> Any:  # noqa: ANN401 - any value of a column
        self[value] = encoded = self._encode(value)
        return encoded


def load(session: Session, table: type[Base], count: int, columns: Columns) -> None:
    """Insert `count` rows given by column; a column left out is null (no default of the mapper applies)."""
    if not count:
        return
    connection = session.connection()
    described = {one.name: one for one in table.__table__.columns}
    encoded = [_encoded(described[name], values, connection.dialect) for name, values in columns.items()]
    rows = islice(zip(*encoded, strict=False), count)  # what is the same in every row has no end
    names = ", ".join(columns)  # names of our own columns only
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        into = f"INSERT INTO {table.__tablename__} ({names}) VALUES ({marks})"  # noqa: S608 - our columns
        connection.exec_driver_sql(into, list(rows))
        return
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    with _keys_by_index(connection), driver.cursor().copy(f"COPY {table.__tablename__} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _keys_by_index(connection: Connection) -> Iterator[None]:
    """PostgreSQL keeps the plan of a foreign key's check for as long as a connection lives: made while the other table
    is small, it would read that table whole for each of the rows that come once it is large."""
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    yield
    connection.exec_driver_sql("SET LOCAL enable_seqscan = on")


def _encoded(column: Any, values: Sequence[Any] | Same, dialect: Dialect) -> Iterator[Any]:  # noqa: ANN401 - a column
    encode = column.type.dialect_impl(dialect).bind_processor(dialect)
    if isinstance(values, Same):
        return repeat(encode(values.value) if encode else values.value)
    if encode is None:
        return iter(values)
    return map(encode if isinstance(column.type, JSON) else _Known(encode).__getitem__, values)


def next_ids(session: Session, table: type[Base], count: int) -> list[int]:
    """Identifiers for `count` new rows, in a write transaction: its sequence's, or those after the last on SQLite."""
    name = table.__tablename__
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(table.__table__.c.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(session.scalars(sequence, {"name": name, "count": count}))


def among(session: Session, column: InstrumentedAttribute[int], ids: Collection[int]) -> ColumnElement[bool]:
    """The condition that keeps rows whose `column` is one of `ids`, whatever their number: one parameter."""
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(json.dumps(list(ids))).table_valued("value")
        return column.in_(select(each.c.value))
    wanted = bindparam(None, list(ids), type_=ARRAY(BigInteger))
    return column == any_(wanted)
