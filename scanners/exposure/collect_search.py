"""The search for open ports: by nmap where it may, by ordinary connections elsewhere; what stayed silent once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from ipaddress import ip_address

from scanners.exposure.collect_connect import find_open, look_again
from scanners.exposure.collect_nmap import SHARDS_AT_ONCE, Follow, Nmap, Rate, Scan, shards
from scanners.exposure.collect_profiles import Profile
from scanners.exposure.collect_questions import SUSPICIOUS_PORTS
from scanners.exposure.read_nmap import Reading, ScannedHost
from scanners.exposure.targets import Address, parse_ports
from scanners.stopping import Stop

EVERYTHING_SHARE = 0.5
"""A host where more than half of the ports tried are open is a SYN proxy or a tarpit, not a server."""
_SPARE_SECONDS, _TIMES = 60, 6
"""A port scan may take six times what its rate says, and a minute more; it is cut short afterwards."""


@dataclass(frozen=True)
class Search:
    """One search. `opened` is told of each open port as it answers, `searched` how far some addresses are, `ended` what
    became of them."""

    nmap: Nmap
    profile: Profile
    ports: tuple[int, ...]
    stop: Stop
    opened: Callable[[str, int], None]
    searched: Callable[[Sequence[Address], float], None]
    ended: Callable[[Scan], None]

    def run(self, addresses: Sequence[Address]) -> None:
        """By nmap, in groups side by side, when this machine may send raw packets and no strict rate is asked for.

        nmap cannot keep to one for each host: its delay holds for all of them together, its rate for all of them too.
        """
        groups = shards(addresses)
        if not groups:
            return  # all that an earlier part had left has gone since
        if self.profile.gentle or not self.nmap.raw_sockets:
            self.ended(self._by_connections(tuple(addresses)))
            return
        share = max(1, self.profile.packets // min(len(groups), SHARDS_AT_ONCE))
        rate = Rate(self.profile.packets_per_host, min(share, self.profile.packets_per_host))
        with ThreadPoolExecutor(SHARDS_AT_ONCE) as pool:
            for future in [pool.submit(self._search_shard, group, rate) for group in groups]:
                future.result()

    def answers_much(self, host: ScannedHost) -> bool:
        """Whether a host has so many open ports that it may not be a server."""
        return len(host.ports) > SUSPICIOUS_PORTS or len(host.ports) > EVERYTHING_SHARE * len(self.ports)

    def _search_shard(self, shard: tuple[Address, ...], rate: Rate) -> None:
        """By nmap, then once more for what stayed silent.

        nmap gives up after its first retry as long as no retry of that host brought anything: with few open ports,
        hosts that drop the rest hide one of six hundred at 2 % loss.
        """
        if self.stop.asked():
            return
        scan = self.nmap.find_open(shard, self.ports, rate, self._follow(shard, rate))
        silent = {
            ip_address(host.address): self._silent(host)
            for host in scan.reading.hosts
            if host.filtered and not self.answers_much(host)
        }
        again = look_again(silent, rate, self._follow(tuple(silent), rate)) if silent else None
        self.ended(scan if again is None else _both(scan, again))

    def _silent(self, host: ScannedHost) -> tuple[int, ...]:
        """The ports of a host that did not answer; all but the open ones when nmap does not say."""
        if host.silent:
            return parse_ports(host.silent)
        opened = {port.number for port in host.ports}
        return tuple(port for port in self.ports if port not in opened)

    def _by_connections(self, addresses: tuple[Address, ...]) -> Scan:
        rate = Rate(self.profile.packets_per_host, self.profile.packets)
        follow = self._follow(addresses, rate)
        if self.profile.connect_only:
            return find_open(addresses, self.ports, rate, follow, waiting_per_host=1)
        return find_open(addresses, self.ports, rate, follow)

    def _follow(self, addresses: Sequence[Address], rate: Rate) -> Follow:
        pace = min(rate.total, rate.per_host * len(addresses))
        seconds = _SPARE_SECONDS + _TIMES * len(addresses) * len(self.ports) / pace
        return Follow(self.stop, seconds, self.opened, lambda share: self.searched(addresses, share))


def _both(first: Scan, again: Scan) -> Scan:
    """A scan with what a second look added; hosts it did not end with are left out."""
    later = {host.address: host for host in again.reading.hosts}
    left = {str(address) for address in again.missing()}
    hosts = tuple(_completed(host, later.get(host.address)) for host in first.reading.hosts if host.address not in left)
    return replace(first, reading=Reading(hosts, first.reading.complete and not left))


def _completed(host: ScannedHost, later: ScannedHost | None) -> ScannedHost:
    if later is None:
        return host
    ports = (*host.ports, *later.ports)
    return replace(host, ports=ports, closed=host.closed + later.closed, filtered=later.filtered)
