"""A server that knows neither TLS 1.2 nor 1.3 cannot be made safe by settings: its software is too old.

Judged on ports whose versions could be read.
"""

from __future__ import annotations

from scanners.exposure.crypto import MODERN_TLS
from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept old versions only."""
    read = [(end, posture) for end, posture in facts.over_tls() if posture.versions]
    old = ((end, posture) for end, posture in read if not MODERN_TLS.intersection(posture.versions))
    return judged(len(read), (Finding(end.subject, {"versions": ", ".join(found.versions)}) for end, found in old))


RULE = Rule(
    id="exposure.tls_modern_missing",
    title=Text(
        "Ni TLS 1.2 ni TLS 1.3",
        "Neither TLS 1.2 nor TLS 1.3",
    ),
    message=Text(
        "{subject} ne connaît que {versions}.",
        "{subject} knows {versions} only.",
    ),
    remediation=Text(
        "Mettez à jour le logiciel ou placez-le derrière un relais TLS moderne.",
        "Update the software or put it behind a modern TLS relay.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R3", "anssi-hygiene:34", "cwe:327", "rfc:9325"),
    check=check,
    reads=("hosts", "services", "tls"),
)
