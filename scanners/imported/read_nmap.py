"""Reads the XML of nmap (`-oX`): risky services that answer, and what the `vuln` and `vulners` scripts say.

Source of the format: nmap.dtd and the reference guide, chapter “Output”. nmap gives no severity: those of services are
in `services.py`; those of `vulners` are the CVSS bands of the worst CVE of a port; a script of the `vuln` family is
high, critical when it says “Exploitable”, medium when it says “LIKELY” (states of the NSE library `vulns`).

A service closes when nmap came to its end, the machine answered, and the usual ports of the service were all among
those it was asked to try, with the same recognition of services (`-sV`). Over UDP silence may mean anything: a service
that has UDP ports never closes when a port stayed `open|filtered`. Scripts say nothing when they cannot run: they never
close.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from scanners.exchange import NamedProduct
from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import NO_TEXT, Check, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_xml import records
from scanners.imported.services import SERVICES, RiskyService
from scanners.imported.wording import cves, epoch, foreign, host, number, of_cvss, plain, port_of, title
from scanners.known_products import known_as, read_cpe
from scanners.model import Gap, Scalar, Severity, Text

_RECORDS = frozenset({"scaninfo", "host", "finished"})
_MAX_LISTED = 60
"""Ports, CVE ids listed in one evidence; the count is always whole."""
_UNRECOGNISED = frozenset({"tcpwrapped", "unknown"})
"""Names nmap gives to a service that closed on it or that it did not recognise."""
_PROBING = re.compile(r"(?<=\s)(?:-sV|-A|--version-(?:light|all|intensity[ =]\d))(?=\s|$)")
"""Options that decide which services nmap recognises on unusual ports."""

_MAX_PROTOCOLS = 8
_MAX_RANGES = 65536

_UPDATE = Text(
    "Mettez le logiciel à jour ; vérifiez d’abord si la distribution a déjà corrigé sans changer de version.",
    "Update the software; first check whether the distribution fixed it without changing the version.",
)
_VULNERS = Text(
    "Le script vulners rapproche la version annoncée des vulnérabilités publiées : c’est un indice, pas une preuve.",
    "The vulners script matches the announced version with published vulnerabilities: a hint, not a proof.",
)
_VULNERS_TITLES = {
    Severity.CRITICAL: Text(
        "Version visée par des vulnérabilités critiques", "Version with critical published vulnerabilities"
    ),
    Severity.HIGH: Text("Version visée par des vulnérabilités élevées", "Version with high published vulnerabilities"),
    Severity.MEDIUM: Text(
        "Version visée par des vulnérabilités moyennes", "Version with medium published vulnerabilities"
    ),
    Severity.LOW: Text("Version visée par des vulnérabilités faibles", "Version with low published vulnerabilities"),
}


@dataclass(slots=True)
class _Scan:
    """What is known of the scan as the file goes by. `asked` holds the ranges of ports tried, by protocol."""

    gathering: Gathering
    hosts: Hosts
    version: str = ""
    asked: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    started: datetime | None = None
    finished: datetime | None = None
    ended: bool = False
    timed_out: int = 0
    silent: int = 0
    unsure: bool = False

    def tried(self, risky: RiskyService) -> bool:
        """Whether all the usual ports of a service were among those asked for."""
        ports = (port.partition("/") for port in risky.ports)
        return all(
            any(first <= int(port) <= last for first, last in self.asked.get(protocol, ()))
            for port, _slash, protocol in ports
        )


def read(source: Source, at: datetime | None) -> Report:
    """The report of an nmap XML; ReportError when it is cut or was interrupted before its end."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    for path, element in records(source, _RECORDS, dtd=True):
        if not path:
            scan.version, scan.started = plain(element.get("version", ""), 40), epoch(element.get("start"))
            scan.kinds |= set(_PROBING.findall(element.get("args", "")))
        elif element.tag == "scaninfo":
            _scan_info(scan, element)
        elif element.tag == "host":
            _host(scan, element)
        else:
            scan.finished = epoch(element.get("time"))
            scan.ended = element.get("exit") == "success"
    if not scan.ended:
        raise ReportError(
            "nmap n’est pas allé à son terme : le fichier n’a pas de fin réussie (runstats) ; relancez l’analyse.",
            "nmap did not come to its end: the file has no successful finish (runstats); run the scan again.",
        )
    finished = scan.finished or at
    if finished is None:
        raise ReportError(
            "Ce fichier ne dit pas quand nmap s’est terminé ; reprenez le fichier d’origine.",
            "This file does not say when nmap ended; take the original file again.",
        )
    _passed(scan)
    return Report(
        tool=Tool.NMAP,
        version=scan.version,
        started_at=min(scan.started or finished, finished),
        finished_at=finished,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(lambda check: _conclusive(scan, check)),
        scope=_scope(scan),
        gaps=_gaps(scan),
        products=scan.gathering.products(),
        names_products=bool(scan.hosts.names()) and not scan.kinds.isdisjoint({"-sV", "-A"}),
    )


def _scan_info(scan: _Scan, element: Element) -> None:
    """One kind of scan with its ports; nmap writes at most one a protocol."""
    if len(scan.asked) < _MAX_PROTOCOLS:
        scan.kinds.add(plain(element.get("type", ""), 20))
        scan.asked.setdefault(plain(element.get("protocol", ""), 10), []).extend(_ranges(element.get("services", "")))


def _ranges(text: str) -> Iterator[tuple[int, int]]:
    """The ranges of `1-1024,3389`; what is not written so is left out."""
    for part in text.split(",", _MAX_RANGES)[:_MAX_RANGES]:
        low, dash, high = part.partition("-")
        first, last = port_of(low), port_of(high if dash else low)
        if first is not None and last is not None:
            yield first, last


def _host(scan: _Scan, element: Element) -> None:
    status = element.find("status")
    if status is not None and status.get("state") != "up":
        return
    address = next((one.get("addr") for one in element.iter("address") if one.get("addrtype") != "mac"), None)
    if not address:
        return
    if element.get("timedout") == "true":
        scan.timed_out += 1
    elif _answered(element):
        scan.hosts.see(host(address))
    else:
        scan.silent += 1
    _ports(scan, host(address), element)


def _answered(element: Element) -> bool:
    """Whether anything came back: with `-Pn` nmap calls up a machine that is switched off."""
    status = element.find("status")
    if status is not None and status.get("reason") != "user-set":
        return True
    states = {_state(port) for port in element.iter("port")} | {one.get("state") for one in element.iter("extraports")}
    return bool(states & {"open", "closed", "unfiltered"})


def _ports(scan: _Scan, address: str, element: Element) -> None:
    states = [(port, _state(port)) for port in element.iter("port")]
    extra = {one.get("state") for one in element.iter("extraports")}
    scan.unsure |= "open|filtered" in extra or any(state == "open|filtered" for _port, state in states)
    opened = [port for port, state in states if state == "open"]
    listed = _listed([f"{plain(one.get('portid', ''), 5)}/{plain(one.get('protocol', ''), 8)}" for one in opened])
    for port in opened:
        _service(scan, address, port, listed)
        for script in port.findall("script"):
            _script(scan, address, port, script)
    for script in element.findall("hostscript/script"):
        _script(scan, address, None, script)


def _state(port: Element) -> str:
    state = port.find("state")
    return state.get("state", "") if state is not None else ""


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_MAX_LISTED])
    return f"{shown}…" if len(names) > _MAX_LISTED else shown


def _service(scan: _Scan, address: str, port: Element, ports: str) -> None:
    number_, protocol = port_of(port.get("portid")), plain(port.get("protocol", "tcp"), 8)
    if number_ is None:
        return
    service = port.find("service")
    seen = service.attrib if service is not None else {}
    for risky in SERVICES:
        if _is(risky, seen, f"{number_}/{protocol}"):
            scan.gathering.find(
                _check(risky), subject_of(address, number_, protocol), {**_identity(seen), "ports": ports}
            )
    _products(scan, subject_of(address, number_, protocol), service)


def _products(scan: _Scan, subject: str, service: Element | None) -> None:
    """What nmap recognised behind a port: by its CPE, else by the name it gives the software."""
    if service is None:
        return
    version = plain(service.get("version", ""), 100)
    cpes = [plain(one.text, 300) for one in service.findall("cpe")]
    for product, said_, part, cpe in ((*read_cpe(one), one) for one in cpes):
        told = said_ or (version if part == "a" else "")
        precise = version if told and version.lower().startswith(told) else told
        scan.gathering.names(NamedProduct(product, precise, cpe, subject))
    if not any(read_cpe(one)[2] == "a" for one in cpes):
        scan.gathering.names(NamedProduct(known_as(plain(service.get("product", ""), 200)), version, "", subject))


def _is(risky: RiskyService, seen: dict[str, str], port: str) -> bool:
    """By name when nmap recognised the service, else by port as well."""
    if seen.get("name", "") in risky.names:
        return True
    if seen.get("method") == "probed" and seen.get("name") not in _UNRECOGNISED:
        return any(word in seen.get("product", "").lower() for word in risky.products)
    return port in risky.ports


def _identity(seen: dict[str, str]) -> dict[str, Scalar]:
    return {
        "service": plain(seen.get("name", ""), 60),
        "product": plain(seen.get("product", ""), 120),
        "version": plain(seen.get("version", ""), 60),
    }


def _check(risky: RiskyService) -> Check:
    return Check(check_id(Tool.NMAP, risky.name), risky.title, risky.severity, NO_TEXT, risky.remediation)


def _script(scan: _Scan, address: str, port: Element | None, script: Element) -> None:
    subject = address
    if port is not None:
        subject = subject_of(address, port_of(port.get("portid")), plain(port.get("protocol", "tcp"), 8))
    if script.get("id") == "vulners":
        service = port.find("service") if port is not None else None
        _vulners(scan, subject, script, service.attrib if service is not None else {})
        return
    for table in script.iter("table"):
        _vulnerability(scan, subject, plain(script.get("id", ""), 80), table)


def _vulners(scan: _Scan, subject: str, script: Element, seen: dict[str, str]) -> None:
    """One finding a port, whatever the number of CVE: the cure is one update."""
    scores: dict[str, float] = {}
    for table in script.iter("table"):
        elems = {elem.get("key", ""): elem.text or "" for elem in table.findall("elem")}
        for ref in cves(elems.get("id", "")):
            scores[ref.value] = max(scores.get(ref.value, 0.0), number(elems.get("cvss")) or 0.0)
    worst = of_cvss(max(scores.values(), default=0.0))
    if worst is Severity.INFO:
        return
    check = Check(check_id(Tool.NMAP, f"vulners_{worst}"), _VULNERS_TITLES[worst], worst, _VULNERS, _UPDATE)
    names = sorted(scores, key=lambda name: (-scores[name], name))
    evidence: dict[str, Scalar] = {"count": len(names), "cvss": max(scores.values()), "cves": _listed(names)}
    scan.gathering.find(check, subject, {**_identity(seen), **evidence})


def _vulnerability(scan: _Scan, subject: str, name: str, table: Element) -> None:
    """A table of the NSE library `vulns`: a title, a state, ids, references."""
    elems = {elem.get("key", ""): elem.text or "" for elem in table.findall("elem")}
    state = plain(elems.get("state", ""), 60)
    if "VULNERABLE" not in state or "NOT VULNERABLE" in state:
        return
    listed = [elem.text or "" for inner in table.findall("table") for elem in inner.iter("elem")]
    check = Check(
        check_id(Tool.NMAP, name),
        title(elems.get("title", ""), name),
        _of_state(state),
        foreign("\n".join(elem.text or "" for elem in table.findall("table[@key='description']/elem"))),
        _UPDATE,
        cves(plain(table.get("key", "")), *listed),
    )
    scan.gathering.find(check, subject, {"value": state})


def _of_state(state: str) -> Severity:
    if "LIKELY" in state:
        return Severity.MEDIUM
    return Severity.CRITICAL if "Exploitable" in state else Severity.HIGH


def _passed(scan: _Scan) -> None:
    """Services whose usual ports were all tried are said even when nothing answered."""
    for risky in SERVICES:
        if scan.hosts.names() and scan.tried(risky):
            scan.gathering.meet(_check(risky))


def _conclusive(scan: _Scan, check: Check) -> bool:
    risky = next((one for one in SERVICES if check_id(Tool.NMAP, one.name) == check.id), None)
    if risky is None or not scan.tried(risky):
        return False
    return not (scan.unsure and any(port.endswith("/udp") for port in risky.ports))


def _scope(scan: _Scan) -> str:
    """The kind of scan and the ports asked for, in few characters."""
    kinds = "+".join(sorted(scan.kinds))
    ports = repr(sorted((protocol, sorted(set(ranges))) for protocol, ranges in scan.asked.items()))
    count = sum(last - first + 1 for ranges in scan.asked.values() for first, last in ranges)
    return f"{kinds} {count} ports {hashlib.sha256(ports.encode()).hexdigest()[:12]}"


def _gaps(scan: _Scan) -> tuple[Gap, ...]:
    gaps = []
    if scan.timed_out:
        reason = Text(
            f"Machines abandonnées par nmap avant la fin (délai dépassé) : {scan.timed_out}. Rien ne s’y ferme.",
            f"Machines given up by nmap before the end (timeout): {scan.timed_out}. Nothing closes there.",
        )
        gaps.append(Gap("hosts", reason, truncated=True))
    if scan.silent:
        reason = Text(
            f"Machines sans aucune réponse, peut-être éteintes : {scan.silent}. Rien ne s’y ferme.",
            f"Machines without any answer, perhaps switched off: {scan.silent}. Nothing closes there.",
        )
        gaps.append(Gap("hosts", reason))
    return tuple(gaps)
