"""The longer a certificate lives, the longer a stolen key serves, and the less its renewal is practised.

Above 825 days, or three years when issued before March 2018 (ANSSI R25). Self-signed ones are left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scanners.exposure.facts import Certificate, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs

MAXIMUM, BEFORE_2018 = 825, 3 * 365 + 1
_MARCH_2018 = datetime(2018, 3, 1, tzinfo=UTC)


def check(facts: ExposureFacts) -> Verdict:
    """Certificates made to last too long."""
    shown = [(end, found) for end, found in facts.certificates() if not found.self_signed]
    long = ((end, found) for end, found in shown if _life(found) > timedelta(_maximum(found)))
    return judged(len(shown), (Finding(end.subject, _evidence(found)) for end, found in long))


def _life(certificate: Certificate) -> timedelta:
    return certificate.not_after - certificate.not_before


def _maximum(certificate: Certificate) -> int:
    return MAXIMUM if certificate.not_before > _MARCH_2018 else BEFORE_2018


def _evidence(certificate: Certificate) -> dict[str, Scalar]:
    return {"certificate": certificate.subject, "days": _life(certificate).days, "maximum": _maximum(certificate)}


RULE = Rule(
    id="exposure.certificate_long_validity",
    title=Text(
        "Certificat de trop longue durée",
        "Certificate made to last too long",
    ),
    message=Text(
        "Le certificat de {subject} est fait pour durer {days} jours (maximum {maximum}).",
        "The certificate of {subject} is made to last {days} days (maximum {maximum}).",
    ),
    remediation=Text(
        "Au prochain renouvellement, demandez un an au plus et automatisez la suite.",
        "At the next renewal, ask for one year at most and automate what follows.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R25", "cwe:298"),
    check=check,
    reads=("hosts", "services", "tls"),
)
