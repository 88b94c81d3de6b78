"""A server that lets a client come back with an older version lets someone in between force that version.

TLS_FALLBACK_SCSV (RFC 7507) is sent with the second best version before TLS 1.3; a server that goes on fails.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts, Tls
from scanners.exposure.judging import about_tls
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Ports that accept a fallback they should refuse."""
    return about_tls(facts, _fault, lambda tls: {"versions": ", ".join(tls.versions)})


def _fault(tls: Tls) -> bool | None:
    several = sum(version not in {"TLS 1.3", "SSL 2.0"} for version in tls.versions) > 1
    if several and tls.fallback_refused is None:
        return None
    return tls.fallback_refused is False


RULE = Rule(
    id="exposure.tls_fallback_accepted",
    title=Text(
        "Repli vers une version ancienne de TLS",
        "Fallback to an older TLS version possible",
    ),
    message=Text(
        "{subject} accepte qu’un client revienne à une version plus ancienne ({versions}).",
        "{subject} lets a client come back to an older version ({versions}).",
    ),
    remediation=Text(
        "N’acceptez que TLS 1.2 et 1.3 : il n’y a alors plus de version où revenir. À défaut, mettez à jour la "
        "bibliothèque TLS.",
        "Accept TLS 1.2 and 1.3 only: there is then no version to fall back to. Failing that, update the TLS library.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-tls:R4", "cwe:757", "rfc:7507"),
    check=check,
    reads=("hosts", "services", "tls"),
)
