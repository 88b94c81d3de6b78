"""Reads the XML report of OpenVAS / Greenbone (GMP 9 to 22, formats “XML” and “Anonymous XML”).

Source of the format: the GMP documentation, `get_reports`. Severity is the CVSS band of the result's score (CVSS v3.1,
section 5), as the classes of Greenbone are; logs, false positives and errors are left out. Of the detection text only
versions and paths are kept.

What closes: a test that the file names closes on the machines where it is silent, when the task is done, the machine's
scan has an end and the file holds all its results. A test or a machine with an error never closes; a test that needs
credentials (quality of detection `package`, `registry`, `executable_version`) never closes, nor does one that vanishes
from the file: a report does not say which tests its scan configuration held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element

from scanners.exchange import NamedProduct
from scanners.imported.gathering import Gathering, Hosts
from scanners.imported.model import Check, ForeignRef, Report, ReportError, Tool, check_id, subject_of
from scanners.imported.read_bounded import Source
from scanners.imported.read_xml import records, said
from scanners.imported.versions import versions_in
from scanners.imported.wording import cves, foreign, host, moment, number, of_cvss, plain, port_of, title, urls
from scanners.known_products import read_cpe
from scanners.model import Gap, Scalar, Severity, Text

_RECORDS = frozenset(
    {"result", "host", "scan_run_status", "scan_start", "scan_end", "filters", "result_count", "task", "errors", "gmp"}
)
_AUTHENTICATED = frozenset({"package", "registry", "executable_version", "executable_version_unreliable"})
_SCOPE_WORDS = ("levels", "min_qod", "apply_overrides")
"""Words of the filter of an export that change which results it holds."""


@dataclass(slots=True)
class _Scan:
    gathering: Gathering
    hosts: Hosts
    status: str = ""
    version: str = ""
    task: str = ""
    filter: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    expected: int | None = None
    results: int = 0
    errors: int = 0
    unplaced: int = 0
    left_out: int = 0
    unended: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)

    @property
    def whole(self) -> bool:
        """Whether the file holds every result of a scan that ended."""
        counted = self.expected is None or self.results >= self.expected
        return self.status == "Done" and counted and not self.unplaced


def read(source: Source, at: datetime | None) -> Report:
    """The report of an OpenVAS XML."""
    scan = _Scan(Gathering(source.limits), Hosts(source.limits))
    for path, element in records(source, _RECORDS):
        if path:
            _record(scan, path, element)
    finished = scan.finished or scan.started or at
    if not scan.status:
        raise ReportError(
            "Ce fichier XML n’a pas d’état d’analyse (scan_run_status) : ce n’est pas un rapport d’OpenVAS entier ; "
            "exportez le rapport au format XML.",
            "This XML file has no state of a scan (scan_run_status): it is no whole report of OpenVAS; export the "
            "report as XML.",
        )
    if finished is None:
        raise ReportError(
            "Ce rapport d’OpenVAS ne dit pas quand l’analyse a eu lieu (scan_end) ; exportez le rapport au format XML.",
            "This report of OpenVAS does not say when the scan took place (scan_end); export the report as XML.",
        )
    return Report(
        tool=Tool.OPENVAS,
        version=scan.version,
        started_at=min(scan.started or finished, finished),
        finished_at=finished,
        hosts=tuple(name for name in scan.hosts.names() if name not in scan.unended),
        checks=scan.gathering.checks(lambda check: _conclusive(scan, check)),
        scope=" ".join(filter(None, (scan.task, scan.filter))),
        gaps=tuple(_gaps(scan)),
        left_out=scan.left_out,
        products=scan.gathering.products(),
        names_products=scan.whole and bool(scan.gathering.products()),
    )


def _record(scan: _Scan, path: str, element: Element) -> None:
    text = plain(element.text)
    if element.tag == "result":
        _result(scan, element)
    elif element.tag == "host" and path.endswith("/report"):
        _host(scan, element)
    elif element.tag == "scan_run_status":
        scan.status = text
    elif element.tag == "scan_start":
        scan.started = moment(text)
    elif element.tag == "scan_end":
        scan.finished = moment(text)
    else:
        _about(scan, element)


def _about(scan: _Scan, element: Element) -> None:
    if element.tag == "task":
        scan.task = plain(element.get("id"), 40) or scan.task
    elif element.tag == "gmp":
        scan.version = plain(said(element, "version"), 20)
    elif element.tag == "filters":
        words = sorted(word for word in said(element, "term").split() if word.startswith(_SCOPE_WORDS))
        scan.filter = plain(" ".join(words), 120)
    elif element.tag == "result_count":
        scan.expected = _count(said(element, "filtered")) if element.find("filtered") is not None else None
    elif element.tag == "errors":
        _errors(scan, element)


def _errors(scan: _Scan, element: Element) -> None:
    """An error of one test makes that test doubtful; one of a machine, that machine; one that says neither, all."""
    listed = element.findall("error")
    scan.errors = max(_count(said(element, "count")), len(listed))
    scan.unplaced = scan.errors - len(listed)
    for error in listed:
        test, where = error.find("nvt"), error.find("host")
        native = plain(test.get("oid"), 80) if test is not None else ""
        if native not in {"", "0"}:
            scan.unsure.add(check_id(Tool.OPENVAS, native))
        elif where is not None and plain(where.text):
            scan.unended.add(host(where.text))
        else:
            scan.unplaced += 1


def _count(text: str) -> int:
    return int(number(text) or 0)


def _host(scan: _Scan, element: Element) -> None:
    """A machine of the scan; without an end it was not looked at whole."""
    address = said(element, "ip")
    for product in _identified(element, host(address)) if address else ():
        scan.gathering.names(product)
    if address and said(element, "end"):
        scan.hosts.see(host(address))
    elif address:
        scan.unended.add(host(address))
        scan.hosts.bound(len(scan.unended))


def _identified(element: Element, name: str) -> Iterator[NamedProduct]:
    """What OpenVAS identified on a machine: details `App` and `best_os_cpe` hold a CPE; the detail that a CPE names
    says where it was found (`443/tcp`, a folder, `general/tcp`)."""
    details = [(said(one, "name"), said(one, "value")) for one in element.findall("detail")]
    places = {detail: value for detail, value in details if detail.startswith("cpe:/")}
    for cpe in sorted({value for detail, value in details if detail in {"App", "best_os_cpe"}}):
        product, version, _part = read_cpe(plain(cpe, 300))
        port, _slash, protocol = plain(places.get(cpe), 40).partition("/")
        subject = subject_of(name, port_of(port), plain(protocol, 8) or "tcp")
        yield NamedProduct(product, version, plain(cpe, 300), subject)


def _result(scan: _Scan, result: Element) -> None:
    scan.results += 1
    test = result.find("nvt")
    native = plain(test.get("oid"), 80) if test is not None else ""
    where = result.find("host")
    score = number(said(result, "severity")) or 0.0
    severity = of_cvss(score)
    if test is None or not native or where is None or severity is Severity.INFO:
        scan.left_out += 1
        return
    name = check_id(Tool.OPENVAS, native)
    if said(result, "qod/type") in _AUTHENTICATED:
        scan.unsure.add(name)
    port, _slash, protocol = plain(said(result, "port"), 40).partition("/")
    subject = subject_of(host(where.text), port_of(port), plain(protocol, 8) or "tcp")
    check = Check(name, Text(name, name), severity) if scan.gathering.knows(name) else _check(test, name, severity)
    evidence: dict[str, Scalar] = {"cvss": score, "qod": number(said(result, "qod/value"))}
    scan.gathering.find(check, subject, {**versions_in(said(result, "description")), **evidence})


def _check(test: Element, name: str, severity: Severity) -> Check:
    tags = dict(part.partition("=")[::2] for part in said(test, "tags").split("|"))
    return Check(
        name,
        title(said(test, "name"), name),
        severity,
        foreign("\n\n".join(filter(None, (tags.get("summary"), tags.get("insight"), tags.get("impact"))))),
        foreign(said(test, "solution") or tags.get("solution")),
        _refs(test),
    )


def _refs(test: Element) -> tuple[ForeignRef, ...]:
    known = test.findall("refs/ref")
    return tuple(
        sorted(
            {
                *cves(
                    test.get("oid"), said(test, "cve"), *(ref.get("id") for ref in known if ref.get("type") == "cve")
                ),
                *urls(ref.get("id") for ref in known if ref.get("type") == "url"),
            }
        )
    )


def _conclusive(scan: _Scan, check: Check) -> bool:
    return scan.whole and check.id not in scan.unsure


def _gaps(scan: _Scan) -> Iterator[Gap]:
    if scan.status != "Done":
        yield Gap(
            "scan",
            Text(
                f"Tâche non terminée ({scan.status}) : rien ne se ferme.",
                f"Task not done ({scan.status}): nothing closes.",
            ),
            truncated=True,
        )
    if scan.expected is not None and scan.results < scan.expected:
        yield Gap(
            "results",
            Text(
                f"Le fichier ne contient que {scan.results} résultats sur {scan.expected} : rien ne se ferme. "
                "Exportez le rapport avec le filtre rows=-1.",
                f"The file holds only {scan.results} results out of {scan.expected}: nothing closes. Export the "
                "report with the filter rows=-1.",
            ),
            truncated=True,
        )
    if scan.errors or scan.unended:
        yield Gap(
            "hosts",
            Text(
                f"Erreurs d’analyse : {scan.errors} ; machines sans fin d’analyse : {len(scan.unended)}. Rien ne s’y "
                "ferme.",
                f"Scan errors: {scan.errors}; machines without an end of scan: {len(scan.unended)}. Nothing closes "
                "there.",
            ),
            truncated=bool(scan.unplaced or scan.unended),
        )
