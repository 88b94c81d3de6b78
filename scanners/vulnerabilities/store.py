"""The local store of known vulnerabilities: one SQLite file, filled by imports, looked up by comparisons.

One import is one transaction: killed, refused or cut short, it leaves what was there. Readers never wait for it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from scanners.vulnerabilities.matching import Tracked
from scanners.vulnerabilities.model import Known, Range, Source, SourceState, VulnerabilityError
from scanners.vulnerabilities.records import cve_name, cve_number

_VERSION: Final = 2
_FIRST: Final = 1
"""Stores of before are read as they are, and completed by the next import: they do not tell the kind of a flaw."""
_BUSY_SECONDS: Final = 30.0
_CACHE_KIB: Final = 24_000
_MOST_NAMES: Final = 500
_TABLES: Final = """
CREATE TABLE source(name TEXT PRIMARY KEY, dated TEXT, imported_at TEXT, records INTEGER, files INTEGER, file TEXT,
  years TEXT);
CREATE TABLE cve(id INTEGER PRIMARY KEY, modified TEXT, score REAL, summary TEXT, exploited_since TEXT,
  weakness TEXT);
CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE affects(product INTEGER, cve INTEGER, ranges TEXT, PRIMARY KEY(product, cve)) WITHOUT ROWID;
CREATE INDEX affects_cve ON affects(cve);
CREATE TABLE kev(cve INTEGER PRIMARY KEY, added TEXT, product TEXT, name TEXT, ransomware INTEGER);
CREATE INDEX kev_product ON kev(product);
CREATE TABLE epss(cve INTEGER PRIMARY KEY, score REAL);
CREATE TABLE debian(package TEXT, cve INTEGER, release TEXT, fixed TEXT, resolved INTEGER,
  PRIMARY KEY(package, cve, release)) WITHOUT ROWID;
CREATE TABLE shipped(package TEXT, release TEXT, version TEXT, PRIMARY KEY(package, release)) WITHOUT ROWID;
CREATE TABLE notice(reference TEXT PRIMARY KEY, title TEXT, day TEXT);
CREATE TABLE notice_cve(cve INTEGER, reference TEXT, PRIMARY KEY(cve, reference)) WITHOUT ROWID;
"""
_FLAWS: Final = """
SELECT a.cve, a.ranges, c.score, coalesce(k.added, c.exploited_since), coalesce(k.ransomware, 0), e.score, {weakness},
  (SELECT n.reference FROM notice_cve n WHERE n.cve = a.cve ORDER BY n.reference LIKE '%-ALE-%' DESC, n.reference DESC)
FROM affects a JOIN product p ON p.id = a.product JOIN cve c ON c.id = a.cve
LEFT JOIN kev k ON k.cve = a.cve LEFT JOIN epss e ON e.cve = a.cve
WHERE p.name IN ({names}) ORDER BY a.cve
"""
_EXPLOITED: Final = """
SELECT count(*), max(since) FROM (
  SELECT a.cve AS number, max(coalesce(k.added, c.exploited_since)) AS since FROM affects a
  JOIN product p ON p.id = a.product JOIN cve c ON c.id = a.cve LEFT JOIN kev k ON k.cve = a.cve
  WHERE p.name IN ({names}) AND coalesce(k.added, c.exploited_since, '') != '' GROUP BY a.cve
  UNION SELECT k.cve, k.added FROM kev k WHERE k.product IN ({names})
    AND k.cve NOT IN (SELECT a.cve FROM affects a JOIN product p ON p.id = a.product WHERE p.name IN ({names})))
"""


class Store:
    """What was imported, opened for reading; `close` it."""

    def __init__(self, path: Path) -> None:
        self._database = _opened(path, f"{path.absolute().as_uri()}?mode=ro")
        version = _version(self._database)
        if version not in {_FIRST, _VERSION}:
            self._database.close()
            raise _other_version(path)
        self._weakness = "c.weakness" if version == _VERSION else "NULL"

    def close(self) -> None:
        """Free the file."""
        self._database.close()

    def states(self) -> tuple[SourceState, ...]:
        """What was imported, in the order of sources."""
        rows = {row[0]: row for row in self._database.execute("SELECT * FROM source")}
        return tuple(_state(rows[source]) for source in Source if source in rows)

    def named(self, products: Sequence[str]) -> bool:
        """Whether the data names one of these products."""
        query = "SELECT 1 FROM product WHERE name IN ({names}) UNION ALL SELECT 1 FROM kev WHERE product IN ({names})"
        return bool(self._among(query, products, times=2, limit=1))

    def flaws(self, products: Sequence[str]) -> tuple[Known, ...]:
        """The flaws of a product under all its names."""
        found: dict[int, Known] = {}
        query = _FLAWS.replace("{weakness}", self._weakness)
        for number, ranges, score, since, ransomware, epss, weakness, notice in self._among(query, products):
            known = tuple(Range(*one) for one in json.loads(ranges))
            before = found[number].ranges if number in found else ()
            found[number] = Known(
                cve_name(number),
                score,
                (*before, *known),
                since or "",
                bool(ransomware),
                epss,
                notice or "",
                weakness or "",
            )
        return tuple(found.values())

    def exploited(self, products: Sequence[str]) -> tuple[int, str]:
        """How many of the flaws of a product are being exploited, and the day of the latest."""
        ((count, last),) = self._among(_EXPLOITED, products, times=3)
        return count, last or ""

    def tracked(self, packages: Sequence[str], cves: Sequence[str]) -> tuple[Tracked, ...]:
        """What Debian's tracker says of these flaws in these packages."""
        wanted = {cve_number(one) for one in cves}
        query = "SELECT package, cve, release, fixed, resolved FROM debian WHERE package IN ({names})"
        rows = self._among(query, packages) if wanted and packages else []
        return tuple(
            Tracked(cve_name(number), package, release, fixed, bool(resolved))
            for package, number, release, fixed, resolved in rows
            if number in wanted
        )

    def packages(self) -> Mapping[str, Mapping[str, str]]:
        """The version that each release of Debian ships, by source package then release."""
        return self._packages

    @cached_property
    def _packages(self) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for package, release, version in self._database.execute("SELECT package, release, version FROM shipped"):
            found.setdefault(package, {})[release] = version
        return found

    def title(self, cve: str) -> str:
        """A line about a flaw: CISA's name for it, else the beginning of the NVD's description; in English."""
        query = "SELECT coalesce(k.name, c.summary) FROM cve c LEFT JOIN kev k ON k.cve = c.id WHERE c.id = ?"
        row = self._database.execute(query, (cve_number(cve),)).fetchone()
        return (row[0] or "") if row else ""

    def _among(self, query: str, names: Sequence[str], *, times: int = 1, limit: int = -1) -> list[tuple[Any, ...]]:
        """The rows of a query about these names."""
        some = list(names)[:_MOST_NAMES]
        text = query.format(names=", ".join("?" * len(some)))
        return self._database.execute(f"SELECT * FROM ({text}) LIMIT {limit:d}", some * times).fetchall()  # noqa: S608 - our own text


@contextmanager
def opened_store(path: Path) -> Iterator[Store | None]:
    """The store of that file, None when nothing was ever imported. VulnerabilityError when it cannot be read."""
    if not path.exists() or path.stat().st_size == 0:
        yield None
        return
    try:
        with closing(Store(path)) as store:
            yield store
    except sqlite3.DatabaseError as error:
        raise _unreadable(path, error) from error


def states_of(path: Path) -> tuple[SourceState, ...]:
    """What was imported in that file; nothing when there is none."""
    with opened_store(path) as store:
        return store.states() if store else ()


@contextmanager
def writing(path: Path, *, keep: bool) -> Iterator[sqlite3.Connection]:
    """One transaction on the store, made when it does not exist: kept whole if `keep`, else taken back.

    VulnerabilityError when the disk is full, or when another import is going on.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        with closing(_opened(path, path.absolute().as_uri())) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            _prepare(database, path)
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT" if keep else "ROLLBACK")
            finally:
                _settle(database)
    except sqlite3.OperationalError as error:
        raise _unwritable(path, error) from error
    except sqlite3.DatabaseError as error:
        raise _unreadable(path, error) from error


def _opened(path: Path, uri: str) -> sqlite3.Connection:
    try:
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    found = _version(database)
    if found == _VERSION:
        return
    if found == _FIRST:
        completed = f"ALTER TABLE cve ADD COLUMN weakness TEXT; PRAGMA user_version = {_VERSION};"
        database.executescript(f"BEGIN IMMEDIATE; {completed} COMMIT;")
        return
    if found or database.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise _other_version(path)
    database.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")


def _settle(database: sqlite3.Connection) -> None:
    """Take back what was not kept, and leave one plain file, that can be copied and read anywhere."""
    with suppress(sqlite3.OperationalError):  # somebody is reading: the next import will do it
        if database.in_transaction:
            database.execute("ROLLBACK")
        database.execute("PRAGMA journal_mode = DELETE")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _state(row: tuple[Any, ...]) -> SourceState:
    name, dated, imported_at, records, files, file, years = row
    known: dict[str, Any] = json.loads(years)
    return SourceState(
        source=Source(name),
        dated=datetime.fromisoformat(dated).astimezone(UTC),
        imported_at=datetime.fromisoformat(imported_at).astimezone(UTC),
        records=records,
        files=files,
        name=file,
        first=known.get("first", 0),
        last=known.get("last", 0),
        missing_years=tuple(known.get("missing", ())),
    )


def _unreadable(path: Path, error: Exception) -> VulnerabilityError:
    return VulnerabilityError(
        f"Le fichier des vulnérabilités connues {path} ne peut pas être lu ({error}) ; vérifiez ses droits, ou "
        "supprimez-le et refaites les imports.",
        f"The file of known vulnerabilities {path} cannot be read ({error}); check its permissions, or delete it and "
        "import again.",
    )


def _unwritable(path: Path, error: Exception) -> VulnerabilityError:
    return VulnerabilityError(
        f"L’import n’a pas pu être écrit dans {path} ({error}) : disque plein, droits, ou un autre import en cours. "
        "Rien n’a été importé ; relancez ensuite.",
        f"The import could not be written to {path} ({error}): full disk, permissions, or another import going on. "
        "Nothing was imported; run it again afterwards.",
    )


def _other_version(path: Path) -> VulnerabilityError:
    return VulnerabilityError(
        f"{path} n’est pas un magasin de vulnérabilités de cette version de CaRE ; supprimez-le et refaites les "
        "imports.",
        f"{path} is not a store of vulnerabilities of this version of CaRE; delete it and import again.",
    )
