"""What another tool found, as all readers of foreign files say it.

A `Report` holds one `Check` per check of the tool that the file tells of. Silence is never a pass: a file closes a
finding only when it proves that the check ran to its end, on that host, in the same conditions (`Check.conclusive`,
`Report.proves_absent`, `Report.perimeter`).

Texts of foreign tools are plain: braces in them are no placeholders, so they are shown, never formatted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from scanners.errors import SaidError
from scanners.exchange import NamedProduct
from scanners.model import Finding, Gap, Severity, Text

MAX_ID = 100
"""Characters of a check's id, tool included: what the platform's tables keep of a rule's id."""

MAX_PERIMETER = 400
"""Characters of a perimeter. Longer ones keep their beginning and a hash: each sighting carries one."""

NO_TEXT = Text("", "")

_UNFIT = re.compile(r"[^A-Za-z0-9_.-]+")


class Tool(StrEnum):
    """The tools whose results are read; the value starts the ids of their checks."""

    NMAP = "nmap"
    TESTSSL = "testssl"
    SSLYZE = "sslyze"
    SSH_AUDIT = "ssh_audit"
    NUCLEI = "nuclei"
    NESSUS = "nessus"
    OPENVAS = "openvas"
    PINGCASTLE = "pingcastle"
    GENERIC = "generic"
    ADS = "ads"

    @property
    def label(self) -> Text:
        """How people call the tool."""
        return _LABELS[self]


_LABELS = {
    Tool.NMAP: Text("nmap", "nmap"),
    Tool.TESTSSL: Text("testssl.sh", "testssl.sh"),
    Tool.SSLYZE: Text("SSLyze", "SSLyze"),
    Tool.SSH_AUDIT: Text("ssh-audit", "ssh-audit"),
    Tool.NUCLEI: Text("Nuclei", "Nuclei"),
    Tool.NESSUS: Text("Nessus", "Nessus"),
    Tool.OPENVAS: Text("OpenVAS / Greenbone", "OpenVAS / Greenbone"),
    Tool.PINGCASTLE: Text("PingCastle", "PingCastle"),
    Tool.GENERIC: Text("format générique de DefectDojo", "DefectDojo generic format"),
    Tool.ADS: Text("résultat ADS de l’ANSSI", "ADS result of ANSSI"),
}


class ReportError(SaidError):
    """A file cannot be read as a report: wrong tool, cut short, too large, malformed…"""


@dataclass(frozen=True, slots=True, order=True)
class ForeignRef:
    """A reference the tool gives: `kind` is `cve`, `cwe`, `url`, `anssi-ad`… and `value` is written canonically
    (`CVE-2021-44228`, `CWE-79`, an http or https address)."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a foreign tool.

    `id` is `<tool>.<native id>` (see `check_id`). Title, description and remediation are the tool's, in its language
    (both languages alike), or ours. `findings` are sorted by subject, without doubles; a subject starts with its host
    (see `host_of`). `severity` is the worst seen. `conclusive` is True only when the file proves that the check ran to
    its end on all hosts of the report: then its silence on one of them closes a finding. A conclusive check without
    findings has passed.
    """

    id: str
    title: Text
    severity: Severity
    description: Text = NO_TEXT
    remediation: Text = NO_TEXT
    refs: tuple[ForeignRef, ...] = ()
    findings: tuple[Finding, ...] = ()
    conclusive: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One file of one tool, read whole.

    `hosts` are the addresses or names that the tool really looked at, canonical and sorted: one that did not answer is
    not among them. `scope` says all that limits what could be seen, hosts apart (ports, policy, version…); `ways` says
    it host by host where that differs (with or without credentials); findings may also be on a host that was not looked
    at to its end, which is then not among `hosts`. `covers` are ids of checks which the file proves
    to have run although `checks` may not name them; `covers_all` says so of every check of the tool. `left_out` counts
    entries that are no weakness (information). `products` are those the file names; with `names_products` the tool had
    to name whatever answers on `hosts`, so that one it does not name was not seen there. Times are UTC and tell when
    the tool looked, not when the file was read.
    """

    tool: Tool
    version: str
    started_at: datetime
    finished_at: datetime
    hosts: tuple[str, ...]
    checks: tuple[Check, ...]
    scope: str = ""
    ways: Mapping[str, str] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    covers: frozenset[str] = frozenset()
    covers_all: bool = False
    left_out: int = 0
    products: tuple[NamedProduct, ...] = ()
    names_products: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "ways", MappingProxyType(dict(sorted(self.ways.items()))))

    @property
    def perimeter(self) -> str:
        """What was looked at and how, as one canonical text: findings close only within an equal one."""
        hosts = (f"{host}({self.ways[host]})" if self.ways.get(host) else host for host in self.hosts)
        return _bounded(" ".join([self.tool.value, *([self.scope] if self.scope else []), ",".join(hosts)]))

    def proves_absent(self, check: str) -> bool:
        """Whether a check that `checks` does not name is known to have run to its end and seen nothing on `hosts`."""
        return self.covers_all or check in self.covers


def check_id(tool: Tool, native: str) -> str:
    """The id of a foreign check: the tool, a dot, its own id with other signs than letters, digits, `_.-` made `-`.

    Too long ones keep their beginning and a hash, so that two never meet. An empty one becomes `unnamed`.
    """
    name = _UNFIT.sub("-", native).strip("-.") or "unnamed"
    whole = f"{tool.value}.{name}"
    if name == native and len(whole) <= MAX_ID:
        return whole
    digest = hashlib.sha256(native.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{whole[: MAX_ID - len(digest) - 1]}-{digest}"


def host_of(subject: str) -> str:
    """The host a canonical subject starts with: `192.0.2.10` of `192.0.2.10:443/tcp` or `192.0.2.10 /admin`,
    `2001:db8::1` of `[2001:db8::1]:443/tcp`; a lone IPv6 address is its own host."""
    first = subject.split(" ", 1)[0]
    if first.startswith("["):
        return first[1:].partition("]")[0]
    host, colon, rest = first.partition(":")
    return first if colon and ":" in rest else host


def subject_of(host: str, port: int | None = None, protocol: str = "tcp", detail: str = "") -> str:
    """The canonical subject of a finding: `host`, `host:port/protocol`, and what inside it after a space."""
    place = host if port is None else f"{f'[{host}]' if ':' in host else host}:{port}/{protocol}"
    return f"{place} {detail}" if detail else place


def _bounded(text: str) -> str:
    if len(text) <= MAX_PERIMETER:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[: MAX_PERIMETER - len(digest) - 2]}…#{digest}"
