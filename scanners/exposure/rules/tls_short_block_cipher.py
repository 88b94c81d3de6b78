"""3DES and IDEA cut messages into 64-bit blocks: a very long session ends by betraying pieces of itself (Sweet32).

The suites with 3DES or IDEA that the server takes when only weak ones are offered (RFC 9325).
"""

from __future__ import annotations

from scanners.exposure.crypto import SHORT_BLOCKS
from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept 3DES or IDEA."""
    tls = facts.over_tls()
    found = (
        (end, [suite for suite, flaw in posture.weaknesses.items() if flaw == SHORT_BLOCKS]) for end, posture in tls
    )
    return judged(len(tls), (Finding(end.subject, {"ciphers": ", ".join(names)}) for end, names in found if names))


RULE = Rule(
    id="exposure.tls_short_block_cipher",
    title=Text(
        "3DES ou IDEA accepté",
        "3DES or IDEA accepted",
    ),
    message=Text(
        "{subject} accepte des suites à blocs de 64 bits : {ciphers}.",
        "{subject} accepts suites with 64-bit blocks: {ciphers}.",
    ),
    remediation=Text(
        "Retirez 3DES et IDEA, après avoir relevé dans les journaux les clients qui ne savent rien d’autre.",
        "Remove 3DES and IDEA, after finding in the logs which clients know nothing else.",
    ),
    severity=Severity.MEDIUM,
    refs=refs(
        "care-d1:O2.B",
        "care-rules:DET-11",
        "anssi-tls:R9",
        "anssi-hygiene:21",
        "cve:CVE-2016-2183",
        "cwe:327",
        "rfc:9325",
    ),
    check=check,
    reads=("hosts", "services", "tls"),
)
