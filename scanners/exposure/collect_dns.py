"""Questions to one DNS resolver: the user's or the system's. Every answer says whether it is one.

Checking is disabled (the CD bit): we judge DNSSEC ourselves, and a domain whose signatures are broken must still be
read. Time is bounded for each question; a resolver that stays mute is found out once, at the start.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.reversename
import dns.rrset

from scanners.errors import FieldError
from scanners.exposure.domain_facts import MAX_TEXT, MAX_TEXTS
from scanners.exposure.facts import clean
from scanners.exposure.ports import SILENT_PORTS
from scanners.exposure.targets import MAX_PORT, Address, is_nobody, unmapped
from scanners.model import Text
from scanners.stopping import Stop

QUESTION_SECONDS = 4.0
"""How long one question may take, retries included."""
QUESTIONS_AT_ONCE = 16
_LOOK_SECONDS = 0.1
"""How often one who waits for an answer looks whether the audit is to end."""
_SILENCES = 2 * QUESTIONS_AT_ONCE
"""Questions in a row without an answer, after which it is tried whether the server is still there."""
_PAYLOAD = 1232
_PORT = 53
_MAX_ADDRESSES = 16
_SERVER = re.compile(r"\[(?P<v6>[0-9a-fA-F:.]+)\]:(?P<port6>[0-9]{1,5})\Z|(?P<v4>[0-9.]+):(?P<port4>[0-9]{1,5})\Z")
_ATTEMPTS = 2

T = TypeVar("T")
U = TypeVar("U")


class State(StrEnum):
    """What came of a question: records, none of that kind, no such name, no answer that can be relied on."""

    FOUND = "found"
    EMPTY = "empty"
    NOWHERE = "nowhere"
    FAILED = "failed"


@dataclass(frozen=True)
class Answer:
    """One answer. `alias` is where the CNAMEs of the name end (empty: it has none), `message` the whole of it."""

    state: State
    records: tuple[dns.rdata.Rdata, ...] = ()
    alias: str = ""
    message: dns.message.Message | None = None

    @property
    def failed(self) -> bool:
        """Whether nothing can be concluded."""
        return self.state is State.FAILED


class Resolver:
    """The resolver of one audit. `servers` is empty for the system's, else `192.0.2.53`, `[2001:db8::53]:53`; another
    port is for this machine only."""

    def __init__(self, servers: str = "", stop: Stop | None = None) -> None:
        self.given = bool(servers.strip())
        self._stop = stop or Stop()
        self._resolver = _resolver(servers)
        self._asking = ThreadPoolExecutor(2 * QUESTIONS_AT_ONCE, "dns")
        self._lock = threading.Lock()
        self._silences, self._gone = 0, False

    def ended(self) -> bool:
        """Whether nothing is asked any more because the audit is to end."""
        return self._stop.asked()

    def mute(self) -> Text:
        """The sentence that says it does not answer."""
        who = ", ".join(self.said()) if self.given else ""
        return Text(
            f"Le serveur DNS {who or 'de cette machine'} ne répond pas : les noms et les domaines n’ont pas été "
            "examinés. Vérifiez-le ou indiquez-en un autre, puis relancez l’audit.",
            f"The DNS server {who or 'of this machine'} does not answer: names and domains were not examined. Check it "
            "or name another one, then run the audit again.",
        )

    def alive(self) -> bool:
        """Whether a server answers at all, be it to refuse: asked without recursion, it needs not think it over.

        One that knows the inside names only would otherwise seem dead where there is no Internet.
        """
        question = dns.message.make_query(".", "NS", flags=dns.flags.Flag(0))
        return any(self._answers(server, question) for server in self._servers() for _ in range(_ATTEMPTS))

    def _answers(self, server: dns.nameserver.Nameserver, question: dns.message.QueryMessage) -> bool:
        try:
            server.query(question, QUESTION_SECONDS / _ATTEMPTS, None, 0, max_size=False)
        except (OSError, dns.exception.DNSException):
            return False
        return True

    def _servers(self) -> list[dns.nameserver.Nameserver]:
        return [
            dns.nameserver.Do53Nameserver(server) if isinstance(server, str) else server
            for server in self._resolver.nameservers
        ]

    def said(self) -> tuple[str, ...]:
        """The addresses of the servers, for people."""
        return tuple(str(server) for server in self._servers())

    def ask(self, name: str, kind: str) -> Answer:
        """The records of a kind at a name, aliases followed.

        No answer is waited for once the audit is to end, or the server is gone: thousands of names would take hours.
        """
        if self._stop.asked() or self._is_gone():
            return Answer(State.FAILED)
        asked = self._asking.submit(self._resolved, name, kind)
        while not wait((asked,), _LOOK_SECONDS).done:
            if self._stop.asked():
                return Answer(State.FAILED)
        return asked.result()

    def _is_gone(self) -> bool:
        """Whether the server died meanwhile; domains whose own servers are mute say nothing of it."""
        with self._lock:
            if self._silences >= _SILENCES and not self._gone:
                self._gone, self._silences = not self.alive(), 0
            return self._gone

    def _resolved(self, name: str, kind: str) -> Answer:
        answer = self._answer(name, kind)
        self._silences = self._silences + 1 if answer.failed else 0
        return answer

    def _answer(self, name: str, kind: str) -> Answer:
        try:
            found = self._resolver.resolve(
                name, kind, raise_on_no_answer=False, search=False, lifetime=QUESTION_SECONDS
            )
        except dns.resolver.NXDOMAIN as error:
            return Answer(State.NOWHERE, alias=_leading(name, error.canonical_name))
        except dns.exception.DNSException:
            return Answer(State.FAILED)
        records = tuple(found.rrset or ())
        alias = _leading(name, found.canonical_name)
        return Answer(State.FOUND if records else State.EMPTY, records, alias, found.response)

    def texts(self, name: str, wanted: Callable[[str], bool]) -> tuple[str, ...] | None:
        """The TXT records of a name that are wanted, each put together; None when the question failed."""
        answer = self.ask(name, "TXT")
        if answer.failed:
            return None
        texts = (b"".join(getattr(record, "strings", ())) for record in answer.records)
        return tuple(text for raw in texts if wanted(text := clean(raw.decode("latin-1"), MAX_TEXT)))[:MAX_TEXTS]

    def written(self, name: str, kind: str) -> tuple[str, ...] | None:
        """The records of a kind in their written form, in order; None when the question failed."""
        answer = self.ask(name, kind)
        return (
            None if answer.failed else tuple(sorted(clean(record.to_text()) for record in answer.records))[:MAX_TEXTS]
        )

    def locate(self, name: str) -> Location:
        """The addresses of a name and where its aliases end; its state is that of the weaker of the two answers."""
        answers = [self.ask(name, kind) for kind in ("A", "AAAA")]
        found = [str(record.to_text()) for answer in answers for record in answer.records]
        distinct = {unmapped(ipaddress.ip_address(text)) for text in found}
        addresses = tuple(sorted(distinct, key=lambda address: (address.version, int(address))))[:_MAX_ADDRESSES]
        alias = next((answer.alias for answer in answers if answer.alias), "")
        states = {answer.state for answer in answers}
        if addresses:
            return Location(name, addresses, alias, State.FOUND)
        if State.FAILED in states:
            return Location(name, (), alias, State.FAILED)
        return Location(name, (), alias, State.NOWHERE if State.NOWHERE in states else State.EMPTY)

    def addresses(self, name: str) -> tuple[Address, ...] | None:
        """The addresses of a name; None when it could not be found out whether it has some."""
        place = self.locate(name)
        return None if place.state is State.FAILED else place.addresses

    def reverse(self, address: Address) -> str:
        """The name that an address says it has; empty when it says none, or nothing that is a name."""
        answer = self.ask(dns.reversename.from_address(str(address)).to_text(), "PTR")
        return plain(answer.records[0].to_text()) if answer.records else ""

    def zone_of(self, name: str) -> str | None:
        """The domain a name belongs to: the nearest of its parents, or itself, that has a SOA.

        Empty when there is none, None when that could not be found out.
        """
        labels = name.split(".")
        for start in range(len(labels) - 1):
            zone = ".".join(labels[start:])
            answer = self.ask(zone, "SOA")
            if answer.failed:
                return None
            if answer.state is State.FOUND and not answer.alias:
                return zone
        return ""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a name leads."""

    name: str
    addresses: tuple[Address, ...]
    alias: str
    state: State

    @property
    def nowhere(self) -> bool:
        """Whether an alias leads to a name that does not exist."""
        return self.state is State.NOWHERE and bool(self.alias)


def together(work: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """The results of independent questions, in the order of the items, some asked at once."""
    with ThreadPoolExecutor(QUESTIONS_AT_ONCE) as pool:
        return list(pool.map(work, items))


def plain(name: str | dns.name.Name) -> str:
    """A name of DNS as we write names: lower case, without the final dot."""
    return clean(str(name), 255).lower().removesuffix(".")


def _leading(name: str, canonical: dns.name.Name) -> str:
    end = plain(canonical)
    return "" if end == name.lower().removesuffix(".") else end


def _resolver(servers: str) -> dns.resolver.Resolver:
    try:
        resolver = dns.resolver.Resolver(configure=not servers.strip())
    except dns.resolver.NoResolverConfiguration:
        resolver = dns.resolver.Resolver(configure=False)
    if servers.strip():
        resolver.nameservers = [_nameserver(part) for part in servers.replace(",", " ").split()]
    resolver.flags = dns.flags.RD | dns.flags.CD
    resolver.use_edns(0, dns.flags.DO, _PAYLOAD)
    return resolver


def _nameserver(text: str) -> dns.nameserver.Nameserver:
    match = _SERVER.match(text)
    host = (match["v6"] or match["v4"]) if match else text
    port = int(match["port6"] or match["port4"]) if match else _PORT
    address = _address(host)
    if address is None or not 1 <= port <= MAX_PORT:
        raise FieldError(
            f"Le serveur DNS {text[:80]!a} n’est pas une adresse ; écrivez par exemple 192.0.2.53, ou laissez vide.",
            f"The DNS server {text[:80]!a} is not an address; write for instance 192.0.2.53, or leave it empty.",
        )
    if is_nobody(address) or not (port == _PORT or (address.is_loopback and port not in SILENT_PORTS)):
        raise FieldError(
            f"Le serveur DNS {text[:80]!a} est refusé : ce doit être l’adresse d’une seule machine, au port {_PORT} ; "
            "écrivez par exemple 192.0.2.53, ou laissez vide.",
            f"The DNS server {text[:80]!a} is refused: it must be the address of one machine, at port {_PORT}; write "
            "for instance 192.0.2.53, or leave it empty.",
        )
    return dns.nameserver.Do53Nameserver(str(address), port)


def _address(text: str) -> Address | None:
    try:
        return unmapped(ipaddress.ip_address(text)) if "%" not in text else None
    except ValueError:
        return None


def well_formed(servers: str) -> str:
    """The same list of resolvers; FieldError when one is not an address."""
    for part in servers.replace(",", " ").split():
        _nameserver(part)
    return servers
