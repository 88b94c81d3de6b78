"""Compression inside TLS lets someone in between guess a session cookie by the size of answers (CRIME, 2012).

Compression is offered in greetings of TLS 1.2 and below; a server that chooses it fails.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that compress."""
    return about_tls(facts, _fault, lambda tls: {"versions": ", ".join(tls.versions)})


def _fault(tls: Tls) -> bool | None:
    if tls.before_13 and tls.compression is None:
        return None
    return bool(tls.compression)


RULE = Rule(
    id="exposure.tls_compression",
    title=Text(
        "Compression TLS active",
        "TLS compression enabled",
    ),
    message=Text(
        "{subject} compresse les échanges TLS (attaque CRIME).",
        "{subject} compresses TLS exchanges (CRIME attack).",
    ),
    remediation=Text(
        "Coupez la compression TLS (SSLCompression off) et mettez à jour la bibliothèque TLS, qui ne la propose plus.",
        "Turn TLS compression off (SSLCompression off) and update the TLS library, which no longer offers it.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R19", "cve:CVE-2012-4929", "cwe:310"),
    check=check,
    reads=("hosts", "services", "tls"),
)
