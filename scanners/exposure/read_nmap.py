"""Reads the XML of nmap as a stream: memory does not grow with the number of hosts, entities are refused.

python-nmap's own dictionary keeps the last CPE only and drops TLS tunnels, so it is not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from scanners.errors import SaidError
from scanners.exposure.facts import clean

_MAX_CPES = 10
_MAX_KNOWN = 100_000
_SILENCE = "no-response"


@dataclass(frozen=True, slots=True)
class ScannedPort:
    """One open port as nmap saw it. `probed` tells that nmap recognised the service, not only the port number."""

    number: int
    protocol: str
    name: str = ""
    product: str = ""
    version: str = ""
    tunnel: str = ""
    probed: bool = False
    cpes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScannedHost:
    """One address with its open ports and how many others were closed or without answer.

    `silent` are those without any answer, written as nmap does (`1-79,81`); empty when it does not say.
    """

    address: str
    ports: tuple[ScannedPort, ...]
    closed: int
    filtered: int
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The hosts of one XML; `complete` is False when nmap did not write it to its end."""

    hosts: tuple[ScannedHost, ...]
    complete: bool


def read_nmap(stream: BinaryIO) -> Reading:
    """All the whole hosts of an nmap XML; SaidError when it declares entities, as nmap never does."""
    hosts: list[ScannedHost] = []
    known: dict[ScannedPort, ScannedPort] = {}
    complete = False
    try:
        for element in _elements(stream):
            if element.tag == "host":
                hosts.append(_host(element, known))
            else:
                complete = element.get("exit") == "success"
    except DefusedXmlException as error:
        raise SaidError(
            "Le fichier XML contient des entités, que nmap n’écrit jamais : il est refusé ; reprenez l’original.",
            "The XML file holds entities, which nmap never writes: it is refused; take the original again.",
        ) from error
    except (ParseError, ValueError, LookupError):
        complete = False
    return Reading(tuple(hosts), complete)


def _elements(stream: BinaryIO) -> Iterator[Element]:
    """Each `host` and `finished` element once whole; the tree is emptied as it goes."""
    root: Element | None = None
    for event, element in iterparse(stream, events=("start", "end"), forbid_entities=True):
        if root is None:
            root = element
        elif event == "end" and element.tag in {"host", "finished"}:
            yield element
            if element.tag == "host":
                root.clear()


def _host(element: Element, known: dict[ScannedPort, ScannedPort]) -> ScannedHost:
    address = next((entry.attrib["addr"] for entry in element.iter("address") if entry.get("addrtype") != "mac"), "")
    if not address:
        raise ValueError("a host without an address")
    states = {"closed": 0, "filtered": 0}
    for extra in element.iter("extraports"):
        _count(states, extra.get("state", ""), int(extra.get("count", "0")))
    silent = [why.get("ports", "") for why in element.iter("extrareasons") if why.get("reason") == _SILENCE]
    ports = []
    for port in element.iter("port"):
        state = _state(port)
        if state == "open":
            ports.append(_once(_port(port), known))
        else:
            _count(states, state, 1)
            silent += [port.attrib["portid"]] if _reason(port) == _SILENCE else []
    return ScannedHost(address, tuple(ports), states["closed"], states["filtered"], ",".join(filter(None, silent)))


def _once(port: ScannedPort, known: dict[ScannedPort, ScannedPort]) -> ScannedPort:
    """The same port of many hosts is kept once."""
    return known.setdefault(port, port) if len(known) < _MAX_KNOWN else known.get(port, port)


def _state(port: Element) -> str:
    state = port.find("state")
    return state.get("state", "") if state is not None else ""


def _reason(port: Element) -> str:
    state = port.find("state")
    return state.get("reason", "") if state is not None else ""


def _count(states: dict[str, int], state: str, number: int) -> None:
    if state in states:
        states[state] += number


def _port(element: Element) -> ScannedPort:
    number, protocol = int(element.attrib["portid"]), element.get("protocol", "tcp")
    service = element.find("service")
    if service is None:
        return ScannedPort(number, protocol)
    return ScannedPort(
        number=number,
        protocol=protocol,
        name=clean(service.get("name", "")),
        product=clean(service.get("product", "")),
        version=clean(service.get("version", "")),
        tunnel=clean(service.get("tunnel", "")),
        probed=service.get("method") == "probed",
        cpes=tuple(clean(cpe.text or "") for cpe in service.findall("cpe"))[:_MAX_CPES],
    )
