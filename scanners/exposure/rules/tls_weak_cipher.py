"""Suites without encryption, without authentication, of export grade, or with RC4 or DES protect nothing.

Only weak suites are offered; those the server takes fail (RFC 9325, RFC 7465). A few of each kind are listed.
Anonymous suites are left out of SMTP’s STARTTLS: servers that send mail there check no certificate. 3DES and IDEA have
their own rule.
"""

from __future__ import annotations

from scanners.exposure.crypto import SHORT_BLOCKS
from scanners.exposure.facts import ExposureFacts, Tls
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept at least one weak suite."""
    tls = facts.over_tls()
    weak = ((end, _weak(posture)) for end, posture in tls)
    return judged(len(tls), (Finding(end.subject, _evidence(flaws)) for end, flaws in weak if flaws))


def _weak(tls: Tls) -> dict[str, str]:
    return {suite: flaw for suite, flaw in tls.weaknesses.items() if flaw != SHORT_BLOCKS}


def _evidence(flaws: dict[str, str]) -> dict[str, Scalar]:
    return {"ciphers": ", ".join(flaws), "flaws": ", ".join(dict.fromkeys(flaws.values()))}


RULE = Rule(
    id="exposure.tls_weak_cipher",
    title=Text(
        "Suites cryptographiques faibles",
        "Weak cipher suites",
    ),
    message=Text(
        "{subject} accepte des suites faibles ({flaws}) : {ciphers}.",
        "{subject} accepts weak suites ({flaws}): {ciphers}.",
    ),
    remediation=Text(
        "Limitez les suites à ECDHE avec AES-GCM ou ChaCha20, après essai avec les clients anciens.",
        "Limit the suites to ECDHE with AES-GCM or ChaCha20, after a trial with old clients.",
    ),
    severity=Severity.HIGH,
    refs=refs(
        "care-d1:O2.B",
        "care-rules:DET-11",
        "anssi-tls:R5",
        "anssi-tls:R9",
        "anssi-hygiene:21",
        "cwe:327",
        "rfc:9325",
        "rfc:7465",
    ),
    check=check,
    reads=("hosts", "services", "tls"),
)
