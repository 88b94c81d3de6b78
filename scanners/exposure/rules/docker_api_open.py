"""The Docker engine's interface without authentication gives root on the machine to anyone.

Recognised by the engine's own headers, in clear: the interface over TLS asks for a client certificate.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.products import is_docker
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Answers of the Docker engine in clear."""
    web = facts.web()
    found = (end for end, http in web if end.port.tls is None and is_docker(http))
    return judged(len(web), (Finding(end.subject, end.evidence()) for end in found))


RULE = Rule(
    id="exposure.docker_api_open",
    title=Text(
        "Interface Docker ouverte",
        "Open Docker interface",
    ),
    message=Text(
        "{subject} ouvre l’interface du moteur Docker ({version}) sans authentification.",
        "{subject} opens the Docker engine’s interface ({version}) without authentication.",
    ),
    remediation=Text(
        "Fermez le port tout de suite, revenez au socket local ou à TLS avec certificat client, et considérez la "
        "machine comme compromise jusqu’à preuve du contraire.",
        "Close the port at once, go back to the local socket or to TLS with client certificates, and hold the "
        "machine for compromised until proved otherwise.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "attack:T1190", "attack:T1610", "cwe:306"),
    check=check,
    reads=("hosts", "services", "http"),
)
