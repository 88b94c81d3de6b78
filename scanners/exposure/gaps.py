"""What the gaps of one audit are about: the places they name, or all of it when nothing else was read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import Endpoint, Host
from scanners.exposure.subjects import written
from scanners.model import Gap

_FEW = 5
_READ: Mapping[str, Callable[[Endpoint], bool]] = {
    "services": lambda _end: True,
    "http": lambda end: end.port.http is not None,
    "tls": lambda end: end.port.tls is not None,
    "ssh": lambda end: end.port.ssh is not None,
}


def places(address: str, numbers: Sequence[int]) -> tuple[str, ...]:
    """The subjects of what is unknown of a host: its ports when they are few, else the host."""
    return tuple(written(address, number) for number in numbers) if len(numbers) <= _FEW else (address,)


def told_apart(gaps: Iterable[Gap], hosts: Sequence[Host], domains: Sequence[Domain]) -> tuple[Gap, ...]:
    """The gaps, each once; those that leave nothing else in their section lose their subject.

    With one port open and that port mute, “all the rest was read” would let every rule pass on nothing.
    """
    known = tuple(gaps)
    missed = {section: {gap.subject for gap in known if gap.section == section} for section in (*_READ, "dns", "mail")}
    nothing = {section for section, read in _READ.items() if not _any_read(hosts, read, missed[section])}
    nothing |= {section for section in ("dns", "mail") if not {one.name for one in domains} - missed[section]}
    nothing |= set() if hosts else {"hosts"}
    return tuple(dict.fromkeys(replace(gap, subject="") if gap.section in nothing else gap for gap in known))


def _any_read(hosts: Sequence[Host], read: Callable[[Endpoint], bool], missed: set[str]) -> bool:
    ends = (Endpoint(host, port) for host in hosts if host.address not in missed for port in host.ports)
    return any(read(end) and end.subject not in missed for end in ends)
