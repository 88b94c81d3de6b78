"""A chain that stops half-way works in some browsers and fails in others, in phones and in software.

The last certificate sent is not a root, and its issuer is neither sent nor known of the collecting machine or request.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Chains that stop before an authority."""
    return about_tls(
        facts,
        _fault,
        lambda tls: {
            "certificate": tls.certificate.subject if tls.certificate else "",
            "missing_issuer": tls.missing_issuer,
        },
    )


def _fault(tls: Tls) -> bool | None:
    if tls.certificate is None or tls.certificate.self_signed:
        return False
    return None if tls.trusted is None else tls.trust_error == "issuer_missing"


RULE = Rule(
    id="exposure.certificate_chain_incomplete",
    title=Text(
        "Autorité manquante ou inconnue",
        "Missing or unknown authority",
    ),
    message=Text(
        "La chaîne de {subject} s’arrête trop tôt : {missing_issuer} n’est ni envoyée ni connue de l’audit.",
        "The chain of {subject} stops too early: {missing_issuer} is neither sent nor known to the audit.",
    ),
    remediation=Text(
        "Ajoutez au fichier du certificat celui de l’autorité intermédiaire. Autorité interne ou IGC-Santé : "
        "déclarez-la dans la cible.",
        "Append the certificate of the intermediate authority to that of the service. Internal authority "
        "or IGC-Santé: declare it in the target.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R34", "cwe:295"),
    check=check,
    reads=("hosts", "services", "tls"),
)
