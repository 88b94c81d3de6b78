"""HSTS that is soon forgotten leaves the next visit in clear (RFC 6797, 11.2).

HTTPS pages whose `max-age` is under half a year, or cannot be read. The threshold is ours: browsers ask a year of the
sites they list in advance.
"""

from __future__ import annotations

import re

from scanners.exposure.facts import ExposureFacts, Http
from scanners.exposure.judging import Evidence, among_sites
from scanners.model import Rule, Severity, Text, Verdict, refs

LEAST_SECONDS = 182 * 24 * 3600
_AGE = re.compile(r"max-age\s*=\s*\"?([0-9]{1,12})", re.IGNORECASE)


def check(facts: ExposureFacts) -> Verdict:
    """HTTPS pages that send HSTS for too short a time."""
    told = [(end, http) for end, http in facts.web() if end.port.tls is not None and _header(http)]
    return among_sites(told, _fault)


def _header(http: Http) -> str:
    return http.header("strict-transport-security")


def _fault(http: Http) -> Evidence | None:
    age = _AGE.search(_header(http))
    seconds = int(age[1]) if age else 0
    return None if seconds >= LEAST_SECONDS else {"seconds": seconds, "minimum": LEAST_SECONDS}


RULE = Rule(
    id="exposure.hsts_short",
    title=Text(
        "HSTS trop bref",
        "HSTS too short",
    ),
    message=Text(
        "{subject} n’impose HTTPS que pour {seconds} secondes.",
        "{subject} requires HTTPS for {seconds} seconds only.",
    ),
    remediation=Text(
        "Portez « max-age » à 31536000 (un an) une fois que tout le site fonctionne en HTTPS.",
        "Raise `max-age` to 31536000 (a year) once the whole site works over HTTPS.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:319", "rfc:6797"),
    check=check,
    reads=(
        "hosts",
        "services",
        "http",
    ),
)
