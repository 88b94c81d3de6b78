"""TLS 1.0 and 1.1 (RFC 8996) rest on MD5 and SHA-1 and know no modern suite.

PingCastle A-DCLdapsProtocolAdvanced. Each version is offered alone, by a ClientHello made by hand.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.transport import OLD_TLS, REMEDIATION, versions_verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The controller that was audited."""
    return versions_verdict(facts.transport, facts.naming.controller, OLD_TLS)


RULE = Rule(
    id="ad.ldaps_old_tls",
    title=Text(
        "LDAPS accepte TLS 1.0 ou 1.1",
        "LDAPS accepts TLS 1.0 or 1.1",
    ),
    message=Text(
        "Le contrôleur {subject} accepte {versions} en LDAPS.",
        "The controller {subject} accepts {versions} over LDAPS.",
    ),
    remediation=REMEDIATION,
    severity=Severity.LOW,
    refs=refs("pingcastle:A-DCLdapsProtocolAdvanced", "attack:T1600.001"),
    check=check,
    reads=(),
)
