"""Without the extension of RFC 5746, someone in between can begin another’s session with words of their own.

The extension is offered in a greeting of TLS 1.2 or below; a server that ignores it fails. Nothing is renegotiated.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that do not know secure renegotiation."""
    return about_tls(facts, _fault, lambda tls: {"versions": ", ".join(tls.versions)})


def _fault(tls: Tls) -> bool | None:
    if tls.before_13 and tls.secure_renegotiation is None:
        return None
    return tls.secure_renegotiation is False


RULE = Rule(
    id="exposure.tls_insecure_renegotiation",
    title=Text(
        "Renégociation TLS non sécurisée",
        "Insecure TLS renegotiation",
    ),
    message=Text(
        "{subject} ne connaît pas la renégociation sécurisée.",
        "{subject} does not know secure renegotiation.",
    ),
    remediation=Text(
        "Mettez à jour la bibliothèque TLS du service, ou placez-le derrière un relais TLS moderne.",
        "Update the TLS library of the service, or put it behind a modern TLS relay.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R22", "cve:CVE-2009-3555", "cwe:310", "rfc:5746"),
    check=check,
    reads=("hosts", "services", "tls"),
)
