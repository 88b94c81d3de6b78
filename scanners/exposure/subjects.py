"""What a subject of exposure names: written and read here only. Pure.

`192.0.2.7`, `192.0.2.7:443/tcp`, `[2001:db8::1]:25/tcp`, `portail.hopital.fr`; a port may be followed by the further
name under which it was asked, then by the product seen on it, and by its vulnerability:
`192.0.2.7:443/tcp (agenda.hopital.fr) nginx CVE-2026-1234`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from scanners.exposure.targets import Address

_WRITTEN = re.compile(r"(?P<place>\S+)(?: \((?P<site>[^()\s]+)\))?(?: (?P<detail>.+))?", re.DOTALL)
_PORT = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^:\[\]]+)):(?P<number>[0-9]{1,5})/(?P<protocol>[a-z]+)")
_FLAW = re.compile(r"(?:^| )cve-[0-9]{4}-[0-9]+$")


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject read, in lower case. `host` is an address or a name; `number` and `protocol` are empty without a port.

    `place` is all that stands before the first space: the port, the address or the name.
    """

    place: str
    host: Address | str
    number: int = 0
    protocol: str = ""
    site: str = ""
    detail: str = ""

    @property
    def product(self) -> str:
        """The product that a detail names, without its vulnerability; empty when it names none."""
        return _FLAW.sub("", self.detail)


def written(address: str, number: int, protocol: str = "tcp", site: str = "") -> str:
    """The subject of one port, under a further name when `site` gives it."""
    host = f"[{address}]" if ":" in address else address
    place = f"{host}:{number}/{protocol}"
    return f"{place} ({site})" if site else place


def read_subject(subject: str) -> Subject:
    """What a subject names; a text that is none of ours is a name."""
    found = _WRITTEN.fullmatch(subject.strip().casefold())
    if found is None:
        return Subject("", "")
    place, site, detail = found["place"], found["site"] or "", found["detail"] or ""
    port = _PORT.fullmatch(place)
    if port is None:
        return Subject(place, _host(place), site=site, detail=detail)
    return Subject(place, _host(port["six"] or port["host"]), int(port["number"]), port["protocol"], site, detail)


def _host(text: str) -> Address | str:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return text


def host_of(subject: str) -> Address | str:
    """The address or the name (lower case) that a subject is about."""
    return read_subject(subject).host


def place_of(subject: str) -> str:
    """The port, the address or the name of a subject, without what follows: a vulnerability is where its port is."""
    return read_subject(subject).place
