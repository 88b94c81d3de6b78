"""A short key can be computed back, and the server impersonated.

Below 2,048 bits for RSA and DSA, below 256 for elliptic curves (ANSSI RGS, CA/Browser Forum).
"""

from __future__ import annotations

from scanners.exposure.crypto import MIN_EC_BITS, MIN_RSA_BITS
from scanners.exposure.facts import Certificate, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates with a short key."""
    shown = facts.certificates()
    short = ((end, found) for end, found in shown if 0 < found.key_bits < _minimum(found))
    return judged(len(shown), (Finding(end.subject, _evidence(found)) for end, found in short))


def _minimum(certificate: Certificate) -> int:
    return MIN_EC_BITS if certificate.key_type == "EC" else MIN_RSA_BITS


def _evidence(certificate: Certificate) -> dict[str, Scalar]:
    return {
        "certificate": certificate.subject,
        "key_type": certificate.key_type,
        "key_bits": certificate.key_bits,
        "minimum": _minimum(certificate),
    }


RULE = Rule(
    id="exposure.certificate_weak_key",
    title=Text(
        "Clé de certificat trop courte",
        "Certificate key too short",
    ),
    message=Text(
        "La clé {key_type} de {subject} n’a que {key_bits} bits (minimum {minimum}).",
        "The {key_type} key of {subject} has only {key_bits} bits (minimum {minimum}).",
    ),
    remediation=Text(
        "Générez une nouvelle clé (RSA 3072 ou ECDSA P-256) et un nouveau certificat, et révoquez l’ancien.",
        "Make a new key (RSA 3072 or ECDSA P-256) and a new certificate, and revoke the old one.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R26", "cwe:326"),
    check=check,
    reads=("hosts", "services", "tls"),
)
