"""Reads the JSON of testssl.sh, flat (`--jsonfile`) or pretty (`--jsonfile-pretty`), versions 3.0 and 3.2.

Source of the format: testssl.sh(1), “OUTPUT OPTIONS”, and files made by 3.0.8. testssl writes one entry per check and
endpoint, passed or not, with its own severity: OK and INFO are passed, LOW to CRITICAL are ours by the same names, WARN
means that the check could not be made, FATAL that the endpoint could not be looked at.

A check closes where the file says it was made on every endpoint and the scan came to its end (`scanTime`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import Check, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_json import members
from scanners.imported.testssl_titles import title_of
from scanners.imported.wording import cves, cwe, epoch, host, number, plain, port_of, redacted
from scanners.model import Gap, Severity, Text

_SEVERITIES = {
    "LOW": Severity.LOW,
    "MEDIUM": Severity.MEDIUM,
    "HIGH": Severity.HIGH,
    "CRITICAL": Severity.CRITICAL,
}
_PASSED = frozenset({"OK", "INFO", "DEBUG"})
_SUMMARIES = ("overall_grade", "final_score", "grade_cap_reason", "rating_", "protocol_support_score")
"""Marks of version 3.2 that sum up other checks: they are no weakness of their own."""

_PLUMBING = frozenset(
    {"engine_problem", "scanProblem", "scanTime", "service", "pre_128cipher", "old_fart", "debian_bug"}
)
_ABOUT = frozenset({"Invocation", "at", "version", "openssl", "startTime", "scanTime"})

Endpoint = tuple[str, int]


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    about: dict[str, Any] = field(default_factory=dict)
    ended: set[Endpoint] = field(default_factory=set)
    seen: set[Endpoint] = field(default_factory=set)
    made: dict[str, set[Endpoint]] = field(default_factory=lambda: defaultdict(set))
    doubtful: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0


def read(source: Source, at: datetime | None) -> Report:
    """The report of a testssl.sh JSON; the flat form has no date, so that `at` is needed."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    for key, value in members(source, frozenset({"scanResult"})):
        if key == "" and isinstance(value, dict):
            _entry(scan, value, _endpoint(value.get("ip"), value.get("port")))
        elif key == "scanResult" and isinstance(value, dict):
            _target(scan, value)
        elif key in _ABOUT:
            scan.about[key] = value
    whole = _whole(scan)
    for name, port in sorted(scan.seen):
        address = name.partition(" ")[0]
        scan.hosts.see(address, str(port))
    started, finished = _times(scan, at)
    return Report(
        tool=Tool.TESTSSL,
        version=plain(scan.about.get("version"), 60).partition(" ")[0],
        started_at=started,
        finished_at=finished,
        hosts=scan.hosts.names(),
        checks=scan.gathering.checks(lambda check: whole and _made(scan, check)),
        ways=scan.hosts.ways(),
        gaps=_gaps(scan, whole),
    )


def _target(scan: _Scan, target: Mapping[str, Any]) -> None:
    """One endpoint of the pretty form: sections of entries."""
    endpoint = _endpoint(f"{plain(target.get('targetHost'))}/{plain(target.get('ip'))}", target.get("port"))
    if "finding" in target:  # a problem is written in place of an endpoint
        _entry(scan, target, None)
        return
    for section in target.values():
        for entry in section if isinstance(section, list) else ():
            if isinstance(entry, dict):
                _entry(scan, entry, endpoint)


def _endpoint(ip: object, port: object) -> Endpoint | None:
    """Where a check was made: the address, with the name asked for when there is one, and the port."""
    name, _slash, address = plain(ip).rpartition("/")
    number_ = port_of(port)
    if number_ is None or not address:
        return None
    asked, found = host(name or address), host(address)
    return (found if asked == found else f"{found} {asked}", number_)


def _entry(scan: _Scan, entry: Mapping[str, Any], endpoint: Endpoint | None) -> None:
    name, severity = plain(entry.get("id"), 120), plain(entry.get("severity"), 12).upper()
    finding = redacted(plain(entry.get("finding")))
    if name == "scanTime":
        _end(scan, endpoint, finding, severity)
    elif severity == "FATAL":
        scan.problems.append(finding)
        scan.hosts.bound(len(scan.problems))
    elif endpoint is not None and name and name not in _PLUMBING and not name.startswith(_SUMMARIES):
        scan.seen.add(endpoint)
        scan.hosts.bound(len(scan.seen))
        _judged(scan, entry, name, severity, endpoint, finding)


def _end(scan: _Scan, endpoint: Endpoint | None, finding: str, severity: str) -> None:
    if severity == "INFO" and endpoint is not None:
        scan.ended.add(endpoint)
        scan.hosts.bound(len(scan.ended))
        scan.seconds = max(scan.seconds, number(finding) or 0.0)


def _judged(scan: _Scan, entry: Mapping[str, Any], name: str, severity: str, endpoint: Endpoint, finding: str) -> None:
    """One entry. With several certificates the id ends with `<cert#2>`, which belongs to the subject."""
    native, _space, part = name.partition(" ")
    level = _SEVERITIES.get(severity)
    refs = (*cves(entry.get("cve")), *(ref for word in plain(entry.get("cwe")).split() for ref in cwe(word)))
    check = Check(check_id(Tool.TESTSSL, native), title_of(native), level or Severity.INFO, refs=tuple(sorted(refs)))
    if level is None and severity not in _PASSED:
        scan.doubtful.add(check.id)
        scan.gathering.meet(check)
        return
    scan.made[check.id].add(endpoint)
    if level is None:
        scan.gathering.meet(check)
        return
    address, _space, asked = endpoint[0].partition(" ")
    detail = " ".join(filter(None, (asked, part.strip("<>").replace("#", " "))))
    subject = subject_of(address, endpoint[1], detail=detail)
    scan.gathering.find(check, subject, {"detail": finding})


def _whole(scan: _Scan) -> bool:
    """Whether the file says that every endpoint was looked at to the end."""
    if "startTime" in scan.about or "Invocation" in scan.about:  # the pretty form tells the time once
        seconds = number(scan.about.get("scanTime"))
        scan.seconds = seconds or 0.0
        return seconds is not None
    return scan.seen <= scan.ended


def _made(scan: _Scan, check: Check) -> bool:
    return check.id not in scan.doubtful and scan.made[check.id] >= scan.seen


def _times(scan: _Scan, at: datetime | None) -> tuple[datetime, datetime]:
    started = epoch(scan.about.get("startTime")) or at
    if started is None:
        raise ReportError(
            "Ce fichier de testssl.sh ne dit pas quand l’analyse a eu lieu ; indiquez sa date, ou exportez avec "
            "--jsonfile-pretty.",
            "This file of testssl.sh does not say when the scan took place; give its date, or export with "
            "--jsonfile-pretty.",
        )
    return started, started + timedelta(seconds=min(max(scan.seconds, 0.0), 30 * 86400.0))


def _gaps(scan: _Scan, whole: bool) -> tuple[Gap, ...]:
    return tuple(_reasons(scan, whole))


def _reasons(scan: _Scan, whole: bool) -> Iterator[Gap]:
    if not whole:
        yield Gap(
            "scan",
            Text(
                "testssl.sh a été interrompu : ce qu’il a vu est repris, rien ne se ferme.",
                "testssl.sh was interrupted: what it saw is taken, nothing closes.",
            ),
            truncated=True,
        )
    for problem in scan.problems[:20]:
        yield Gap("hosts", Text(f"Cible non analysée : {problem}", f"Target not scanned: {problem}"))
