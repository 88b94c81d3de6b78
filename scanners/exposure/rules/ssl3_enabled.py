"""SSL 3.0 was broken by POODLE in 2014 and forbidden by RFC 7568.

A hand-made greeting offers SSL 3.0 alone; a server that takes it fails.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept SSL 3.0."""
    tls = facts.over_tls()
    found = ((end, sorted(set(posture.versions) & {"SSL 3.0"})) for end, posture in tls)
    return judged(len(tls), (Finding(end.subject, {"versions": ", ".join(old)}) for end, old in found if old))


RULE = Rule(
    id="exposure.ssl3_enabled",
    title=Text(
        "SSL 3.0 accepté",
        "SSL 3.0 accepted",
    ),
    message=Text(
        "{subject} accepte {versions}.",
        "{subject} accepts {versions}.",
    ),
    remediation=Text(
        "Désactivez SSL 3.0 ; isolez derrière un relais TLS les équipements qui ne savent rien d’autre.",
        "Disable SSL 3.0; put devices that know nothing else behind a TLS relay.",
    ),
    severity=Severity.HIGH,
    refs=refs(
        "care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R4", "anssi-hygiene:21", "attack:T1557", "cwe:327", "rfc:7568"
    ),
    check=check,
    reads=("hosts", "services", "tls"),
)
