"""A certificate whose first day is to come is refused by clients: an order too early, or a clock that is wrong.

Judged at the date of the collection.
"""

from __future__ import annotations

from scanners.exposure.facts import Certificate, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates whose first day is to come."""
    shown = facts.certificates()
    early = ((end, found) for end, found in shown if found.not_before > facts.collected_at)
    return judged(len(shown), (Finding(end.subject, _evidence(found)) for end, found in early))


def _evidence(certificate: Certificate) -> dict[str, Scalar]:
    return {"certificate": certificate.subject, "valid_from": certificate.not_before.date().isoformat()}


RULE = Rule(
    id="exposure.certificate_not_yet_valid",
    title=Text(
        "Certificat pas encore valide",
        "Certificate not yet valid",
    ),
    message=Text(
        "Le certificat de {subject} n’est valide qu’à partir du {valid_from}.",
        "The certificate of {subject} is valid from {valid_from} only.",
    ),
    remediation=Text(
        "Vérifiez l’heure du serveur et de l’autorité, puis remettez l’ancien certificat jusqu’à cette date ou "
        "faites-en émettre un autre.",
        "Check the clock of the server and of the authority, then put the former certificate back until that day "
        "or have another one issued.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R8", "cwe:298", "rfc:5280"),
    check=check,
    reads=("hosts", "services", "tls"),
)
