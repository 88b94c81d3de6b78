"""A certificate about to expire stops a service on a day nobody chose.

Threshold: 30 days from the collection, time enough to order one, and at most a third of the certificate’s life:
automatic ones of 45 days are renewed at the last third (our own choice).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scanners.exposure.facts import Certificate, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs

DELAY = timedelta(days=30)


def check(facts: ExposureFacts) -> Verdict:
    """Certificates that expire within the delay, and have not yet."""
    shown = facts.certificates()
    soon = (
        (end, found) for end, found in shown if timedelta(0) <= found.not_after - facts.collected_at <= _delay(found)
    )
    return judged(len(shown), (Finding(end.subject, _evidence(found, facts.collected_at)) for end, found in soon))


def _delay(certificate: Certificate) -> timedelta:
    return min(DELAY, (certificate.not_after - certificate.not_before) / 3)


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
