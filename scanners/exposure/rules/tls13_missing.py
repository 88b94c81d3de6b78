"""TLS 1.3 removes by construction most of what settings must otherwise forbid; ANSSI asks for it beside TLS 1.2 (R3).

Judged on ports that accept TLS 1.2; older ones are told by their own rule.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports with TLS 1.2 and without TLS 1.3."""
    return about_tls(facts, _fault, lambda tls: {"versions": ", ".join(tls.versions)})


def _fault(tls: Tls) -> bool | None:
    return "TLS 1.2" in tls.versions and "TLS 1.3" not in tls.versions


RULE = Rule(
    id="exposure.tls13_missing",
    title=Text(
        "TLS 1.3 absent",
        "TLS 1.3 missing",
    ),
    message=Text(
        "{subject} accepte {versions}, mais pas TLS 1.3.",
        "{subject} accepts {versions}, but not TLS 1.3.",
    ),
    remediation=Text(
        "Activez TLS 1.3 en gardant TLS 1.2 ; si le logiciel ne le connaît pas, prévoyez sa mise à jour.",
        "Enable TLS 1.3 and keep TLS 1.2; when the software does not know it, plan its update.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R3", "rfc:8446"),
    check=check,
    reads=("hosts", "services", "tls"),
)
