"""The scan of the addresses of one audit: ports are searched while those already found are asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from ipaddress import ip_address

from scanners.collect import Context
from scanners.exposure.collect_conversations import Conversations
from scanners.exposure.collect_names import Perimeter
from scanners.exposure.collect_nmap import Nmap, Scan
from scanners.exposure.collect_profiles import Profile
from scanners.exposure.collect_questions import Questions
from scanners.exposure.collect_search import Search
from scanners.exposure.collect_tls import Trust
from scanners.exposure.collect_told import Told
from scanners.exposure.collect_unseen import Unseen
from scanners.exposure.facts import Endpoint, Host
from scanners.exposure.never_written import NeverWritten
from scanners.exposure.targets import Address


class Audit:
    """One audit on its way. `paces`, `scans` and `unseen` gather meanwhile; `route_known` tells that an earlier part of
    it had answers, so that silence says nothing of the route."""

    def __init__(
        self,
        nmap: Nmap,
        profile: Profile,
        ports: tuple[int, ...],
        context: Context,
        area: Perimeter,
        authorities: Trust,
        unwritten: NeverWritten,
        *,
        usual: bool,
        route_known: bool = False,
    ) -> None:
        self.ports, self.route_known = ports, route_known
        self.unseen = Unseen(context.stop, list(area.gaps))
        self._profile, self._unwritten = profile, unwritten
        self._addresses = tuple(area.addresses)
        self._hosts = {
            str(address): Host(str(address), tuple(sorted(names))) for address, names in area.addresses.items()
        }
        self._not_searched: dict[str, None] = dict.fromkeys(self._hosts)
        self._talks = Conversations(
            nmap, profile, ports, usual, context.stop, authorities, unwritten, self._hosts, self.unseen
        )
        self.paces, self.scans = self._talks.paces, self._talks.scans
        self._told = Told(context.progress)
        self._questions = Questions(self._hosts, self._talks.ways(), context.stop, self._say)
        self._search = Search(nmap, profile, ports, context.stop, self._opened, self._searched, self._ended)

    @property
    def over_udp(self) -> tuple[int, ...]:
        """The ports asked over UDP."""
        return self._talks.over_udp

    def run(self) -> tuple[Host, ...]:
        """The hosts, in the order of their addresses."""
        if self._profile.connect_only:
            self.unseen.connect_only()
        self._say()
        self._search.run(self._addresses)
        self._questions.finish()
        everywhere, ports = self._questions.answering_everywhere(), self._questions.ports()
        hosts = [
            replace(self._hosts[address], ports=ports[address], answers_everything=address in everywhere)
            for address in map(str, sorted(self._addresses, key=in_order))
        ]
        self._note_unseen(hosts)
        return tuple(hosts)

    def unfinished(self, besides: Collection[str] = ()) -> tuple[str, ...]:
        """The addresses this audit did not end with, and those left `besides`; a gap says so when it was stopped."""
        left = self._questions.unfinished().union(besides)
        addresses = tuple(sorted(left, key=lambda address: in_order(ip_address(address))))
        self.unseen.stopped(addresses)
        return addresses

    def _note_unseen(self, hosts: Sequence[Host]) -> None:
        self.unseen.everywhere([host.address for host in hosts if host.answers_everything])
        ends = (Endpoint(host, port) for host in hosts for port in host.ports)
        for end in ends if not self._profile.connect_only else ():
            if self._unwritten.by_choice(end.host.address, end.port.number):
                self.unseen.chosen(end.subject)
        if not self._questions.unfinished():
            self.unseen.silence(hosts, self.route_known)

    # ------------------------------------------------------------ as the search goes on, from any of its threads

    def _opened(self, address: str, number: int) -> None:
        self._questions.opened(address, number)
        self._say(f"{address}:{number}")

    def _searched(self, addresses: Sequence[Address], share: float) -> None:
        self._told.searching(addresses, share / len(self._hosts))

    def _ended(self, scan: Scan) -> None:
        self.scans.append(scan)
        for seen in scan.reading.hosts:
            if seen.address not in self._not_searched:
                continue
            del self._not_searched[seen.address]
            self._hosts[seen.address] = replace(self._hosts[seen.address], closed=seen.closed, filtered=seen.filtered)
            self._questions.known(seen.address, [port.number for port in seen.ports], self._search.answers_much(seen))
        self.unseen.missing(scan)

    def _say(self, latest: str = "") -> None:
        self._told.say(len(self._hosts), self._questions.counts(), latest)


def in_order(address: Address) -> tuple[int, int]:
    """The place of an address among others: the older family first."""
    return address.version, int(address)
