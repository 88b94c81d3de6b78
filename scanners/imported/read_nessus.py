"""Reads the export of Nessus, version 2 (`.nessus`), also written by Tenable Security Center and Vulnerability
Management.

Source of the format: Tenable, “Nessus file format”. Severities 1 to 4 are low to critical; 0 is information and is left
out. The policy is skipped, apart from the list of plugins: its preferences hold passwords. Of the output of a plugin
only installed and fixed versions and paths are kept; the rest may quote accounts, shares or passwords.

What closes: plugin 19506 (“Nessus Scan Information”) runs last on a machine, so that a machine carrying it and an end
of scan was looked at whole. A plugin ran when it is in the policy's `plugin_set`, or found something in this file;
CISA's own tracker of federal networks (cisagov/cyhy-commander) closes on the same list. Ports, credentials and depth of
the scan, as 19506 tells them, are part of the perimeter of each machine. An export without 19506 or without policy
closes less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from scanners.exchange import NamedProduct
from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import Check, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_xml import records, said
from scanners.imported.versions import said_lines, versions_in
from scanners.imported.wording import cves, cwe, epoch, foreign, host, number, plain, port_of, title, urls
from scanners.known_products import read_cpe
from scanners.model import Gap, Scalar, Severity, Text

_RECORDS = frozenset({"preference", "HostProperties", "ReportItem"})
_SEVERITIES = {"1": Severity.LOW, "2": Severity.MEDIUM, "3": Severity.HIGH, "4": Severity.CRITICAL}
_SCAN_INFORMATION = "19506"
_COMPLIANCE = "Policy Compliance"
_MAX_PLUGINS = 600_000
"""Plugins in a policy; Nessus had about 250,000 in 2025."""

# Lines of plugin 19506 that say how a machine was looked at, and how they are written in a perimeter.
_WAYS = {
    "credentialed checks": "credentials",
    "port range": "ports",
    "thorough tests": "thorough",
    "experimental tests": "experimental",
    "paranoia level": "paranoia",
    "safe checks": "safe",
    "cgi scanning": "cgi",
    "web application tests": "web",
    "scan policy used": "policy",
}
_DATES = ("%a %b %d %H:%M:%S %Y",)


@dataclass(slots=True)
class _Host:
    """The machine at hand: its items come after its properties."""

    name: str = ""
    ended: bool = False


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    host: _Host = field(default_factory=_Host)
    version: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    plugins: frozenset[str] = frozenset()
    left_out: int = 0
    compliance: int = 0
    unproved: set[str] = field(default_factory=set)
    zoneless: bool = False


def read(source: Source, at: datetime | None) -> Report:
    """The report of a .nessus file."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    for path, element in records(source, _RECORDS):
        if element.tag == "preference":
            _preference(scan, element)
        elif element.tag == "HostProperties":
            _properties(scan, element)
        elif path:
            _item(scan, element)
    finished = scan.finished or at
    if finished is None:
        raise ReportError(
            "Ce fichier de Nessus ne dit pas quand les machines ont été analysées (HOST_END) ; exportez l’analyse "
            "entière.",
            "This file of Nessus does not say when the machines were scanned (HOST_END); export the whole scan.",
        )
    proved = bool(scan.hosts.names())
    return Report(
        tool=Tool.NESSUS,
        version=scan.version,
        started_at=min(scan.started or finished, finished),
        finished_at=finished,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(lambda _check: proved),
        ways=scan.hosts.ways(),
        gaps=tuple(_gaps(scan)),
        covers=scan.plugins if proved else frozenset(),
        left_out=scan.left_out,
        products=scan.gathering.products(),
        names_products=proved and bool(scan.gathering.products()),
    )


def _preference(scan: _Scan, element: Element) -> None:
    """The list of plugins that were turned on; every other preference is dropped unread, some hold passwords."""
    if said(element, "name") == "plugin_set":
        ids = said(element, "value").split(";", _MAX_PLUGINS)[:_MAX_PLUGINS]
        scan.plugins = frozenset(check_id(Tool.NESSUS, one.strip()) for one in ids if one.strip().isdigit())


def _properties(scan: _Scan, element: Element) -> None:
    tags = {tag.get("name", ""): tag.text or "" for tag in element.findall("tag")}
    name = tags.get("host-ip") or tags.get("host-fqdn") or tags.get("host-rdns") or tags.get("netbios-name")
    started, finished = _when(scan, tags, "HOST_START"), _when(scan, tags, "HOST_END")
    scan.host = _Host(host(name), finished is not None)
    scan.unproved.add(scan.host.name)
    scan.hosts.bound(len(scan.unproved))
    for product in _identified(tags, scan.host.name):
        scan.gathering.names(product)
    if started is not None:
        scan.started = min(scan.started or started, started)
    if finished is not None:
        scan.finished = max(scan.finished or finished, finished)


def _identified(tags: Mapping[str, str], name: str) -> Iterator[NamedProduct]:
    """What Nessus identified on a machine: properties `cpe`, `cpe-0`…: `cpe:/a:openbsd:openssh:8.0 -> OpenSSH`."""
    for tag, value in tags.items():
        if tag == "cpe" or tag.startswith("cpe-"):
            cpe = plain(value, 400).partition(" ")[0]
            product, version, _part = read_cpe(cpe)
            yield NamedProduct(product, version, cpe, name)


def _when(scan: _Scan, tags: Mapping[str, str], name: str) -> datetime | None:
    """Recent files give seconds since 1970; older ones the scanner's local time without its zone, taken as UTC."""
    exact = epoch(tags.get(f"{name}_TIMESTAMP"))
    if exact is not None:
        return exact
    for form in _DATES:
        try:
            read_ = datetime.strptime(plain(tags.get(name), 40), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        scan.zoneless = True
        return read_ if 1990 <= read_.year < 2100 else None
    return None


def _item(scan: _Scan, item: Element) -> None:
    plugin = plain(item.get("pluginID"), 20)
    if plugin == _SCAN_INFORMATION:
        _information(scan, said(item, "plugin_output"))
    severity = _SEVERITIES.get(item.get("severity", ""))
    if item.get("pluginFamily") == _COMPLIANCE or any("compliance" in child.tag for child in item):
        scan.compliance += severity is not None
    elif severity is None:
        scan.left_out += 1
    elif plugin.isdigit() and scan.host.name:
        _weakness(scan, item, plugin, severity)


def _information(scan: _Scan, output: str) -> None:
    """Plugin 19506: the machine was looked at to its end, and how."""
    lines = dict(said_lines(output))
    scan.version = scan.version or plain(lines.get("nessus version"), 40)
    if not scan.host.ended or not scan.host.name or "credentialed checks" not in lines:
        return
    way = " ".join(f"{_WAYS[key]}={_way(key, lines[key])}" for key in _WAYS if key in lines)
    scan.hosts.see(scan.host.name, way)
    scan.unproved.discard(scan.host.name)


def _way(key: str, value: str) -> str:
    """`yes, as 'HOPITAL\\audit' via smb` is kept as `yes`: the account is nobody's business here."""
    text = plain(value, 80)
    return text.split()[0].strip(",") if key == "credentialed checks" and text else text


def _weakness(scan: _Scan, item: Element, plugin: str, severity: Severity) -> None:
    name = check_id(Tool.NESSUS, plugin)
    subject = subject_of(scan.host.name, port_of(item.get("port")), plain(item.get("protocol"), 8) or "tcp")
    check = Check(name, Text(name, name), severity) if scan.gathering.knows(name) else _check(item, name, severity)
    evidence: dict[str, Scalar] = {"service": plain(item.get("svc_name"), 60), "cvss": _cvss(item)}
    if "password" not in item.get("pluginName", "").lower():
        evidence |= versions_in(said(item, "plugin_output"))
    scan.gathering.find(check, subject, evidence)


def _cvss(item: Element) -> float | None:
    return number(said(item, "cvss3_base_score")) or number(said(item, "cvss_base_score"))


def _check(item: Element, name: str, severity: Severity) -> Check:
    refs = {
        *cves(*(one.text for one in item.findall("cve"))),
        *(ref for one in item.findall("cwe") for ref in cwe(one.text or "")),
        *urls(said(item, "see_also").split()),
    }
    return Check(
        name,
        title(item.get("pluginName"), name),
        severity,
        foreign(f"{said(item, 'synopsis')}\n\n{said(item, 'description')}"),
        foreign(said(item, "solution")),
        tuple(sorted(refs)),
    )


def _gaps(scan: _Scan) -> Iterator[Gap]:
    if scan.unproved:
        count = len(scan.unproved)
        yield Gap(
            "hosts",
            Text(
                f"Machines sans le plugin 19506 ou sans heure de fin : {count}. Leur analyse n’est pas prouvée, rien "
                "ne s’y ferme. Exportez l’analyse sans filtre.",
                f"Machines without plugin 19506 or without an end time: {count}. Their scan is not proved, nothing "
                "closes there. Export the scan without a filter.",
            ),
            truncated=True,
        )
    if not scan.plugins:
        yield Gap(
            "policy",
            Text(
                "Le fichier ne dit pas quels plugins étaient activés : un constat dont le plugin ne dit plus rien "
                "reste ouvert.",
                "The file does not say which plugins were turned on: a finding whose plugin falls silent stays open.",
            ),
        )
    if scan.compliance:
        yield Gap(
            "compliance",
            Text(
                f"Résultats de conformité (fichiers .audit) non repris : {scan.compliance}.",
                f"Compliance results (.audit files) not taken: {scan.compliance}.",
            ),
        )
    if scan.zoneless:
        yield Gap(
            "times",
            Text(
                "Heures écrites sans fuseau par Nessus : lues comme UTC.",
                "Times written by Nessus without a zone: read as UTC.",
            ),
        )
