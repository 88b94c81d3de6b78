"""TLS 1.0 and 1.1 are deprecated (RFC 8996): weak hashes, no modern encryption.

Each version is offered alone; a server that takes it fails.
"""

from __future__ import annotations

from scanners.exposure.crypto import OBSOLETE_TLS
from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept TLS 1.0 or 1.1."""
    tls = facts.over_tls()
    found = ((end, sorted(set(posture.versions) & OBSOLETE_TLS)) for end, posture in tls)
    return judged(len(tls), (Finding(end.subject, {"versions": ", ".join(old)}) for end, old in found if old))


RULE = Rule(
    id="exposure.tls_obsolete_version",
    title=Text(
        "TLS 1.0 ou 1.1 accepté",
        "TLS 1.0 or 1.1 accepted",
    ),
    message=Text(
        "{subject} accepte {versions}.",
        "{subject} accepts {versions}.",
    ),
    remediation=Text(
        "N’acceptez que TLS 1.2 et 1.3, après avoir relevé dans les journaux les équipements qui s’en servent encore. "
        "Port 25 : un expéditeur ancien refusé en TLS 1.0 repasse en clair ; relevez-les d’abord.",
        "Accept TLS 1.2 and 1.3 only, after finding in the logs which devices still rely on the old ones. "
        "Port 25: an old sender refused on TLS 1.0 goes back to clear text; find them first.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R4", "anssi-hygiene:21", "cwe:327", "rfc:8996"),
    check=check,
    reads=("hosts", "services", "tls"),
)
