"""A self-signed certificate proves nothing about who answers: someone in between can show another one.

Issuer and subject are the same. One that was declared to the audit as an authority is left alone.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates that are their own issuer."""
    shown = [(end, tls.certificate, tls.trusted) for end, tls in facts.over_tls() if tls.certificate is not None]
    own = ((end, found) for end, found, trusted in shown if found.self_signed and not trusted)
    return judged(len(shown), (Finding(end.subject, {"certificate": found.subject}) for end, found in own))


RULE = Rule(
    id="exposure.certificate_self_signed",
    title=Text(
        "Certificat auto-signé",
        "Self-signed certificate",
    ),
    message=Text(
        "{subject} présente un certificat auto-signé ({certificate}).",
        "{subject} shows a self-signed certificate ({certificate}).",
    ),
    remediation=Text(
        "Installez un certificat d’une autorité reconnue par les clients du service.",
        "Install a certificate from an authority that the service’s clients recognise.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R8", "attack:T1557", "cwe:295"),
    check=check,
    reads=("hosts", "services", "tls"),
)
