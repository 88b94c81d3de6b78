"""What lists exported by firewalls, VPN gateways and ticketing say of remote accesses, as facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

LISTED_ACCOUNTS, SESSIONS, TICKETS = "listed_accounts", "sessions", "tickets"
SUPPLIER_PATCHES = "supplier_patches"
LIST_SECTIONS = frozenset({LISTED_ACCOUNTS, SESSIONS, TICKETS, SUPPLIER_PATCHES})
"""Sections of the facts, as gaps and rules name them."""
Section = Literal["listed_accounts", "sessions", "tickets", "supplier_patches"]

MAX_KEPT = 100_000
"""Lines of one list that facts keep: those of suppliers, the latest of sessions."""


@dataclass(frozen=True, slots=True)
class RemoteList:
    """One list that was read: its columns that were understood, its lines, those kept, the day it was brought."""

    section: Section
    name: str
    columns: tuple[str, ...]
    lines: int
    kept: int
    brought_on: date | None = None


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """One account of a VPN, a firewall or a bastion product. None and "" mean that the list does not say."""

    line: int
    account: str
    company: str = ""
    group: str = ""
    sources: tuple[str, ...] = ()
    destination: str = ""
    port: str = ""
    second_factor: bool | None = None
    created: date | None = None
    expires: date | None = None
    last_login: date | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One session, in UTC. `source` is the address it came from, without its port."""

    line: int
    account: str
    start: datetime
    end: datetime | None = None
    source: str = ""
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class ListedTicket:
    """One intervention, in UTC: when it was asked for and closed, between which moments it was allowed, and the day its
    report came. A day without an hour ends at its last second."""

    line: int
    number: str
    supplier: str = ""
    accounts: tuple[str, ...] = ()
    opened: datetime | None = None
    closed: datetime | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    report: date | None = None


@dataclass(frozen=True, slots=True)
class ListedPatch:
    """One flaw and the patch that its supplier gave: None when the score or the day is not said, or not yet
    delivered."""

    line: int
    flaw: str
    supplier: str = ""
    equipment: str = ""
    score: float | None = None
    published: date | None = None
    delivered: date | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """The lists of one review."""

    lists: tuple[RemoteList, ...] = ()
    accounts: tuple[ListedAccount, ...] = ()
    sessions: tuple[ListedSession, ...] = ()
    tickets: tuple[ListedTicket, ...] = ()
    patches: tuple[ListedPatch, ...] = ()

    def of(self, section: str) -> RemoteList | None:
        """The list of a section, None when it was not given."""
        return next((one for one in self.lists if one.section == section), None)


NOTHING_LISTED = Listed()
