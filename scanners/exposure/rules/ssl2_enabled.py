"""SSL 2.0 is broken; whoever keeps it lets even TLS sessions under the same key be read (DROWN, 2016).

A hand-made greeting offers SSL 2.0 alone; a server that takes it fails (RFC 6176).
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept SSL 2.0."""
    tls = facts.over_tls()
    found = (end for end, posture in tls if "SSL 2.0" in posture.versions)
    return judged(len(tls), (Finding(end.subject, {"versions": "SSL 2.0"}) for end in found))


RULE = Rule(
    id="exposure.ssl2_enabled",
    title=Text(
        "SSL 2.0 accepté",
        "SSL 2.0 accepted",
    ),
    message=Text(
        "{subject} accepte {versions} (attaque DROWN).",
        "{subject} accepts {versions} (DROWN attack).",
    ),
    remediation=Text(
        "Désactivez SSL 2.0 sur tous les services qui partagent cette clé, y compris la messagerie, puis "
        "renouvelez la clé.",
        "Disable SSL 2.0 on every service that shares this key, mail included, then renew the key.",
    ),
    severity=Severity.HIGH,
    refs=refs(
        "care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R4", "attack:T1557", "cwe:327", "cve:CVE-2016-0800", "rfc:6176"
    ),
    check=check,
    reads=("hosts", "services", "tls"),
)
