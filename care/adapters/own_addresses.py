"""The names and addresses at which this machine is reached. Nothing is sent anywhere to find them."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from care.adapters.own_authority import Address, Reached

_SIOCGIFADDR = 0x8915  # linux/sockios.h
_GLOBAL = "00"
"""The scope of an IPv6 address, as /proc/net/if_inet6 writes it."""


def reached_at(bind: str, host: str) -> Reached:
    """Where a server bound to `bind` is reached; `host` is the name or the address that people were told."""
    bound = ipaddress.ip_address(bind)
    addresses = {ipaddress.ip_address("127.0.0.1"), *(_own() if bound.is_unspecified else (bound,))}
    names = {"localhost", *filter(None, (socket.gethostname().lower(), socket.getfqdn().lower()))}
    told = host.lower()
    try:
        addresses.add(ipaddress.ip_address(host))
    except ValueError:
        names.add(told)
    first = socket.gethostname().lower()
    known = sorted((name for name in names if _is_name(name)), key=lambda name: (name != first, name))
    return Reached(told, tuple(known), tuple(sorted(addresses, key=lambda one: (one.version, int(one)))))


def address_to_tell(bind: str) -> str:
    """The address to give to phones of the room when nobody chose one: the first that is not this machine's alone."""
    bound = ipaddress.ip_address(bind)
    if not bound.is_unspecified:
        return str(bound)
    found = [one for one in _own() if not one.is_loopback]
    return str(min(found, key=lambda one: (one.version, int(one)))) if found else "127.0.0.1"


def _own() -> Iterator[Address]:
    for _index, interface in socket.if_nameindex():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                answer = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("256s", interface.encode()[:15]))
            except OSError:  # an interface without an address
                continue
        yield ipaddress.IPv4Address(answer[20:24])
    known = Path("/proc/net/if_inet6")
    for line in known.read_text(encoding="ascii").splitlines() if known.exists() else ():
        words = line.split()
        if words[3] == _GLOBAL:
            yield ipaddress.IPv6Address(int(words[0], 16))


def _is_name(name: str) -> bool:
    return name.isascii() and all(part and len(part) < 64 for part in name.split(".")) and not name[-1].isdigit()
