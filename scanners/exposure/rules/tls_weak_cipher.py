"""Suites without encryption, without authentication, of export grade, or with RC4, DES or 3DES protect nothing.

Only weak suites are offered; those the server takes fail (RFC 9325, RFC 7465). At most eight are listed.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept at least one weak suite."""
    tls = facts.over_tls()
    weak = ((end, posture.weak_ciphers) for end, posture in tls if posture.weak_ciphers)
    return judged(len(tls), (Finding(end.subject, {"ciphers": ", ".join(names)}) for end, names in weak))


RULE = Rule(
    id="exposure.tls_weak_cipher",
    title=Text(
        "Suites cryptographiques faibles",
        "Weak cipher suites",
    ),
    message=Text(
        "{subject} accepte des suites faibles : {ciphers}.",
        "{subject} accepts weak suites: {ciphers}.",
    ),
    remediation=Text(
        "Limitez les suites à ECDHE avec AES-GCM ou ChaCha20, après essai avec les clients anciens.",
        "Limit the suites to ECDHE with AES-GCM or ChaCha20, after a trial with old clients.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:21", "cwe:327", "rfc:9325", "rfc:7465"),
    check=check,
    reads=("hosts", "services", "tls"),
)
