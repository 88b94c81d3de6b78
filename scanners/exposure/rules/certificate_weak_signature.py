"""A certificate signed with MD5 or SHA-1 can be forged.

Self-signed ones are left out: nobody relies on the signature of a root.
"""

from __future__ import annotations

from scanners.exposure.crypto import WEAK_SIGNATURES
from scanners.exposure.facts import Certificate, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates signed with a broken hash."""
    shown = [(end, found) for end, found in facts.certificates() if not found.self_signed]
    broken = ((end, found) for end, found in shown if found.signature_hash in WEAK_SIGNATURES)
    return judged(len(shown), (Finding(end.subject, _evidence(found)) for end, found in broken))


def _evidence(certificate: Certificate) -> dict[str, Scalar]:
    return {"certificate": certificate.subject, "signature": certificate.signature_hash}


RULE = Rule(
    id="exposure.certificate_weak_signature",
    title=Text(
        "Signature de certificat obsolète",
        "Obsolete certificate signature",
    ),
    message=Text(
        "Le certificat de {subject} est signé avec {signature}.",
        "The certificate of {subject} is signed with {signature}.",
    ),
    remediation=Text(
        "Faites réémettre le certificat avec SHA-256 ou mieux.",
        "Have the certificate issued again with SHA-256 or better.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R24", "cwe:327"),
    check=check,
    reads=("hosts", "services", "tls"),
)
