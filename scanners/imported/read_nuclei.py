"""Reads the results of Nuclei: JSONL (`-jsonl`) or a JSON array (`-json-export`), versions 2 and 3.

Source of the format: the project's documentation of output and files made by versions 2 and 3. Severities have the same
names as ours; `info` and `unknown` are left out, they are no weakness. Requests, responses and what was extracted are
never kept: they hold tokens and personal data.

Nothing ever closes: Nuclei writes only what matched, drops templates and machines that fail without a word, and its set
of templates changes from day to day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import Check, ForeignRef, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_json import values
from scanners.imported.wording import cves, cwe, foreign, moment, place, plain, title, urls
from scanners.model import Severity

_SEVERITIES = {one.value: one for one in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)}


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    started: datetime | None = None
    finished: datetime | None = None
    left_out: int = 0


def read(source: Source, at: datetime | None) -> Report:
    """The report of a Nuclei file; times are those of its results."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    for value in values(source):
        _result(scan, value if isinstance(value, dict) else {})
    finished = scan.finished or at
    if finished is None:
        raise ReportError(
            "Aucun résultat daté dans ce fichier de Nuclei ; exportez-le avec -jsonl, sans choisir les champs.",
            "No dated result in this file of Nuclei; export it with -jsonl, without choosing the fields.",
        )
    return Report(
        tool=Tool.NUCLEI,
        version="",
        started_at=scan.started or finished,
        finished_at=finished,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(),
        left_out=scan.left_out,
    )


def _result(scan: _Scan, result: Mapping[str, Any]) -> None:
    native = plain(result.get("template-id") or result.get("templateID"), 120)
    info = result.get("info")
    if not native or not isinstance(info, dict):
        scan.left_out += 1
        return
    _dated(scan, moment(result.get("timestamp")))
    name, port, path = _where(result)
    scan.hosts.see(name)
    severity = _SEVERITIES.get(plain(info.get("severity"), 12).lower())
    if severity is None:
        scan.left_out += 1
        return
    matcher = plain(result.get("matcher-name") or result.get("matcher_name"), 80)
    detail = " ".join(filter(None, (path, matcher)))
    subject = subject_of(name, port, "tcp", detail)
    scan.gathering.find(_check(native, info, severity), subject, _evidence(result, matcher, path))


def _where(result: Mapping[str, Any]) -> tuple[str, int | None, str]:
    """The address that answered; `host` stands in when a result does not say where it matched."""
    name, port, path = place(result.get("matched-at") or result.get("matched") or result.get("host"))
    if port is None and plain(result.get("type")) == "ssl":
        port = place(result.get("host"))[1] or 443
    return name, port, path


def _evidence(result: Mapping[str, Any], matcher: str, path: str) -> dict[str, str]:
    return {
        "address": plain(result.get("ip"), 45),
        "protocol": plain(result.get("type"), 20),
        "path": path,
        "name": matcher,
    }


def _dated(scan: _Scan, when: datetime | None) -> None:
    if when is not None:
        scan.started = min(scan.started or when, when)
        scan.finished = max(scan.finished or when, when)


def _check(native: str, info: Mapping[str, Any], severity: Severity) -> Check:
    return Check(
        check_id(Tool.NUCLEI, native),
        title(info.get("name"), native),
        severity,
        foreign(info.get("description")),
        foreign(info.get("remediation")),
        _refs(info),
    )


def _refs(info: Mapping[str, Any]) -> tuple[ForeignRef, ...]:
    known = info.get("classification")
    known = known if isinstance(known, dict) else {}
    found = {
        *cves(*_listed(known.get("cve-id"))),
        *(ref for one in _listed(known.get("cwe-id")) for ref in cwe(one)),
        *urls(_listed(info.get("reference"))),
    }
    return tuple(sorted(found))


def _listed(value: object) -> list[object]:
    """A list as it is, a single value as a list of one, nothing as an empty one."""
    return value[:100] if isinstance(value, list) else [] if value is None else [value]
