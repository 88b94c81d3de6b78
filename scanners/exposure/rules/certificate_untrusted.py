"""A certificate from an authority nobody knows trains people to accept warnings, an impostor’s included.

OpenSSL refuses the chain; its reason is told in words. A missing issuer and a self-signed certificate have their own
rules.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs

_WORDS = {
    "unknown_root": "unknown_root",
    "certificate signature failure": "bad_signature",
    "invalid CA certificate": "not_an_authority",
    "path length constraint exceeded": "not_an_authority",
    "CA cert does not include key usage extension": "not_an_authority",
    "unsupported certificate purpose": "wrong_purpose",
    "unsuitable certificate purpose": "wrong_purpose",
    "EE certificate key too weak": "too_weak",
    "CA certificate key too weak": "too_weak",
    "CA signature digest algorithm too weak": "too_weak",
}
"""What OpenSSL says, in its own English -> our word."""


def check(facts: ExposureFacts) -> Verdict:
    """Certificates refused."""
    return about_tls(
        facts,
        _fault,
        lambda tls: {
            "certificate": tls.certificate.subject if tls.certificate else "",
            "issuer": tls.certificate.issuer if tls.certificate else "",
            "trust_error": _WORDS.get(tls.trust_error, "refused"),
        },
    )


def _fault(tls: Tls) -> bool | None:
    if tls.certificate is None or tls.certificate.self_signed:
        return False
    return None if tls.trusted is None else not tls.trusted and tls.trust_error != "issuer_missing"


RULE = Rule(
    id="exposure.certificate_untrusted",
    title=Text(
        "Certificat non reconnu",
        "Certificate not recognised",
    ),
    message=Text(
        "Le certificat de {subject} n’est pas reconnu : émis par {issuer} ({trust_error:unknown_root=autorité "
        "inconnue|bad_signature=signature fausse|not_an_authority=l’émetteur n’a pas le droit d’en émettre|"
        "wrong_purpose=prévu pour un autre usage|too_weak=clé ou signature trop faible|refused=chaîne refusée}).",
        "The certificate of {subject} is not recognised: issued by {issuer} ({trust_error:unknown_root=unknown "
        "authority|bad_signature=wrong signature|not_an_authority=its issuer may not issue any|"
        "wrong_purpose=meant for another use|too_weak=key or signature too weak|refused=chain refused}).",
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
