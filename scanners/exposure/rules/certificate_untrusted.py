"""A certificate from an authority nobody knows trains people to accept warnings, an impostor’s included.

OpenSSL refuses the chain. A missing issuer and a self-signed certificate have their own rules.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls, about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates refused."""
    return about_tls(
        facts,
        _fault,
        lambda tls: {
            "certificate": tls.certificate.subject if tls.certificate else "",
            "issuer": tls.certificate.issuer if tls.certificate else "",
            "trust_error": tls.trust_error,
        },
    )


def _fault(tls: Tls) -> bool | None:
    if tls.certificate is None or tls.certificate.self_signed:
        return False
    return None if tls.trusted is None else not tls.trusted and tls.trust_error != "issuer_missing"


RULE = Rule(
    id="exposure.certificate_untrusted",
    title=Text(
        "Certificat d’une autorité inconnue",
        "Certificate from an unknown authority",
    ),
    message=Text(
        "Le certificat de {subject} n’est pas reconnu : émis par {issuer} ({trust_error:unknown_root=autorité "
        "inconnue}).",
        "The certificate of {subject} is not recognised: issued by {issuer} ({trust_error:unknown_root=unknown "
        "authority}).",
    ),
    remediation=Text(
        "Pour le public, faites-le émettre par une autorité publique. Si l’autorité est la vôtre, déclarez-la à "
        "l’audit et aux postes.",
        "For the public, have it issued by a public authority. If the authority is your own, declare it to the "
        "audit and to workstations.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R8", "attack:T1557", "cwe:295"),
    check=check,
    reads=("hosts", "services", "tls"),
)
