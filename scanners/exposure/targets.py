"""The strict grammar of targets and of port lists. Pure: names are resolved elsewhere.

Nothing accepted here can be taken for an option or hold a character a shell would read: an address is rewritten by
`ipaddress`, a name is made of letters, digits, hyphens and dots, a port is an integer.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanners.errors import CollectError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_ADDRESSES = 4096
"""Addresses of one audit (a /20): with the usual ports of each, already more than four million probes."""
MAX_TARGETS = 5000
"""Lines of a targets file."""
MAX_PORT = 65535

_INSIDE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(written)
    for written in (
        "0.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "240.0.0.0/4", "fc00::/7",
        "64:ff9b::/96", "2002::/16",
    )
)  # fmt: skip
"""Beside private ranges, those that are nobody's, and IPv6 that a gateway turns into any IPv4 address (NAT64, 6to4)."""
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_EVERYONE = ipaddress.IPv4Address("255.255.255.255")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")
_PORTS = re.compile(r"(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?\Z")
_SHOWN_CHARACTERS = 80


class TargetError(CollectError):
    """A target or a port list is not written as it should be, or is too large."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target as written: either a network (a single address is a /32 or /128) or a name in lower case."""

    written: str
    network: Network | None = None
    name: str = ""


def parse_targets(lines: Iterable[str]) -> tuple[Target, ...]:
    """Targets without doubles, in order; TargetError when there is none, one is malformed, or all are too large.

    Empty lines and what follows `#` are left out.
    """
    written = [text for line in lines if (text := line.partition("#")[0].strip())]
    if not written:
        raise TargetError(
            "Aucune cible n’est donnée ; indiquez au moins une adresse, un réseau (CIDR) ou un nom.",
            "No target is given; name at least one address, network (CIDR) or host name.",
        )
    if len(written) > MAX_TARGETS:
        raise _too_large(f"{len(written)} lignes", f"{len(written)} lines", MAX_TARGETS)
    targets = tuple({target.written: target for target in map(parse_target, written)}.values())
    _bound(targets)
    return targets


def parse_target(text: str) -> Target:
    """One target; TargetError when it is neither an address, nor a network, nor a name."""
    network = _network(text)
    if network is not None:
        if is_nobody(network.network_address) or network.broadcast_address == _EVERYONE:
            raise _malformed(
                text,
                "adresse de diffusion, multidiffusion ou indéfinie",
                "a broadcast, multicast or unspecified address",
            )
        return Target(_written(network), network=network)
    name = text.lower().removesuffix(".")
    if not is_name(name):
        raise _malformed(text, "ni une adresse, ni un réseau, ni un nom", "neither an address, a network nor a name")
    return Target(name, name=name)


def is_inside(address: Address) -> bool:
    """Whether an address only means something inside a network: this machine, this link, private ranges."""
    known = unmapped(address)
    local = known.is_loopback or known.is_link_local or known.is_multicast or known.is_unspecified
    return local or any(known.version == inside.version and known in inside for inside in _INSIDE)


def is_private(text: str) -> bool:
    """Whether a written address is that of a network closed to the Internet; this machine itself is none."""
    address = ipaddress.ip_address(text)
    return is_inside(address) and not address.is_loopback


def is_nobody(address: Address) -> bool:
    """Whether an address is not that of one machine: a group, everyone, or none."""
    return address.is_multicast or address.is_unspecified or address == _EVERYONE


def unmapped(address: Address) -> Address:
    """The address that is really contacted: `::ffff:192.0.2.7` is another writing of 192.0.2.7."""
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def network_of(text: str) -> Network:
    """A network as written, in IPv4 when it is IPv4 written in IPv6; ValueError when it is not one."""
    network = ipaddress.ip_network(text)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        start = unmapped(network.network_address)
        return ipaddress.ip_network(f"{start}/{network.prefixlen - _MAPPED.prefixlen}")
    return network


def is_name(text: str) -> bool:
    """Whether the text is a host name; one whose last label starts with a digit is a mistyped address or range."""
    return _NAME.match(text) is not None and text.rpartition(".")[2][0].isalpha()


def addresses_of(network: Network) -> Iterator[Address]:
    """The addresses of a network to contact: those of hosts, without the network and broadcast ones."""
    return iter(network.hosts())


def parse_ports(text: str) -> tuple[int, ...]:
    """Ports of `22,80,8000-8100`, sorted, without doubles; TargetError when written otherwise."""
    ports: set[int] = set()
    for part in text.replace(" ", "").split(","):
        match = _PORTS.match(part)
        first = int(match["first"]) if match else 0
        last = int(match["last"] or first) if match else 0
        if not 1 <= first <= last <= MAX_PORT:
            raise TargetError(
                f"La liste de ports est mal écrite ({_shown(part)}) ; écrivez par exemple 22,443,8000-8100.",
                f"The port list is malformed ({_shown(part)}); write for instance 22,443,8000-8100.",
            )
        ports.update(range(first, last + 1))
    return tuple(sorted(ports))


def write_ports(ports: Iterable[int]) -> str:
    """The shortest list of a set of ports: `22,80,8000-8100`."""
    parts: list[list[int]] = []
    for port in sorted(set(ports)):
        if parts and parts[-1][1] == port - 1:
            parts[-1][1] = port
        else:
            parts.append([port, port])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def _network(text: str) -> Network | None:
    if "%" in text:
        return None
    try:
        return network_of(text)
    except ValueError:
        pass
    try:
        loose = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    raise _malformed(text, f"pour ce réseau, écrivez {loose}", f"for this network, write {loose}")


def _written(network: Network) -> str:
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def _bound(targets: tuple[Target, ...]) -> None:
    total = 0
    for target in targets:
        size = target.network.num_addresses if target.network is not None else 1
        if size > MAX_ADDRESSES:
            raise _too_large(f"{target.written} ({size} adresses)", f"{target.written} ({size} addresses)")
        total += size
    if total > MAX_ADDRESSES:
        raise _too_large(f"{total} adresses", f"{total} addresses")


def _too_large(fr: str, en: str, limit: int = MAX_ADDRESSES) -> TargetError:
    return TargetError(
        f"Le périmètre est trop grand : {fr}, la limite est de {limit} ; découpez-le en plusieurs audits.",
        f"The scope is too large: {en}, the limit is {limit}; split it into several audits.",
    )


def _malformed(text: str, fr: str, en: str) -> TargetError:
    return TargetError(
        f"La cible {_shown(text)} est refusée : {fr} ; corrigez-la (exemples : 192.0.2.7, 192.0.2.0/24, "
        "www.hopital.fr).",
        f"The target {_shown(text)} is refused: {en}; correct it (for instance 192.0.2.7, 192.0.2.0/24, "
        "www.hopital.fr).",
    )


def _shown(text: str) -> str:
    return ascii(text[:_SHOWN_CHARACTERS])
