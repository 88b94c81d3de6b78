"""What the hosts of one audit are asked: each open port, questions over UDP, and nmap about what stays unnamed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address

from scanners.exposure.collect_connect import accepts_anything
from scanners.exposure.collect_identify import Identification
from scanners.exposure.collect_nmap import Follow, Nmap, Scan
from scanners.exposure.collect_profiles import Profile
from scanners.exposure.collect_questions import Question, Ways
from scanners.exposure.collect_search import EVERYTHING_SHARE
from scanners.exposure.collect_tls import Trust
from scanners.exposure.collect_udp import ask_all
from scanners.exposure.collect_unseen import Unseen
from scanners.exposure.collect_wire import CALLS_AT_ONCE, Pace, Reach
from scanners.exposure.facts import Endpoint, Host, Port, Service
from scanners.exposure.never_written import NeverWritten
from scanners.exposure.ports import NMAP_NAMES, SILENT_PORTS, WEB_PORTS
from scanners.exposure.read_nmap import ScannedPort
from scanners.exposure.udp_questions import BACNET_PORT, QUESTIONS
from scanners.stopping import Stop

_EVERYTHING_PORTS = 100
"""A host with more open ports, which are over half of those tried, is a SYN proxy or a tarpit, not a server."""
_MOST_NAMES = 4
"""Names of a host tried on a port that refuses TLS under the first: each costs eight connections."""
_NAMING_SECONDS, _NAMING_SECONDS_PER_PORT = 90, 30
"""nmap spends 47 s on a service it does not know."""


@dataclass
class Conversations:
    """The ways of one audit. `hosts` are those of the audit, by address; `usual` tells that no ports were chosen.

    `scans` are nmap's, kept as evidence; what could not be read is told to `unseen`.
    """

    nmap: Nmap
    profile: Profile
    ports: tuple[int, ...]
    usual: bool
    stop: Stop
    authorities: Trust
    unwritten: NeverWritten
    hosts: dict[str, Host]
    unseen: Unseen
    scans: list[Scan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paces: dict[str, Pace] = {
            address: self.profile.pace(self.stop, self.unwritten, address) for address in self.hosts
        }
        self._mute: set[tuple[str, int]] = set()

    def ways(self) -> Ways:
        """How `Questions` asks a host."""
        return Ways(
            about=self._about,
            besides=self._besides,
            everywhere=self._everywhere,
            unnamed=self._unnamed,
            name=self._name,
            late=self.unseen.late,
            seconds=self.profile.host_seconds,
            at_once=1 if self.profile.connect_only else CALLS_AT_ONCE,
            at_the_end=self.profile.gentle,
        )

    @property
    def over_udp(self) -> tuple[int, ...]:
        """The ports asked over UDP: with the usual ports, or by number; never under a connect-only profile.

        BACnet is asked with a permission only: there is no connection that could be opened instead.
        """
        if self.profile.connect_only:
            return ()
        barred = set() if "bacnet" in self.unwritten.allowed else {BACNET_PORT}
        numbers = (question.port for question in QUESTIONS if question.port not in barred)
        return tuple(number for number in numbers if self.usual or number in self.ports)

    def _about(self, address: str, number: int) -> Question:
        return lambda: (self._identified(address, number),)

    def _identified(self, address: str, number: int) -> Port:
        """What a port is, under the first of its names that it takes; when it takes none, the first refusal is told."""
        first, *others = self.hosts[address].names[:_MOST_NAMES] or ("",)
        port, known = self._asked(address, number, first)
        if known.refused:
            for name in others:
                answered, further = self._asked(address, number, name)
                if answered.tls is not None and answered.tls.versions:
                    port, known = replace(answered, asked_as=name), further
                    break
        self.unseen.gaps += known.gaps
        return port

    def _asked(self, address: str, number: int, name: str) -> tuple[Port, Identification]:
        reach = Reach(address, number, self.paces[address], name)
        identification = Identification(reach, self.profile.connect_only, self.authorities)
        port = identification.run()
        if not reach.heard:
            self._mute.add((address, number))
        return port, identification

    def _besides(self, address: str) -> Iterable[Question]:
        questions = [question for question in QUESTIONS if question.port in self.over_udp]

        def ask() -> tuple[Port, ...]:
            heard = ask_all(address, questions, self.paces[address])
            if heard.unsent is not None:
                self.unseen.unsent(address, heard.unsent)
            return heard.ports

        return (ask,) if questions else ()

    def _everywhere(self, address: str, numbers: frozenset[int]) -> bool:
        """Whether a host accepts anything: ports that nobody serves, or most of those that were tried."""
        if len(numbers) > max(_EVERYTHING_PORTS, EVERYTHING_SHARE * len(self.ports)):
            return True
        return accepts_anything(address, frozenset(self.ports), self.paces[address])

    def _unnamed(self, address: str, ports: Sequence[Port]) -> list[Port]:
        """The ports for nmap's version detection: still unnamed, and that may be written to.

        A permission allows our own question, none of nmap's.
        """
        tcp = (port for port in ports if port.protocol == "tcp" and port.number not in SILENT_PORTS)
        return [port for port in tcp if not port.service.name and not self.unwritten.forbids(address, port.number)]

    # ------------------------------------------------------------ what nmap says of them

    def _name(self, address: str, ports: Sequence[Port]) -> list[Port]:
        """Ports left unnamed, with what nmap's light version detection says of them."""
        mute = {port.number for port in ports if self._is_mute(address, port.number)}
        pages = {number: page for number in mute & WEB_PORTS if (page := self._late_page(address, number)) is not None}
        seen: dict[int, ScannedPort] = {}
        for quick in (True, False):
            left = [port.number for port in ports if port.number not in pages]
            numbers = [number for number in left if (number in mute) is quick]
            if numbers and not self.stop.asked():
                seen |= self._detected(address, numbers, quick)
        host = self.hosts[address]
        return [pages.get(port.number) or self._named(host, port, seen.get(port.number)) for port in ports]

    def _late_page(self, address: str, number: int) -> Port | None:
        """The page of a web port that answered nothing so far: asked for once more, with more patience."""
        identification = Identification(self._reach(address, number), authorities=self.authorities)
        with contextlib.suppress(OSError):
            found = identification.ask("http")
            self.unseen.gaps += identification.gaps
            return found
        return None

    def _is_mute(self, address: str, number: int) -> bool:
        """Whether a port answered nothing at all: no greeting, no page, no TLS, not even to two empty lines.

        These are the questions nmap asks of any port, and it would wait 5 s for each of them.
        """
        if (address, number) not in self._mute:
            return False
        try:
            with self._reach(address, number).call() as wire:
                return not wire.ask(b"\r\n\r\n")
        except OSError:
            return False

    def _detected(self, address: str, numbers: Sequence[int], mute: bool) -> dict[int, ScannedPort]:
        follow = Follow(self.stop, _NAMING_SECONDS + _NAMING_SECONDS_PER_PORT * len(numbers))
        scan = self.nmap.name_services(ip_address(address), numbers, follow, self.profile.gentle, mute)
        self.scans.append(scan)
        if scan.missing():
            self.unseen.unnamed(address, numbers)
        return {port.number: port for host in scan.reading.hosts for port in host.ports}

    def _named(self, host: Host, port: Port, seen: ScannedPort | None) -> Port:
        """A port with the name nmap found, questioned further when we know how, with a gap for what stays unread.

        nmap's guess from the port number alone is not taken for a name.
        """
        if seen is None or not seen.probed or port.service.name:
            return port
        name = NMAP_NAMES.get(seen.name, seen.name)
        with contextlib.suppress(OSError):
            identification = Identification(self._reach(host.address, port.number), authorities=self.authorities)
            answered = identification.ask(name)
            if answered is not None:
                self.unseen.gaps += identification.gaps
                return answered
        for section, unread in (("http", name == "http"), ("ssh", name == "ssh"), ("tls", seen.tunnel == "ssl")):
            if unread:
                self.unseen.unread(Endpoint(host, port).subject, section)
        return replace(port, service=_service(port.service, name, seen))

    def _reach(self, address: str, number: int) -> Reach:
        names = self.hosts[address].names
        return Reach(address, number, self.paces[address], names[0] if names else "")


def _service(known: Service, name: str, seen: ScannedPort) -> Service:
    """What was known of a service, with what nmap says of it."""
    encrypted = True if seen.tunnel == "ssl" else None
    return replace(
        known,
        name=name,
        product=seen.product,
        version=seen.version,
        source="nmap",
        encrypted=encrypted,
        cpes=seen.cpes,
    )
