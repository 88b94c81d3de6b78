"""Without forward secrecy, whoever steals the server’s key one day reads all the traffic recorded before.

No suite with an ephemeral key exchange is accepted, and neither is TLS 1.3.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports without any ephemeral key exchange."""
    return about_tls(facts, _fault, lambda tls: {"ciphers": ", ".join(tls.static_ciphers or tls.weak_ciphers)})


def _fault(tls: Tls) -> bool | None:
    return None if tls.forward_secrecy is None and tls.versions else tls.forward_secrecy is False


RULE = Rule(
    id="exposure.tls_forward_secrecy_missing",
    title=Text(
        "Aucune confidentialité persistante",
        "No forward secrecy",
    ),
    message=Text(
        "{subject} n’accepte aucune suite à clés éphémères ({ciphers}).",
        "{subject} accepts no suite with ephemeral keys ({ciphers}).",
    ),
    remediation=Text(
        "Activez les suites ECDHE avec AES-GCM ou ChaCha20 ; si le logiciel ne les connaît pas, placez-le derrière "
        "un relais TLS moderne.",
        "Enable the ECDHE suites with AES-GCM or ChaCha20; when the software does not know them, put it behind a "
        "modern TLS relay.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R6", "cwe:327", "rfc:9325"),
    check=check,
    reads=("hosts", "services", "tls"),
)
