"""What the rules on lists share: the accounts of suppliers that may come in, the tickets that allow a session. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from scanners.lists.words import plain
from scanners.model import Finding, NotAssessable, Text, Verdict, judged
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.listed import (
    LISTED_ACCOUNTS,
    SESSIONS,
    SUPPLIER_PATCHES,
    TICKETS,
    ListedAccount,
    ListedSession,
    ListedTicket,
)
from scanners.remote_access.suppliers import Suppliers, account_key, known_suppliers

Network = IPv4Network | IPv6Network

_NAMES: Mapping[str, Text] = {
    LISTED_ACCOUNTS: Text("de liste des comptes d’accès distant", "list of remote-access accounts"),
    SESSIONS: Text("de journal des sessions d’accès distant", "log of remote-access sessions"),
    TICKETS: Text("de liste des tickets d’intervention", "list of intervention tickets"),
    SUPPLIER_PATCHES: Text(
        "de registre des correctifs remis par les fournisseurs", "register of patches given by suppliers"
    ),
}


def need(facts: RemoteAccessFacts, section: str, *one_of: str) -> None:
    """Refuse to judge without a list, or when it has none of the columns."""
    listed = facts.listed.of(section)
    if listed is None:
        name = _NAMES[section]
        raise NotAssessable(
            f"Il n’y a pas {name.fr} ; apportez-la à l’établissement ou donnez-la à cet audit (--list).",
            f"There is no {name.en}; bring it to the establishment or give it to this audit (--list).",
        )
    if one_of and not set(one_of) & set(listed.columns):
        columns = ", ".join(one_of)
        raise NotAssessable(
            f"{listed.name} n’a pas de colonne pour répondre ({columns}) ; ajoutez-la à l’export ou désignez-la.",
            f"{listed.name} has no column to answer with ({columns}); add it to the export or point it out.",
        )


def subject(account: str) -> str:
    """How an account of a list is written, whatever the file it came in."""
    return f"vpn/{account_key(account)}"


def as_of(facts: RemoteAccessFacts, section: str) -> date:
    """The day of which a list speaks: when it was brought, at most that of the review."""
    today, listed = facts.collected_at.date(), facts.listed.of(section)
    return min(today, listed.brought_on) if listed and listed.brought_on else today


def suppliers(facts: RemoteAccessFacts) -> Suppliers:
    """Which accounts are those of suppliers."""
    return known_suppliers(facts.listed.accounts, facts.register)


def open_accounts(facts: RemoteAccessFacts) -> list[ListedAccount]:
    """The accounts of suppliers that may come in: neither disabled nor past their end."""
    today = as_of(facts, LISTED_ACCOUNTS)
    return [
        account
        for account in supplier_accounts(facts)
        if account.enabled is not False and (account.expires is None or account.expires >= today)
    ]


def supplier_accounts(facts: RemoteAccessFacts) -> list[ListedAccount]:
    """The accounts of suppliers in the list of accounts."""
    known = suppliers(facts)
    return [account for account in facts.listed.accounts if known.includes(account_key(account.account))]


def judged_accounts(
    facts: RemoteAccessFacts,
    accounts: Sequence[ListedAccount],
    findings: Iterable[Finding],
    unsaid: Iterable[str] = (),
    doubt: Text | None = None,
) -> Verdict:
    """A verdict on accounts of suppliers; those that may be a supplier's, or not, are in doubt and not judged."""
    known = suppliers(facts)
    untold = {
        subject(account.account): None
        for account in facts.listed.accounts
        if account.enabled is not False and known.unknown(account_key(account.account))
    }
    doubts = [] if doubt is None else [doubt]
    if untold:
        doubts.append(_whose(tuple(untold)))
    return judged(len(accounts), findings, dict.fromkeys((*unsaid, *untold)), joined(doubts))


def _whose(accounts: Sequence[str]) -> Text:
    count, first = len(accounts), accounts[0]
    return Text(
        f"Rien ne dit si {count} compte(s), dont {first}, sont du personnel ou d’un fournisseur ; inscrivez-les au "
        "registre, ou donnez-leur dans la liste des comptes une société, ou un groupe où n’est aucun fournisseur.",
        f"Nothing tells whether {count} account(s), among them {first}, belong to the staff or to a supplier; enter "
        "them in the register, or give them in the list of accounts a company, or a group that holds no supplier.",
    )


def joined(doubts: Sequence[Text]) -> Text | None:
    """Several doubts as one; None for none."""
    if not doubts:
        return None
    return Text(" ".join(doubt.fr for doubt in doubts), " ".join(doubt.en for doubt in doubts))


@dataclass(frozen=True)
class Interventions:
    """The tickets, found by account, else by company when they name no account."""

    facts: RemoteAccessFacts

    @cached_property
    def _suppliers(self) -> Suppliers:
        return suppliers(self.facts)

    @cached_property
    def _by_account(self) -> Mapping[str, list[ListedTicket]]:
        found = defaultdict[str, list[ListedTicket]](list)
        for ticket in self.facts.listed.tickets:
            for name in ticket.accounts:
                found[account_key(name)].append(ticket)
        return found

    @cached_property
    def _by_company(self) -> Mapping[str, list[ListedTicket]]:
        found = defaultdict[str, list[ListedTicket]](list)
        for ticket in self.facts.listed.tickets:
            if ticket.supplier and not ticket.accounts:
                found[plain(ticket.supplier)].append(ticket)
        return found

    def of(self, account: str) -> list[ListedTicket]:
        """The tickets that concern an account."""
        key = account_key(account)
        found = list(self._by_account.get(key, ()))
        for company in self._suppliers.of(key):
            found += self._by_company.get(company, ())
        return found

    def allowing(self, session: ListedSession) -> list[ListedTicket]:
        """The tickets that had announced a session when it began, and were not closed."""
        return [ticket for ticket in self.of(session.account) if _announced(ticket, session.start)]

    @cached_property
    def since(self) -> datetime | None:
        """The first moment the tickets speak of: nothing is known of sessions before it."""
        moments = [began for ticket in self.facts.listed.tickets if (began := beginning(ticket)) is not None]
        return min(moments, default=None)

    @cached_property
    def until(self) -> datetime:
        """The last moment the tickets can speak of."""
        return datetime.combine(as_of(self.facts, TICKETS), time.max, UTC)

    def covers(self, session: ListedSession) -> bool:
        """Whether the tickets speak of the time of a session."""
        return self.since is not None and self.since <= session.start <= self.until


def beginning(ticket: ListedTicket) -> datetime | None:
    """When a ticket was first known."""
    return min((one for one in (ticket.opened, ticket.window_start) if one is not None), default=None)


def _announced(ticket: ListedTicket, moment: datetime) -> bool:
    began = beginning(ticket)
    return (began is None or began <= moment) and (ticket.closed is None or moment <= ticket.closed)


def is_open(ticket: ListedTicket, moment: datetime) -> bool:
    """Whether an intervention goes on at a moment: announced, not closed, and its last hour not past."""
    return _announced(ticket, moment) and (ticket.window_end is None or moment <= ticket.window_end)


def interventions(facts: RemoteAccessFacts) -> Interventions:
    """The tickets; NotAssessable when they say neither whom they concern nor when."""
    need(facts, TICKETS)
    need(facts, TICKETS, "account", "supplier")
    need(facts, TICKETS, "opened", "window_start")
    return Interventions(facts)


def covered(facts: RemoteAccessFacts, tickets: Interventions) -> tuple[list[ListedSession], Text | None]:
    """The sessions that the tickets can speak of, and the doubt that the others leave."""
    sessions = facts.listed.sessions
    known = [session for session in sessions if tickets.covers(session)]
    others = len(sessions) - len(known)
    if not others:
        return known, None
    return known, Text(
        f"{others} session(s) ont eu lieu avant le premier ticket de la liste ou après son export ; exportez les "
        "tickets de toute la période.",
        f"{others} session(s) took place before the first ticket of the list or after its export; export the tickets "
        "of the whole period.",
    )


def by_account(sessions: Iterable[ListedSession]) -> Iterator[Finding]:
    """One finding for each account of some sessions: they cannot be undone one by one."""
    found = defaultdict[str, list[ListedSession]](list)
    for session in sessions:
        found[subject(session.account)].append(session)
    for account, those in found.items():
        latest = max(those, key=lambda one: one.start)
        yield Finding(
            account,
            {
                "sessions": len(those),
                "latest": _minute(latest.start),
                "source": latest.source,
                "line": latest.line,
            },
        )


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%MZ")


def networks(words: Iterable[str]) -> tuple[Network, ...] | None:
    """The addresses that a list allows; None when one of them is no address."""
    found = []
    for word in words:
        try:
            found.append(ip_network(word, strict=False))
        except ValueError:
            return None
    return tuple(found)


def within(source: str, allowed: Iterable[Network]) -> bool | None:
    """Whether an address is one of those; None when it is no address."""
    try:
        address = ip_address(source)
    except ValueError:
        return None
    return any(address in network for network in allowed)
