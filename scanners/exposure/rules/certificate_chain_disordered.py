"""Certificates sent out of order, or that do not belong to the chain, stop the stricter clients.

Each certificate sent must be followed by that of its issuer (RFC 5246).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Chains out of order."""
    return about_tls(
        facts,
        _fault,
        lambda tls: {"certificate": tls.certificate.subject if tls.certificate else "", "chain": " → ".join(tls.chain)},
    )


def _fault(tls: Tls) -> bool | None:
    if tls.certificate is None:
        return False
    return None if tls.chain_ordered is None else not tls.chain_ordered


RULE = Rule(
    id="exposure.certificate_chain_disordered",
    title=Text(
        "Chaîne de certificats en désordre",
        "Certificate chain out of order",
    ),
    message=Text(
        "La chaîne de {subject} n’est pas dans l’ordre : {chain}.",
        "The chain of {subject} is out of order: {chain}.",
    ),
    remediation=Text(
        "Réécrivez le fichier de chaîne : le certificat du service, puis chaque autorité dans l’ordre, sans autre "
        "certificat.",
        "Write the chain file again: the certificate of the service, then each authority in order, and no other "
        "certificate.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R34", "cwe:295"),
    check=check,
    reads=("hosts", "services", "tls"),
)
