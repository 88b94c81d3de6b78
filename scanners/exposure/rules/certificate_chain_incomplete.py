"""A chain that stops half-way works in some browsers and fails in others, in phones and in software.

The last certificate sent is not a root, and its issuer is neither sent nor known of the collecting machine or request.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls, about_tls
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
        "Chaîne de certificats incomplète",
        "Incomplete certificate chain",
    ),
    message=Text(
        "La chaîne de {subject} s’arrête avant une autorité connue : il manque {missing_issuer}.",
        "The chain of {subject} stops before a known authority: {missing_issuer} is missing.",
    ),
    remediation=Text(
        "Ajoutez au fichier du certificat celui de l’autorité intermédiaire. Si l’autorité est la vôtre, "
        "déclarez-la à l’audit.",
        "Append the certificate of the intermediate authority to that of the service. If the authority is your "
        "own, declare it to the audit.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R34", "cwe:295"),
    check=check,
    reads=("hosts", "services", "tls"),
)
