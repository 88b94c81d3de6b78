"""With CBC modes alone, integrity rests on code that was broken again and again (Lucky 13, POODLE on TLS).

Judged on ports that accept TLS 1.2: no suite with GCM, CCM or ChaCha20-Poly1305 is accepted, and neither is TLS 1.3.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports on TLS 1.2 without any authenticated mode."""
    return about_tls(facts, _fault, lambda tls: {"versions": ", ".join(tls.versions)})


def _fault(tls: Tls) -> bool | None:
    if "TLS 1.2" not in tls.versions:
        return False
    return None if tls.authenticated_modes is None else not tls.authenticated_modes


RULE = Rule(
    id="exposure.tls_cbc_only",
    title=Text(
        "Modes CBC seulement",
        "CBC modes only",
    ),
    message=Text(
        "{subject} n’accepte aucune suite GCM, CCM ou ChaCha20 ({versions}).",
        "{subject} accepts no GCM, CCM or ChaCha20 suite ({versions}).",
    ),
    remediation=Text(
        "Activez les suites ECDHE avec AES-GCM ou ChaCha20, et retirez CBC quand plus aucun client n’en a besoin.",
        "Enable the ECDHE suites with AES-GCM or ChaCha20, and remove CBC once no client needs it.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R10", "cwe:327", "rfc:9325"),
    check=check,
    reads=("hosts", "services", "tls"),
)
