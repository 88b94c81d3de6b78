"""Reads the generic findings of DefectDojo (JSON), which other tools and scripts export to.

Source of the format: DefectDojo's documentation, “Generic Findings Import”. Severities have the same names as ours;
Info is left out, as are findings marked false positive, duplicate, mitigated or inactive: the sender settled them.

Nothing ever closes: the file holds what was found, never what was looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanners.exchange import NamedProduct
from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import Check, ForeignRef, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_json import members
from scanners.imported.wording import (
    cves,
    cwe,
    foreign,
    host,
    moment,
    number,
    place,
    plain,
    port_of,
    redacted,
    title,
    urls,
)
from scanners.known_products import known_as
from scanners.model import Gap, Scalar, Severity, Text

_SEVERITIES = {one.value: one for one in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)}
_SETTLED = ("false_p", "duplicate", "is_mitigated", "out_of_scope", "risk_accepted")
_MAX_ENDPOINTS = 1000


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    kind: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    left_out: int = 0
    unreadable: int = 0


def read(source: Source, at: datetime | None) -> Report:
    """The report of a generic file; its times are the dates of its findings, or `at`."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    for key, value in members(source, frozenset({"findings"})):
        if key == "findings":
            _finding(scan, value if isinstance(value, dict) else {})
        elif key in {"type", "name"} and not scan.kind:
            scan.kind = plain(value, 80)
    finished = scan.finished or at
    if finished is None:
        raise ReportError(
            "Ce fichier ne dit pas quand les constats ont été faits ; indiquez la date, ou ajoutez « date » aux "
            "constats.",
            "This file does not say when the findings were made; give the date, or add “date” to the findings.",
        )
    return Report(
        tool=Tool.GENERIC,
        version="",
        started_at=min(scan.started or finished, finished),
        finished_at=finished,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(),
        scope=scan.kind,
        gaps=_gaps(scan),
        left_out=scan.left_out,
        products=scan.gathering.products(),
    )


def _finding(scan: _Scan, finding: Mapping[str, Any]) -> None:
    name = plain(finding.get("title"), 300)
    severity = _SEVERITIES.get(plain(finding.get("severity"), 12).lower())
    if not name:
        scan.unreadable += 1
        return
    if severity is None or finding.get("active") is False or any(finding.get(mark) is True for mark in _SETTLED):
        scan.left_out += 1
        return
    when = moment(finding.get("date"))
    if when is not None:
        scan.started = min(scan.started or when, when)
        scan.finished = max(scan.finished or when, when)
    check = _check(finding, name, severity)
    for subject in _subjects(scan, finding, name):
        scan.gathering.find(check, subject, _evidence(finding))
        scan.gathering.names(_component(finding, subject))


def _component(finding: Mapping[str, Any], subject: str) -> NamedProduct:
    name, version = (plain(finding.get(key), 120) for key in ("component_name", "component_version"))
    return NamedProduct(known_as(name), version, "", subject)


def _check(finding: Mapping[str, Any], name: str, severity: Severity) -> Check:
    refs = _refs(finding)
    native = plain(finding.get("vuln_id_from_tool"), 200) or next(
        (ref.value for ref in refs if ref.kind == "cve"), name
    )
    return Check(
        check_id(Tool.GENERIC, native),
        title(name, native),
        severity,
        foreign(finding.get("description")),
        foreign(finding.get("mitigation")),
        refs,
    )


def _refs(finding: Mapping[str, Any]) -> tuple[ForeignRef, ...]:
    listed = finding.get("vulnerability_ids")
    ids = [finding.get("cve"), *(listed[:100] if isinstance(listed, list) else ())]
    texts = finding.get("references")
    return tuple(
        sorted({*cves(*ids), *cwe(finding.get("cwe")), *urls(texts[:20_000].split() if isinstance(texts, str) else ())})
    )


def _subjects(scan: _Scan, finding: Mapping[str, Any], name: str) -> Iterator[str]:
    """Where the weakness is: its endpoints, else its component or file, else its own title."""
    endpoints = finding.get("endpoints")
    places = [_endpoint(one) for one in (endpoints[:_MAX_ENDPOINTS] if isinstance(endpoints, list) else ())]
    for where, port, path in places:
        scan.hosts.see(where)
        yield subject_of(where, port, "tcp", path)
    if not places:
        component = " ".join(
            filter(None, (plain(finding.get(key), 120) for key in ("component_name", "component_version")))
        )
        yield component or plain(finding.get("file_path")) or name


def _endpoint(raw: object) -> tuple[str, int | None, str]:
    if isinstance(raw, dict):
        path = plain(raw.get("path"), 200).partition("?")[0].strip("/")
        return host(raw.get("host")), port_of(raw.get("port")), f"/{path}" if path else ""
    return place(raw)


def _evidence(finding: Mapping[str, Any]) -> dict[str, Scalar]:
    return {
        "product": plain(finding.get("component_name"), 120),
        "version": plain(finding.get("component_version"), 60),
        "path": plain(finding.get("file_path")),
        "line": number(finding.get("line")),
        "cvss": number(finding.get("cvssv3_score")),
        "detail": redacted(plain(finding.get("unique_id_from_tool"), 120)),
    }


def _gaps(scan: _Scan) -> tuple[Gap, ...]:
    if not scan.unreadable:
        return ()
    reason = Text(
        f"Constats sans titre, non repris : {scan.unreadable}.",
        f"Findings without a title, not taken: {scan.unreadable}.",
    )
    return (Gap("findings", reason, truncated=True),)
