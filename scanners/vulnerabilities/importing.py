"""Importing one file into the store: recognised, read as a stream, kept whole or not at all.

The NVD is merged record by record, the newer one wins, so its feeds may come in any order and again. Lists that their
publisher gives whole (KEV, EPSS, Debian's tracker) replace the former one. The notices of CERT-FR add up.
"""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

import ijson

from scanners.vulnerabilities.model import Source, VulnerabilityError
from scanners.vulnerabilities.read_files import READERS, recognised, told_date
from scanners.vulnerabilities.read_stream import DAMAGED, Tell, opened, silent
from scanners.vulnerabilities.records import (
    DebianRecord,
    EpssRecord,
    KevRecord,
    NoticeRecord,
    NvdRecord,
    cve_year,
    moment,
)
from scanners.vulnerabilities.store import writing

_BATCH: Final = 1000
_CLOCK_SKEW: Final = timedelta(days=1)
_LARGE: Final = 500
FIRST_YEAR: Final = 2002
"""The NVD files older flaws with those of 2002."""
FEWEST_OF_A_YEAR: Final = 500
"""A year of the NVD with fewer flaws was not imported: even 1999 has more than a thousand."""
_WHOLE: Final = frozenset({Source.KEV, Source.EPSS, Source.DEBIAN})

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asked:
    """How to import: `now` is the present, `dated` the day of the file when it does not tell; `keep` False tries out.

    `accept_smaller` takes a whole list that lost half of its lines.
    """

    now: datetime
    dated: datetime | None = None
    keep: bool = True
    accept_smaller: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do. `dated` is the day of the data."""

    source: Source
    file: str
    dated: datetime
    records: int
    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(slots=True)
class _Tally:
    """Counts on the way; `newest` is the latest day that a record gives."""

    records: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    newest: str = ""


def import_file(store: Path, path: Path, asked: Asked, tell: Tell = silent, name: str = "") -> Imported:
    """Import one file; `name` is how messages call it. VulnerabilityError, and nothing kept, when it cannot be used."""
    name = name or path.name
    tally = _Tally()
    try:
        with opened(path, tell) as (head, stream), writing(store, keep=asked.keep) as database:
            source = recognised(head)
            if source is None:
                raise _unknown(name)
            before = _count(database, source)
            _KEEP[source](database, READERS[source](stream, head), tally)
            return _concluded(
                database, asked, tally, Imported(source, name, asked.now, 0), told_date(source, head), before
            )
    except (ijson.JSONError, ValueError, csv.Error, *DAMAGED) as error:
        raise _damaged(name, tally.records, error) from error


def _concluded(
    database: sqlite3.Connection, asked: Asked, tally: _Tally, done: Imported, told: datetime | None, before: int
) -> Imported:
    """The end of the transaction: the day of the data, what makes it suspect, the state of its source."""
    if not tally.records:
        raise _empty(done.file)
    dated = told or moment(tally.newest) or asked.dated
    if dated is None:
        raise _undated(done.file)
    if dated > asked.now + _CLOCK_SKEW:
        raise _future(done.file, dated)
    row = database.execute("SELECT dated, files FROM source WHERE name = ?", (done.source,)).fetchone()
    known, files = (datetime.fromisoformat(row[0]), row[1]) if row else (dated, 0)
    if done.source in _WHOLE:
        if dated < known:
            raise _older(done.file, dated, known)
        if before >= _LARGE and tally.records * 2 < before and not asked.accept_smaller:
            raise _smaller(done.file, before, tally.records)
        files = 0
    done = replace(
        done,
        dated=dated,
        records=tally.records,
        added=tally.added,
        changed=tally.changed,
        removed=tally.removed,
    )
    database.execute(
        "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            done.source,
            max(dated, known).isoformat(),
            asked.now.isoformat(),
            _count(database, done.source),
            files + 1,
            done.file,
            json.dumps(_years(database) if done.source is Source.NVD else {}),
        ),
    )
    return done


_TABLE: Final[Mapping[Source, str]] = {
    Source.NVD: "cve",
    Source.KEV: "kev",
    Source.EPSS: "epss",
    Source.DEBIAN: "debian",
    Source.CERTFR: "notice",
}


def _count(database: sqlite3.Connection, source: Source) -> int:
    return int(database.execute(f"SELECT count(*) FROM {_TABLE[source]}").fetchone()[0])  # noqa: S608 - our own table


def _years(database: sqlite3.Connection) -> dict[str, Any]:
    counts: dict[int, int] = {}
    for (number,) in database.execute("SELECT id FROM cve"):
        year = max(FIRST_YEAR, cve_year(number))
        counts[year] = counts.get(year, 0) + 1
    if not counts:
        return {}
    last = max(counts)
    missing = [year for year in range(FIRST_YEAR, last) if counts.get(year, 0) < FEWEST_OF_A_YEAR]
    return {"first": min(counts), "last": last, "missing": missing}


def _batches(records: Iterable[R]) -> Iterator[list[R]]:
    source = iter(records)
    while batch := list(islice(source, _BATCH)):
        yield batch


def _keep_nvd(database: sqlite3.Connection, records: Iterable[NvdRecord], tally: _Tally) -> None:
    products: dict[str, int] = {name: number for number, name in database.execute("SELECT id, name FROM product")}
    for batch in _batches(records):
        tally.records += len(batch)
        tally.newest = max(tally.newest, *(one.modified for one in batch))
        latest = {one.cve: one for one in sorted(batch, key=lambda one: one.modified)}
        known = _modified(database, list(latest))
        fresh = [one for one in latest.values() if known.get(one.cve, "") < one.modified or one.cve not in known]
        again = [(one.cve,) for one in fresh if one.cve in known]
        database.executemany("DELETE FROM affects WHERE cve = ?", again)
        tally.changed += len(again)
        tally.added += len(fresh) - len(again)
        database.executemany(
            "INSERT OR REPLACE INTO cve VALUES (?, ?, ?, ?, ?, ?)",
            [(one.cve, one.modified, one.score, one.summary, one.exploited_since, one.weakness) for one in fresh],
        )
        database.executemany("INSERT INTO affects VALUES (?, ?, ?)", _affected(database, fresh, products))


def _modified(database: sqlite3.Connection, numbers: list[int]) -> dict[int, str]:
    marks = ", ".join("?" * len(numbers))
    # A row of before, which does not tell the kind of its flaw, is older than any file.
    query = f"SELECT id, CASE WHEN weakness IS NULL THEN '' ELSE modified END FROM cve WHERE id IN ({marks})"  # noqa: S608 - marks
    return dict(database.execute(query, numbers))


def _affected(
    database: sqlite3.Connection, records: Iterable[NvdRecord], products: dict[str, int]
) -> Iterator[tuple[int, int, str]]:
    for one in records:
        for product, ranges in one.products:
            number = products.get(product)
            if number is None:
                number = products[product] = len(products) + 1
                database.execute("INSERT INTO product VALUES (?, ?)", (number, product))
            told = [
                (held.exact, held.start, held.start_included, held.end, held.end_included, held.conditional)
                for held in ranges
            ]
            yield number, one.cve, json.dumps(told, separators=(",", ":"))


def _keep_kev(database: sqlite3.Connection, records: Iterable[KevRecord], tally: _Tally) -> None:
    former = {row[0]: row[1:] for row in database.execute("SELECT * FROM kev")}
    database.execute("DELETE FROM kev")
    for batch in _batches(records):
        tally.records += len(batch)
        tally.newest = max(tally.newest, *(one.added for one in batch))
        rows = [(one.cve, one.added, one.product, one.name, int(one.ransomware)) for one in batch]
        database.executemany("INSERT OR REPLACE INTO kev VALUES (?, ?, ?, ?, ?)", rows)
    now = {row[0]: row[1:] for row in database.execute("SELECT * FROM kev")}
    tally.added = len(now.keys() - former.keys())
    tally.removed = len(former.keys() - now.keys())
    tally.changed = sum(now[one] != former[one] for one in now.keys() & former.keys())


def _keep_epss(database: sqlite3.Connection, records: Iterable[EpssRecord], tally: _Tally) -> None:
    before = _count(database, Source.EPSS)
    database.execute("DELETE FROM epss")
    for batch in _batches(records):
        tally.records += len(batch)
        database.executemany("INSERT OR REPLACE INTO epss VALUES (?, ?)", [(one.cve, one.score) for one in batch])
    _tally_whole(tally, before, _count(database, Source.EPSS))


def _keep_debian(database: sqlite3.Connection, records: Iterable[DebianRecord], tally: _Tally) -> None:
    before = _count(database, Source.DEBIAN)
    database.execute("DELETE FROM debian")
    database.execute("DELETE FROM shipped")
    for batch in _batches(records):
        tally.records += len(batch)
        rows = [(one.package, one.cve, one.release, one.fixed, int(one.resolved)) for one in batch]
        database.executemany("INSERT OR REPLACE INTO debian VALUES (?, ?, ?, ?, ?)", rows)
        shipped = {(one.package, one.release, one.shipped) for one in batch if one.shipped}
        database.executemany("INSERT OR REPLACE INTO shipped VALUES (?, ?, ?)", sorted(shipped))
    _tally_whole(tally, before, _count(database, Source.DEBIAN))


def _tally_whole(tally: _Tally, before: int, after: int) -> None:
    """Of large lists only the size is compared: every score changes every day."""
    tally.added, tally.removed = max(0, after - before), max(0, before - after)


def _keep_notices(database: sqlite3.Connection, records: Iterable[NoticeRecord], tally: _Tally) -> None:
    for batch in _batches(records):
        tally.records += len(batch)
        tally.newest = max(tally.newest, *(one.day for one in batch))
        for one in batch:
            query = "SELECT title, day FROM notice WHERE reference = ?"
            former = database.execute(query, (one.reference,)).fetchone()
            tally.added += former is None
            tally.changed += former is not None and former != (one.title, one.day)
            database.execute("INSERT OR REPLACE INTO notice VALUES (?, ?, ?)", (one.reference, one.title, one.day))
            database.execute("DELETE FROM notice_cve WHERE reference = ?", (one.reference,))
            rows = [(number, one.reference) for number in one.cves]
            database.executemany("INSERT OR REPLACE INTO notice_cve VALUES (?, ?)", rows)


_KEEP: Final[Mapping[Source, Callable[[sqlite3.Connection, Iterator[Any], _Tally], None]]] = {
    Source.NVD: _keep_nvd,
    Source.KEV: _keep_kev,
    Source.EPSS: _keep_epss,
    Source.DEBIAN: _keep_debian,
    Source.CERTFR: _keep_notices,
}


def _unknown(name: str) -> VulnerabilityError:
    return VulnerabilityError(
        f"{name} n’est pas un fichier de vulnérabilités reconnu : donnez du NVD 2.0 (JSON), le catalogue KEV (JSON ou "
        "CSV), les scores EPSS (CSV), le JSON du suivi Debian ou des avis du CERT-FR, tels quels, gzip ou xz.",
        f"{name} is not a file of vulnerabilities that is known: give the NVD 2.0 (JSON), the KEV catalogue (JSON or "
        "CSV), EPSS scores (CSV), the JSON of Debian’s tracker or notices of CERT-FR, as they are, gzip or xz.",
    )


def _damaged(name: str, records: int, error: Exception) -> VulnerabilityError:
    detail = " ".join(str(error).split())[:160] or type(error).__name__
    return VulnerabilityError(
        f"{name} est endommagé après {records} enregistrements ({detail}) ; rien n’a été importé : téléchargez-le de "
        "nouveau.",
        f"{name} is damaged after {records} records ({detail}); nothing was imported: download it again.",
    )


def _empty(name: str) -> VulnerabilityError:
    return VulnerabilityError(
        f"{name} ne contient aucun enregistrement ; rien n’a été importé : téléchargez-le de nouveau.",
        f"{name} holds no record; nothing was imported: download it again.",
    )


def _undated(name: str) -> VulnerabilityError:
    return VulnerabilityError(
        f"{name} ne dit pas de quand il date : indiquez le jour de son téléchargement (--dated AAAA-MM-JJ).",
        f"{name} does not say when it was made: give the day it was downloaded (--dated YYYY-MM-DD).",
    )


def _future(name: str, dated: datetime) -> VulnerabilityError:
    return VulnerabilityError(
        f"{name} est daté du {dated:%d/%m/%Y}, dans le futur ; mettez cette machine à l’heure ou corrigez la date.",
        f"{name} is dated {dated:%Y-%m-%d}, in the future; set the clock of this machine or correct the date.",
    )


def _older(name: str, dated: datetime, known: datetime) -> VulnerabilityError:
    return VulnerabilityError(
        f"{name} date du {dated:%d/%m/%Y}, avant celui déjà importé ({known:%d/%m/%Y}) : téléchargez le dernier.",
        f"{name} is dated {dated:%Y-%m-%d}, before the one already imported ({known:%Y-%m-%d}): download the latest.",
    )


def _smaller(name: str, before: int, records: int) -> VulnerabilityError:
    return VulnerabilityError(
        f"{name} n’a que {records} lignes au lieu de {before} : son téléchargement a sans doute été coupé. Rien n’a "
        "été importé ; forcez avec --accept-smaller s’il est bien entier.",
        f"{name} has only {records} lines instead of {before}: the download was probably cut. Nothing was imported; "
        "force it with --accept-smaller if it is whole.",
    )
