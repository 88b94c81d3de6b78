"""An expired certificate trains people to click through warnings, and stops flows that check it.

Judged at the date of the collection.
"""

from __future__ import annotations

from scanners.exposure.facts import Certificate, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates whose last day is past."""
    shown = facts.certificates()
    past = ((end, certificate) for end, certificate in shown if certificate.not_after < facts.collected_at)
    return judged(len(shown), (Finding(end.subject, _evidence(certificate)) for end, certificate in past))


def _evidence(certificate: Certificate) -> dict[str, Scalar]:
    return {"certificate": certificate.subject, "expired_on": certificate.not_after.date().isoformat()}


RULE = Rule(
    id="exposure.certificate_expired",
    title=Text(
        "Certificat expiré",
        "Expired certificate",
    ),
    message=Text(
        "Le certificat de {subject} a expiré le {expired_on}.",
        "The certificate of {subject} expired on {expired_on}.",
    ),
    remediation=Text(
        "Renouvelez le certificat et automatisez le renouvellement ; suivez les échéances dans l’inventaire.",
        "Renew the certificate and automate its renewal; follow due dates in the inventory.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R8", "cwe:298", "rfc:5280"),
    check=check,
    reads=("hosts", "services", "tls"),
)
