"""SSL 2.0 and 3.0 are broken: passwords sent over LDAPS can be read by whoever stands on the network.

PingCastle A-DCLdapsProtocol. Each version is offered alone, by a ClientHello made by hand.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.transport import REMEDIATION, SSL, versions_verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The controller that was audited."""
    return versions_verdict(facts.transport, facts.naming.controller, SSL)


RULE = Rule(
    id="ad.ldaps_ssl",
    title=Text(
        "LDAPS accepte SSL",
        "LDAPS accepts SSL",
    ),
    message=Text(
        "Le contrôleur {subject} accepte {versions} en LDAPS.",
        "The controller {subject} accepts {versions} over LDAPS.",
    ),
    remediation=REMEDIATION,
    severity=Severity.HIGH,
    refs=refs("pingcastle:A-DCLdapsProtocol", "attack:T1600.001"),
    check=check,
    reads=(),
)
