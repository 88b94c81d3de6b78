"""Reads the JSON of ssh-audit 3 (`-j` or `-jj`), one server or several (`-T`).

Source of the format: files made by ssh-audit 3.3. The tool marks each algorithm `fail` or `warn`; we make one check per
kind of algorithm and mark, with one finding per server, because the cure is one change of its configuration. Severity
is our choice: `fail` is medium (an attacker on the path is needed), `warn` is low, SSH 1 is high; a CVE has that of its
CVSS.

Every server is questioned to the end, so that a section which is present closes what it no longer names. A CVE is
guessed from the version and never closes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scanners.exchange import NamedProduct
from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import NO_TEXT, Check, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_json import members
from scanners.imported.wording import cves, foreign, number, of_cvss, place, plain, title
from scanners.known_products import known_as
from scanners.model import Gap, Severity, Text

_KINDS = {
    "kex": Text("d’échange de clés", "key exchange"),
    "key": Text("de clé d’hôte", "host key"),
    "enc": Text("de chiffrement", "encryption"),
    "mac": Text("d’intégrité (MAC)", "integrity (MAC)"),
}
_MARKS = {
    "fail": (Severity.MEDIUM, Text("Algorithmes SSH {} à retirer", "SSH {} algorithms to remove")),
    "warn": (Severity.LOW, Text("Algorithmes SSH {} affaiblis", "Weakened SSH {} algorithms")),
}
_REMEDIATION = Text(
    "Retirez ces algorithmes de la configuration de sshd (KexAlgorithms, HostKeyAlgorithms, Ciphers, MACs) après avoir "
    "vérifié que les clients en acceptent d’autres.",
    "Remove these algorithms from the sshd configuration (KexAlgorithms, HostKeyAlgorithms, Ciphers, MACs) after "
    "checking that clients accept others.",
)
_SSH1 = Check(
    check_id(Tool.SSH_AUDIT, "protocol_1"),
    Text("Protocole SSH 1 accepté", "SSH protocol 1 accepted"),
    Severity.HIGH,
    NO_TEXT,
    Text("Mettez le serveur SSH à jour et n’acceptez que SSH 2.", "Update the SSH server and accept SSH 2 only."),
)
_MAX_ALGORITHMS = 40


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    endpoints: set[str] = field(default_factory=set)
    made: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    failed: list[str] = field(default_factory=list)


def read(source: Source, at: datetime | None) -> Report:
    """The report of an ssh-audit JSON. The file has no date: `at` is needed."""
    if at is None:
        raise ReportError(
            "Un fichier de ssh-audit ne dit pas quand le serveur a été interrogé ; indiquez la date de l’audit.",
            "A file of ssh-audit does not say when the server was questioned; give the date of the audit.",
        )
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    alone: dict[str, Any] = {}
    for key, value in members(source):
        if key == "" and isinstance(value, dict):
            _server(scan, value)
        elif key:
            alone[key] = value
    if alone:
        _server(scan, alone)
    return Report(
        tool=Tool.SSH_AUDIT,
        version="",
        started_at=at,
        finished_at=at,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(lambda check: scan.made[check.id] >= scan.endpoints),
        ways=scan.hosts.ways(),
        gaps=tuple(_gaps(scan)),
        products=scan.gathering.products(),
    )


def _server(scan: _Scan, server: Mapping[str, Any]) -> None:
    name, port, _path = place(server.get("target"))
    port = port or 22
    if not isinstance(server.get("kex"), list):
        scan.failed.append(f"{name}:{port}")
        scan.hosts.bound(len(scan.failed))
        return
    subject = subject_of(name, port)
    scan.hosts.see(name, str(port))
    scan.endpoints.add(subject)
    banner = server["banner"] if isinstance(server.get("banner"), dict) else {}
    _protocol(scan, subject, banner)
    name, _sep, version = plain(banner.get("software"), 120).partition("_")
    build = f" {words.replace('-', ' ')}" if version and (words := plain(banner.get("comments"), 60)) else ""
    scan.gathering.names(NamedProduct(known_as(name), f"{version}{build}", "", subject))
    for kind in _KINDS:
        if isinstance(server.get(kind), list):
            _algorithms(scan, subject, kind, server[kind])
    for cve in server["cves"] if isinstance(server.get("cves"), list) else ():
        if isinstance(cve, dict):
            _cve(scan, subject, cve, banner)


def _protocol(scan: _Scan, subject: str, banner: Mapping[str, Any]) -> None:
    version = plain(banner.get("protocol"), 10)
    if not version:
        return
    scan.made[_SSH1.id].add(subject)
    scan.gathering.meet(_SSH1)
    if version.startswith("1."):
        scan.gathering.find(_SSH1, subject, {"version": version, "software": plain(banner.get("software"), 120)})


def _algorithms(scan: _Scan, subject: str, kind: str, algorithms: list[Any]) -> None:
    marked: dict[str, list[str]] = {mark: [] for mark in _MARKS}
    reasons: dict[str, set[str]] = {mark: set() for mark in _MARKS}
    for one in algorithms:
        notes = one["notes"] if isinstance(one, dict) and isinstance(one.get("notes"), dict) else {}
        for mark in _MARKS:
            said = notes.get(mark)
            if isinstance(said, list) and said:
                marked[mark].append(_named(one))
                reasons[mark].update(plain(reason, 120) for reason in said)
                break  # what is to be removed is not said again as weakened
    for mark, names in marked.items():
        _record(scan, subject, kind, mark, names, reasons[mark])


def _named(algorithm: Mapping[str, Any]) -> str:
    name, bits = plain(algorithm.get("algorithm"), 80), plain(algorithm.get("keysize"), 8)
    return f"{name} ({bits} bits)" if bits else name


def _record(scan: _Scan, subject: str, kind: str, mark: str, names: list[str], reasons: set[str]) -> None:
    severity, words = _MARKS[mark]
    of = _KINDS[kind]
    text = Text(words.fr.format(of.fr), words.en.format(of.en))
    check = Check(check_id(Tool.SSH_AUDIT, f"{kind}_{mark}"), text, severity, NO_TEXT, _REMEDIATION)
    scan.made[check.id].add(subject)
    scan.gathering.meet(check)
    if names:
        listed = ", ".join(sorted(names)[:_MAX_ALGORITHMS])
        scan.gathering.find(
            check, subject, {"algorithms": listed, "count": len(names), "detail": plain("; ".join(sorted(reasons)))}
        )


def _cve(scan: _Scan, subject: str, cve: Mapping[str, Any], banner: Mapping[str, Any]) -> None:
    refs = cves(cve.get("name"))
    score = number(cve.get("cvssv2")) or 0.0
    if not refs:
        return
    check = Check(
        check_id(Tool.SSH_AUDIT, refs[0].value),
        title(refs[0].value, refs[0].value),
        of_cvss(score),
        foreign(cve.get("description")),
        refs=refs,
    )
    scan.gathering.find(check, subject, {"software": plain(banner.get("software"), 120), "cvss": score})


def _gaps(scan: _Scan) -> Iterator[Gap]:
    for name in scan.failed[:20]:
        yield Gap("hosts", Text(f"Serveur non interrogé : {name}", f"Server not questioned: {name}"))
