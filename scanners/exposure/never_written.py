"""Which ports of an audit are never written to, and the questions about who one is that a person allowed. Pure.

Three things spare a port: what it is (interface engines, controllers, raw printing), what the establishment chose,
and the profile that only opens connections. A permission lifts the first one only, for one protocol, until its last
day, and leads to one standard question that changes nothing. Interface engines (HL7) have no such question: no
permission exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from scanners.errors import FieldError
from scanners.exposure.facts import Allowed
from scanners.exposure.ports import SILENT_PORTS
from scanners.exposure.targets import Network, TargetError, network_of, parse_ports, parse_target, unmapped

MAX_LINES = 500
_PORTS_ONLY = re.compile(r"[0-9][0-9, -]*\Z")


def _a_day(written: str) -> str:
    return date.fromisoformat(written).isoformat()


@dataclass(frozen=True)
class Permission:
    """One permission as a request gives it: the protocol that may be asked who it is, the last day, and who allowed
    it."""

    protocol: Literal["bacnet", "modbus", "s7"]
    until: Annotated[str, AfterValidator(_a_day)]
    by: Annotated[str, Field(min_length=1, max_length=300)]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """One line of the establishment: these ports (all when there is none) of this network (everywhere when None)."""

    network: Network | None
    ports: frozenset[int]

    def holds(self, address: str, port: int) -> bool:
        return (not self.ports or port in self.ports) and (self.network is None or _inside(address, self.network))


def _inside(address: str, network: Network) -> bool:
    own = unmapped(network_of(address).network_address)
    return own.version == network.version and own in network


@dataclass(frozen=True, slots=True)
class NeverWritten:
    """What an audit may never write to. `everything` is the profile that only opens connections."""

    chosen: tuple[_Chosen, ...] = ()
    allowed: frozenset[str] = frozenset()
    everything: bool = False

    @classmethod
    def of(cls, lines: Iterable[str], permissions: Iterable[Allowed] = (), everything: bool = False) -> NeverWritten:
        """What some lines and permissions in force make; TargetError names a line that is unreadable."""
        allowed = frozenset(one.protocol for one in permissions)
        return cls(tuple(_chosen(line) for line in lines), allowed, everything)

    def forbids(self, address: str, port: int) -> bool:
        """Whether no byte may be sent to a port, TCP or UDP."""
        if self.everything or self.by_choice(address, port):
            return True
        return port in SILENT_PORTS and SILENT_PORTS[port] not in self.allowed

    def by_choice(self, address: str, port: int) -> bool:
        """Whether the establishment chose that a port is never written to."""
        return any(one.holds(address, port) for one in self.chosen)


def silent_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines themselves; FieldError names one that is unreadable."""
    if len(lines) > MAX_LINES:
        raise FieldError(
            f"{len(lines)} lignes de ports muets, la limite est de {MAX_LINES} ; regroupez-les par réseau.",
            f"{len(lines)} lines of silent ports, the limit is {MAX_LINES}; group them by network.",
        )
    try:
        NeverWritten.of(lines)
    except TargetError as error:
        raise FieldError(error.text.fr, error.text.en) from error
    return lines


def in_force(permissions: Iterable[Permission], today: date) -> tuple[Allowed, ...]:
    """The permissions that hold today."""
    return tuple(Allowed(one.protocol, one.until, one.by) for one in permissions if one.until >= today.isoformat())


def _chosen(line: str) -> _Chosen:
    """`8080,9000-9010`, `192.0.2.7`, `192.0.2.0/28 8080`: names are refused: their address changes."""
    text = line.strip()
    if _PORTS_ONLY.match(text):
        return _Chosen(None, frozenset(parse_ports(text)))
    where, _, ports = text.partition(" ")
    try:
        network = parse_target(where).network
    except TargetError:
        network = None
    if network is None:
        raise TargetError(
            f"La ligne « {text[:80]!a} » des ports muets n’est pas lisible ; écrivez une adresse ou un réseau, des "
            "ports, ou les deux : 192.0.2.7, 8080, 192.0.2.0/28 8080,9000-9010. Un nom ne suffit pas.",
            f"The line {text[:80]!a} of silent ports is unreadable; write an address or a network, ports, or both: "
            "192.0.2.7, 8080, 192.0.2.0/28 8080,9000-9010. A name is not enough.",
        )
    return _Chosen(network, frozenset(parse_ports(ports)) if ports.strip() else frozenset())
