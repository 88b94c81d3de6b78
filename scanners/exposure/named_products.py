"""The products an exposure audit names: by their CPE, by what they announce, by the pages that betray them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from scanners.exchange import NamedProduct
from scanners.exposure.facts import Endpoint, ExposureFacts
from scanners.exposure.products import recognised
from scanners.known_products import known_as, read_cpe

_NO_PRODUCT: Final = frozenset(
    {
        "smb", "snmp", "rfb", "remote desktop", "mqtt", "tls", "network camera", "administration page", "ntp", "upnp",
        "netbios", "onvif", "ipsec", "ipmi", "asf",
    }
)  # fmt: skip
"""Protocols and kinds of pages, which are no product."""
_TOKEN: Final = re.compile(r"([A-Za-z][A-Za-z_-]*)/v?([0-9][0-9A-Za-z.+~:-]*)")
_WINDOWS: Final = re.compile(r"\(Win(?:32|64)\)|Microsoft-IIS", re.IGNORECASE)
_SYSTEM: Final = re.compile(r"debian|ubuntu|red ?hat|centos|rocky|alma|suse|fedora|amazon|oracle linux", re.IGNORECASE)


def seen_products(facts: ExposureFacts) -> Iterator[NamedProduct]:
    """Every product of every open port; a port may name several (its server, its language, its gateway).

    What a port says under a further name counts there, when it does not say it of itself.
    """
    for endpoint in facts.endpoints():
        own = list(_own(endpoint))
        yield from own
        known = {(one.product, one.version) for one in own}
        yield from (one for one in _further(endpoint) if (one.product, one.version) not in known)


def told_products(facts: ExposureFacts) -> Iterator[NamedProduct]:
    """What every open port says of itself, then under each further name, be it the same."""
    for endpoint in facts.endpoints():
        yield from _own(endpoint)
        yield from _further(endpoint)


def _own(endpoint: Endpoint) -> Iterator[NamedProduct]:
    for read in (_by_cpe, _recognised, _announced, _betrayed):
        yield from read(endpoint)


def _further(endpoint: Endpoint) -> Iterator[NamedProduct]:
    for site in endpoint.sites()[1:]:
        yield from _announced(site)
        yield from _betrayed(site)


def _by_cpe(endpoint: Endpoint) -> Iterator[NamedProduct]:
    service = endpoint.service
    for cpe in service.cpes:
        product, version, part = read_cpe(cpe)
        if product:
            told = version or (service.version if part == "a" else "")
            yield NamedProduct(product, _more_precise(told, service.version), cpe, endpoint.subject)


def _more_precise(version: str, announced: str) -> str:
    """What the service announces when it says the same version and more: the build of a distribution, for one."""
    return announced if version and announced.lower().startswith(version.lower()) else version


def _recognised(endpoint: Endpoint) -> Iterator[NamedProduct]:
    service = endpoint.service
    if service.product and not any(read_cpe(cpe)[2] == "a" for cpe in service.cpes):
        name = service.product.strip().lower()
        if name not in _NO_PRODUCT:
            yield NamedProduct(known_as(name), service.version.strip(), "", endpoint.subject)


def _announced(endpoint: Endpoint) -> Iterator[NamedProduct]:
    http = endpoint.port.http
    if http is None:
        return
    announced = " ".join((http.header("server"), http.header("x-powered-by")))
    if _WINDOWS.search(announced):
        yield NamedProduct("microsoft:windows", "", "", endpoint.subject)
    for product, version in _TOKEN.findall(announced):
        name = product.lower()
        yield NamedProduct(known_as(name), _with_system(version, announced), "", endpoint.subject)


def _with_system(version: str, announced: str) -> str:
    """The version with the distribution the banner names: it may correct without changing the number."""
    system = _SYSTEM.search(announced)
    return f"{version} ({system[0]})" if system else version


def _betrayed(endpoint: Endpoint) -> Iterator[NamedProduct]:
    found = recognised(endpoint)
    if found is None or (name := found.name.lower()) in _NO_PRODUCT:
        return
    yield NamedProduct(known_as(name), found.version if found.product.compared else "", "", endpoint.subject)
