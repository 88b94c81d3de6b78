"""A certificate made for another name triggers warnings, and hides real impersonations among them.

Judged only when the target was a name: an address alone does not tell which name is meant. `*.x` stands for one label.
"""

from __future__ import annotations

from scanners.exposure.facts import Certificate, Endpoint, ExposureFacts
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Certificates that bear none of the names by which the port was reached."""
    named = [(end, found) for end, found in facts.certificates_by_name() if end.host.names]
    wrong = ((end, found) for end, found in named if not _matches(end.host.names[0], found.names))
    return judged(len(named), (Finding(end.subject, _evidence(end, found)) for end, found in wrong))


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    parent = name.partition(".")[2]
    return any(pattern == name or (pattern.startswith("*.") and pattern[2:] == parent) for pattern in patterns)


def _evidence(end: Endpoint, certificate: Certificate) -> dict[str, Scalar]:
    return {"name": end.host.names[0], "certificate_names": ", ".join(certificate.names[:5])}


RULE = Rule(
    id="exposure.certificate_name_mismatch",
    title=Text(
        "Certificat d’un autre nom",
        "Certificate for another name",
    ),
    message=Text(
        "Le certificat de {subject} n’est pas au nom {name} ({certificate_names}).",
        "The certificate of {subject} is not for the name {name} ({certificate_names}).",
    ),
    remediation=Text(
        "Faites émettre un certificat qui porte tous les noms du service.",
        "Have a certificate issued that bears every name of the service.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R29", "cwe:297", "rfc:9525"),
    check=check,
    reads=("hosts", "services", "tls"),
)
