"""A host key with DSA (1,024 bits) or signed with SHA-1 lets the server be impersonated (ANSSI R7, RFC 8332).

`ssh-dss` and `ssh-rsa` in the host-key algorithms offered; `rsa-sha2-256` and `rsa-sha2-512` are fine.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.ssh_offer import weak_host_keys


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers that offer one of them."""
    servers = facts.ssh()
    weak = ((end, weak_host_keys(offer.host_keys)) for end, offer in servers)
    return judged(
        len(servers), (Finding(end.subject, {"algorithms": ", ".join(names)}) for end, names in weak if names)
    )


RULE = Rule(
    id="exposure.ssh_weak_host_key",
    title=Text(
        "Clés d’hôte SSH faibles",
        "Weak SSH host keys",
    ),
    message=Text(
        "{subject} offre des clés d’hôte faibles : {algorithms}.",
        "{subject} offers weak host keys: {algorithms}.",
    ),
    remediation=Text(
        "Gardez une clé Ed25519 ou RSA avec « rsa-sha2-512 », et retirez « ssh-rsa » et « ssh-dss » de « "
        "HostKeyAlgorithms ».",
        "Keep an Ed25519 key, or RSA with `rsa-sha2-512`, and remove `ssh-rsa` and `ssh-dss` from `HostKeyAlgorithms`.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R7", "cwe:327", "rfc:8332"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
