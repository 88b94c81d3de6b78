"""A certificate about to expire stops a service on a day nobody chose.

Threshold: 30 days from the collection, time enough to order one (our own choice).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.exposure.facts import Certificate, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs

DELAY = timedelta(days=30)


def check(facts: ExposureFacts) -> Verdict:
    """Certificates that expire within the delay, and have not yet."""
    shown = facts.certificates()
    last = facts.collected_at + DELAY
    soon = ((end, found) for end, found in shown if facts.collected_at <= found.not_after <= last)
    return judged(len(shown), (Finding(end.subject, _evidence(found, facts.collected_at)) for end, found in soon))


def _evidence(certificate: Certificate, now: datetime) -> dict[str, Scalar]:
    days = (certificate.not_after - now).days
    return {
        "certificate": certificate.subject,
        "expires_on": certificate.not_after.date().isoformat(),
        "days_left": days,
    }


RULE = Rule(
    id="exposure.certificate_expiring",
    title=Text(
        "Certificat bientôt expiré",
        "Certificate about to expire",
    ),
    message=Text(
        "Le certificat de {subject} expire le {expires_on} (dans {days_left} jours).",
        "The certificate of {subject} expires on {expires_on} (in {days_left} days).",
    ),
    remediation=Text(
        "Renouvelez-le dès maintenant et automatisez le renouvellement.",
        "Renew it now and automate its renewal.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R8", "cwe:298"),
    check=check,
    reads=("hosts", "services", "tls"),
)
