"""What an exposure audit saw, as things that one follows from audit to audit: addresses, services, names. Pure.

Traits are texts; one that could not be read is left empty, so that a gentler audit does not look like a change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from scanners.exposure.facts import Endpoint, ExposureFacts, Host, clean
from scanners.exposure.looked_at import looked_at, scanned_addresses
from scanners.exposure.products import gateway_or_console
from scanners.exposure.subjects import host_of

_LONGEST = 300
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing seen. `key`: `192.0.2.7`, `192.0.2.7:443/tcp`, `portail.hopital.fr`."""

    kind: Literal["address", "service", "name"]
    key: str
    traits: Mapping[str, str]


def things(facts: ExposureFacts) -> Iterator[Thing]:
    """Addresses with something open, their services, and the names that led to them."""
    led: dict[str, list[str]] = {}
    for host in facts.hosts:
        for name in host.names:
            led.setdefault(name, []).append(host.address)
        if host.ports or host.answers_everything:
            yield Thing("address", host.address, _address(host))
        for port in host.ports:
            endpoint = Endpoint(host, port)
            yield Thing("service", endpoint.subject, _service(endpoint))
    for name, addresses in led.items():
        yield Thing("name", name, {"addresses": ", ".join(sorted(addresses))})


def _address(host: Host) -> dict[str, str]:
    return {
        "names": ", ".join(sorted(host.names)[:_MOST_NAMES]),
        "answers_everything": "yes" if host.answers_everything else "no",
    }


def _service(endpoint: Endpoint) -> dict[str, str]:
    port, service = endpoint.port, endpoint.service
    known = {
        "service": service.name,
        "product": gateway_or_console(port.http) or service.product,
        "version": service.version,
        "title": port.http.title if port.http else "",
        "tls": ", ".join(port.tls.versions) if port.tls else "",
        "source": service.source if service.name else "",
    }
    certificate = port.tls.certificate if port.tls else None
    if certificate is not None:
        known |= {
            "certificate": certificate.sha256,
            "certificate_subject": certificate.subject,
            "certificate_issuer": certificate.issuer,
            "certificate_names": ", ".join(certificate.names[:_MOST_NAMES]),
            "certificate_until": certificate.not_after.isoformat(),
        }
    return {name: clean(value, _LONGEST) for name, value in known.items()}


def where_to_look(facts: ExposureFacts) -> Callable[[str], bool]:
    """Whether an audit looked where a thing of that key would be: its address was scanned and its port tried.

    A name was looked at when it is still asked for and an address behind it was scanned. An audit that did not finish
    with its addresses looked nowhere: what it missed is not told one by one.
    """
    if any(gap.section == "hosts" and not gap.subject for gap in facts.gaps):
        return lambda _key: False
    scanned, looked = scanned_addresses(facts), looked_at(facts)
    names = {name for host in facts.hosts if host.address in scanned for name in host.names}
    return lambda key: key in names or (not isinstance(host_of(key), str) and looked(key))
