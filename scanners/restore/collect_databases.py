"""Loads restored PostgreSQL dumps in a throw-away server, and asks them what they hold."""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import IO, Literal, cast

import psycopg
from psycopg import sql

from scanners.backup.collect_process import ToolStoppedError
from scanners.backup.collect_repository import StoredFile, UnreadableError, same_size, short
from scanners.backup.collect_watched import Watched, end_children
from scanners.foreign_text import clean
from scanners.model import Gap, Text
from scanners.restore.collect_drill import Brought
from scanners.restore.collect_postgresql import FENCE, Connection, Server, server
from scanners.restore.facts import MAX_TABLES, Database, QueryResult, Table
from scanners.restore.sql_script import Order, Script

_CUSTOM, _GZIP, _TAR = b"PGDMP", b"\x1f\x8b", b"ustar"
_MOST_ROWS = 1_000_000
_NAME = 120
_UNKNOWN_SETTING = "42704"
_ERROR = re.compile(r"^pg_restore: error: ?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """What to ask each database once loaded ("": nothing), and until when (monotonic clock)."""

    query: str
    deadline: float

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.deadline - time.monotonic()


@dataclass
class _Loaded:
    """What came of loading: orders refused and the first complaint, orders left out on purpose."""

    errors: int = 0
    first: str = ""
    left_out: int = 0

    def refused(self, words: str) -> None:
        self.errors += 1
        self.first = self.first or short(words)


def databases_of(
    brought: Brought, dumps: Sequence[str], question: Question, place: Watched
) -> tuple[tuple[Database, ...], tuple[Gap, ...]]:
    """Each dump in a server of its own; a gap for what could not be tried."""
    found: list[Database] = []
    gaps: list[Gap] = []
    for dump in dumps:
        file = next((one for path, one in brought.files.items() if path.strip("/") == dump.strip("/")), None)
        try:
            found.append(_tried(brought, file, question, place))
        except UnreadableError as error:
            gaps.append(Gap("database", _about(dump, error.reason), subject=dump))
        except ToolStoppedError:
            place.check()
            gaps.append(Gap("database", _about(dump, _TOO_LONG), subject=dump))
        except psycopg.Error as error:
            place.check()
            said = short(str(error))
            reason = Text(f"le serveur d’essai a cessé de répondre ({said}).", f"the trial server went away ({said}).")
            gaps.append(Gap("database", _about(dump, _TOO_LONG if question.left <= 0 else reason), subject=dump))
    return tuple(found), tuple(gaps)


_TOO_LONG = Text(
    "le chargement a été arrêté à sa limite de temps, relevez-la.", "loading was stopped at its time limit, raise it."
)


def _about(dump: str, reason: Text) -> Text:
    """A dump is named as the person named it."""
    name = clean(dump, _NAME)
    return Text(f"Base {name} : {reason.fr}", f"Database {name}: {reason.en}")


def _tried(brought: Brought, file: StoredFile | None, question: Question, place: Watched) -> Database:
    path = same_size(brought.target, file) if file else None
    if file is None or path is None:
        raise UnreadableError("ce fichier n’est pas revenu de la restauration.", "this file did not come back.")
    began, kind = time.perf_counter(), _kind(path)
    with server(place.folder, question.left) as running, _ended_at(question):
        loaded = _load(running, path, kind, question)
        tables = _tables(running)
        answer, trouble = _answer(running, question.query) if question.query else (None, "")
    return Database(
        path=sha256(file.path.encode("utf-8", "surrogateescape")).hexdigest(),
        kind=kind,
        server=running.version,
        seconds=round(time.perf_counter() - began, 3),
        tables=tables,
        errors=loaded.errors,
        first=loaded.first,
        left_out=loaded.left_out,
        answer=answer,
        asked_error=trouble,
    )


@contextmanager
def _ended_at(question: Question) -> Iterator[None]:
    """End the server at the deadline, whatever it does."""
    timer = threading.Timer(max(question.left, 0.0), end_children)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _kind(path: Path) -> Literal["custom", "plain"]:
    with _opened(path) as file:
        start = file.read(512)
    if start.startswith(_CUSTOM):
        return "custom"
    if start[257:262] == _TAR or b"\0" in start:
        raise UnreadableError(
            "ni une archive « pg_dump -Fc » ni un script SQL : nommez le fichier que pg_dump a écrit.",
            "neither a `pg_dump -Fc` archive nor an SQL script: name the file that pg_dump wrote.",
        )
    return "plain"


def _opened(path: Path) -> IO[bytes]:
    """A dump, unpacked on the way when it was compressed by gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == _GZIP
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


# ---------------------------------------------------------------- loading


def _load(running: Server, path: Path, kind: Literal["custom", "plain"], question: Question) -> _Loaded:
    loaded = _Loaded()
    if kind == "custom":
        for words in _ERROR.findall(running.restore(path, question.left)):
            loaded.refused(words)
        return loaded
    try:
        with _opened(path) as file, running.connect() as connection:
            script = Script(iter(lambda: file.readline(64 << 20), b""))
            for order in script.orders():
                _obey(connection, script, order, loaded)
    except (EOFError, gzip.BadGzipFile) as error:
        loaded.refused(str(error))
    return loaded


def _obey(connection: Connection, script: Script, order: Order, loaded: _Loaded) -> None:
    if order.sort == "left_out":
        loaded.left_out += 1
    elif order.sort == "obeyed_by_psql":
        loaded.refused("an order for psql was not followed")
    elif order.sort == "too_long":
        loaded.refused("an order is too long, make the dump with pg_dump -Fc")
    else:
        _run(connection, script, order, loaded)


def _run(connection: Connection, script: Script, order: Order, loaded: _Loaded) -> None:
    """One order. Errors of the server are counted; those of the connection end the load."""
    rows = script.copied() if order.sort == "copy" else iter(())
    try:
        with connection.cursor() as cursor:
            if order.sort == "order":
                cursor.execute(order.sql)
                return
            with cursor.copy(order.sql) as copy:
                for row in rows:
                    copy.write(row)
    except psycopg.Error as error:
        for _row in rows:
            pass  # what is left of a refused COPY is no SQL
        if connection.broken or connection.closed:
            raise
        if error.sqlstate == _UNKNOWN_SETTING and order.sql.lstrip()[:4].upper() == b"SET ":
            loaded.left_out += 1  # a setting of a later version
        else:
            loaded.refused(str(error))


# ---------------------------------------------------------------- asking

_LIST = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname <> 'information_schema' AND n.nspname <> %s
AND n.nspname NOT LIKE 'pg\\_%%' ORDER BY 1, 2 LIMIT %s
"""


def _tables(running: Server) -> tuple[Table, ...]:
    """The tables and their rows, read by the account that loaded them: never by a superuser."""
    with running.connect() as connection:
        connection.execute("SET search_path = pg_catalog")
        connection.execute("SET default_transaction_read_only = on")
        named = connection.execute(_LIST, (FENCE, MAX_TABLES)).fetchall()
        return tuple(_counted(connection, str(schema), str(name)) for schema, name in named)


def _counted(connection: Connection, schema: str, name: str) -> Table:
    shown = clean(name if schema == "public" else f"{schema}.{name}", _NAME)
    try:
        found = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))).fetchone()
    except psycopg.DatabaseError:
        if connection.broken or connection.closed:
            raise
        return Table(shown, None)
    return Table(shown, int(str(found[0])) if found else None)


def _answer(running: Server, query: str) -> tuple[QueryResult | None, str]:
    """How many rows a question gives, and its value when it is one number: nothing else leaves the database."""
    try:
        with running.connect() as connection, connection.transaction():
            connection.execute("SET TRANSACTION READ ONLY")
            with connection.cursor(name="care_question") as cursor:
                cursor.execute(query.encode())
                first = cursor.fetchmany(1_000)
                rows = len(first)
                while rows < _MOST_ROWS and (more := cursor.fetchmany(1_000)):
                    rows += len(more)
    except psycopg.DatabaseError as error:
        return None, short(str(error)) or "?"
    return QueryResult(rows, _number(first)), ""


def _number(rows: Sequence[tuple[object, ...]]) -> float | None:
    if len(rows) == 1 and len(rows[0]) == 1:
        value = rows[0][0]
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return float(value)
    return None
