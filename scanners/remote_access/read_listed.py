"""From the lists of strangers to facts: accounts, sessions and tickets, those of suppliers when they can be told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scanners.lists.kinds import ListKind
from scanners.lists.reading import ListFile, Table, read_list, told, too_old
from scanners.lists.words import NEVER, NO, YES
from scanners.model import Gap, Text
from scanners.remote_access.facts import Register, RemoteAccessFacts
from scanners.remote_access.listed import (
    LISTED_ACCOUNTS,
    MAX_KEPT,
    SESSIONS,
    SUPPLIER_PATCHES,
    TICKETS,
    Listed,
    ListedAccount,
    ListedPatch,
    ListedSession,
    ListedTicket,
    RemoteList,
    Section,
)
from scanners.remote_access.suppliers import Suppliers, account_key, known_suppliers

SECTIONS: dict[ListKind, Section] = {
    ListKind.ACCOUNTS: "listed_accounts",
    ListKind.SESSIONS: "sessions",
    ListKind.TICKETS: "tickets",
    ListKind.SUPPLIER_PATCHES: "supplier_patches",
}
_SPLIT = re.compile(r"[\s,;|]+")
_WITH_PORT = re.compile(r"\[?([0-9a-fA-F:.]+?)\]?:\d{1,5}")
_SCORE = re.compile(r"10(?:\.0)?|[0-9](?:\.[0-9])?", re.ASCII)
_LAST_SECOND = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class ReadListed:
    """The lists, and a gap for whatever could not be read of them."""

    listed: Listed
    gaps: tuple[Gap, ...]


def read_listed(files: Iterable[ListFile], register: Register | None, now: datetime) -> ReadListed:
    """The lists of a review. CollectError when one of them is refused; nothing of the others is then kept."""
    given = {file.kind: file for file in files if file.kind in SECTIONS}
    tables = {kind: read_list(file) for kind, file in given.items()}
    listed, untold = Listed(), list[Gap]()
    if ListKind.ACCOUNTS in tables:
        accounts = [_account(line, row) for line, row in _rows(tables[ListKind.ACCOUNTS])]
        listed = replace(listed, accounts=tuple(accounts[:MAX_KEPT]))
    suppliers = known_suppliers(listed.accounts, register)
    if ListKind.SESSIONS in tables:
        listed = replace(listed, sessions=_sessions(tables[ListKind.SESSIONS], suppliers))
        untold = list(_untold(given[ListKind.SESSIONS], tables[ListKind.SESSIONS], suppliers))
    if ListKind.TICKETS in tables:
        zone = ZoneInfo(given[ListKind.TICKETS].zone)
        tickets = [_ticket(line, row, zone) for line, row in _rows(tables[ListKind.TICKETS])]
        listed = replace(listed, tickets=tuple(tickets[-MAX_KEPT:]))
    if ListKind.SUPPLIER_PATCHES in tables:
        patches = [_patch(line, row) for line, row in _rows(tables[ListKind.SUPPLIER_PATCHES])]
        listed = replace(listed, patches=tuple(patches[-MAX_KEPT:]))
    kept = {
        LISTED_ACCOUNTS: len(listed.accounts),
        SESSIONS: len(listed.sessions),
        TICKETS: len(listed.tickets),
        SUPPLIER_PATCHES: len(listed.patches),
    }
    lists = [_known(file, tables[kind], kept[SECTIONS[kind]]) for kind, file in given.items()]
    gaps = [gap for kind, file in given.items() for gap in _gaps(file, tables[kind], kept[SECTIONS[kind]], now)]
    return ReadListed(replace(listed, lists=tuple(lists)), (*gaps, *untold))


def with_lists(facts: RemoteAccessFacts, read: ReadListed) -> RemoteAccessFacts:
    """The facts of a review with what its lists say."""
    return replace(facts, listed=read.listed, gaps=(*facts.gaps, *read.gaps))


def _known(file: ListFile, table: Table, kept: int) -> RemoteList:
    return RemoteList(SECTIONS[file.kind], file.name, table.columns, table.lines, kept, file.brought_on)


def _gaps(file: ListFile, table: Table, kept: int, now: datetime) -> Iterator[Gap]:
    section = SECTIONS[file.kind]
    for text in told(file.name, table):
        yield Gap(section, text, truncated=True)
    old = too_old(file, now.date())
    if old is not None:
        yield Gap(section, old, truncated=True)
    if kept >= MAX_KEPT:
        text = Text(
            f"{file.name} : {MAX_KEPT} lignes seulement ont été gardées ; exportez une période plus courte.",
            f"{file.name}: only {MAX_KEPT} lines were kept; export a shorter period.",
        )
        yield Gap(section, text, truncated=True)


# ---------------------------------------------------------------- lines

Row = dict[str, Any]


def _rows(table: Table) -> Iterator[tuple[int, Row]]:
    columns = list(table.frame.columns)
    for line, *values in table.frame.itertuples(name=None):
        yield int(line), dict(zip(columns, values, strict=True))


def _account(line: int, row: Row) -> ListedAccount:
    return ListedAccount(
        line,
        row["account"],
        company=row.get("company", ""),
        group=row.get("group", ""),
        sources=_words(row.get("source", "")),
        destination=row.get("destination", ""),
        port=row.get("port", ""),
        second_factor=_truth(row.get("second_factor")),
        created=_day(row.get("created")),
        expires=_day(row.get("expires")),
        last_login=_day(row.get("last_login")),
        enabled=_truth(row.get("enabled")),
    )


def _sessions(table: Table, suppliers: Suppliers) -> tuple[ListedSession, ...]:
    """The sessions of suppliers, the latest of them, in the order of time: those of others are not kept."""
    frame = table.frame
    names = frame["account"]
    kept = frame[names.map({name: suppliers.includes(account_key(name)) for name in names.unique()}).astype(bool)]
    latest = kept.sort_values("start", kind="stable").tail(MAX_KEPT)
    columns = list(latest.columns)
    rows = ((int(line), dict(zip(columns, values, strict=True))) for line, *values in latest.itertuples(name=None))
    return tuple(
        ListedSession(
            line,
            row["account"],
            datetime.fromtimestamp(row["start"], UTC),
            _moment(row.get("end")),
            without_port(row.get("source", "")),
            row.get("gateway", ""),
        )
        for line, row in rows
    )


def _untold(file: ListFile, table: Table, suppliers: Suppliers) -> Iterator[Gap]:
    """The sessions that may be a supplier's, or not: they are counted, and leave a doubt on all that is said of
    sessions."""
    names = table.frame["account"]
    unknown = names[names.map({name: suppliers.unknown(account_key(name)) for name in names.unique()}).astype(bool)]
    if unknown.empty:
        return
    sessions, accounts, first = len(unknown), len({account_key(name) for name in unknown}), unknown.iloc[0]
    text = Text(
        f"{file.name} : rien ne dit si {accounts} compte(s), dont {first}, sont du personnel ou d’un fournisseur ; "
        f"leurs {sessions} session(s) ne sont pas jugées. Inscrivez les comptes des fournisseurs au registre, et "
        "apportez une liste des comptes où le groupe distingue le personnel.",
        f"{file.name}: nothing tells whether {accounts} account(s), among them {first}, belong to the staff or to a "
        f"supplier; their {sessions} session(s) are not judged. Enter the accounts of suppliers in the register, and "
        "bring a list of accounts whose group tells the staff apart.",
    )
    yield Gap("sessions", text, truncated=True)


def _ticket(line: int, row: Row, zone: ZoneInfo) -> ListedTicket:
    return ListedTicket(
        line,
        row["number"],
        supplier=row.get("supplier", ""),
        accounts=_words(row.get("account", "")),
        opened=_moment(row.get("opened")),
        closed=_last(_moment(row.get("closed")), zone),
        window_start=_moment(row.get("window_start")),
        window_end=_last(_moment(row.get("window_end")), zone),
        report=_day(row.get("report")),
    )


def _patch(line: int, row: Row) -> ListedPatch:
    return ListedPatch(
        line,
        row["flaw"],
        supplier=row.get("supplier", ""),
        equipment=row.get("equipment", ""),
        score=score(row["score"]),
        published=_day(row["published"]),
        delivered=_day(row.get("delivered")),
    )


def score(written: str) -> float | None:
    """A CVSS score, `9,8` as `9.8`; None for anything else."""
    found = _SCORE.fullmatch(written.strip().replace(",", "."))
    return float(found[0]) if found else None


def without_port(source: str) -> str:
    """An address without the port that OpenVPN writes after it (`203.0.113.7:51234`)."""
    match = _WITH_PORT.fullmatch(source)
    return match[1] if match and (source.count(":") == 1 or source.startswith("[")) else source


def _words(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, _SPLIT.split(cell)))


def _truth(value: Any) -> bool | None:  # noqa: ANN401 - a number of numpy or None
    return {YES: True, NO: False}.get(int(value)) if value is not None else None


def _day(value: Any) -> date | None:  # noqa: ANN401 - the same
    return date(1970, 1, 1) + timedelta(days=int(value)) if value is not None and value != NEVER else None


def _moment(value: Any) -> datetime | None:  # noqa: ANN401 - the same
    return datetime.fromtimestamp(int(value), UTC) if value is not None and value != NEVER else None


def _last(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """The end of a day that is written without an hour."""
    if moment is None:
        return None
    wall = moment.astimezone(zone)
    if wall.time() != time():
        return moment
    return datetime.combine(wall.date(), _LAST_SECOND, zone).astimezone(UTC)
