"""Without HSTS a first visit can be kept in clear by whoever sits in between (RFC 6797).

HTTPS pages (status 200 to 299) without the `Strict-Transport-Security` header.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """HTTPS pages without HSTS."""
    secure = [(end, http) for end, http in facts.web() if end.port.tls is not None and http.status in range(200, 300)]
    bare = ((end, http) for end, http in secure if not http.header("strict-transport-security"))
    return judged(len(secure), (Finding(end.subject, end.evidence() | {"title": http.title}) for end, http in bare))


RULE = Rule(
    id="exposure.hsts_missing",
    title=Text(
        "En-tête HSTS absent",
        "HSTS header missing",
    ),
    message=Text(
        "{subject} n’envoie pas l’en-tête HSTS.",
        "{subject} does not send the HSTS header.",
    ),
    remediation=Text(
        "Ajoutez « Strict-Transport-Security: max-age=31536000 » une fois que tout le site est en HTTPS.",
        "Add `Strict-Transport-Security: max-age=31536000` once the whole site is on HTTPS.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:319", "rfc:6797"),
    check=check,
    reads=("hosts", "services", "http"),
)
