"""Version 1 of SSH is broken by design; ANSSI forbids it (R1).

Servers that announce `1.x`: 1.99 accepts both versions.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.ssh_offer import knows_version_1


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers that accept version 1."""
    servers = facts.ssh()
    old = ((end, offer) for end, offer in servers if knows_version_1(offer))
    return judged(len(servers), (Finding(end.subject, {"protocol": offer.protocol}) for end, offer in old))


RULE = Rule(
    id="exposure.ssh_protocol_1",
    title=Text(
        "SSH version 1 accepté",
        "SSH version 1 accepted",
    ),
    message=Text(
        "{subject} accepte la version 1 de SSH (annonce {protocol}).",
        "{subject} accepts version 1 of SSH (announces {protocol}).",
    ),
    remediation=Text(
        "N’acceptez que la version 2 ; remplacez les équipements qui ne savent pas faire.",
        "Accept version 2 only; replace devices that cannot.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R1", "cwe:327"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
