"""Ciphers with 64-bit blocks, RC4 or CBC modes leak or can be attacked; ANSSI asks for AES in CTR mode (R15).

AEAD modes (GCM, ChaCha20), later than the guide, are fine.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.ssh_offer import weak_ciphers


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers that offer one of them."""
    servers = facts.ssh()
    weak = ((end, weak_ciphers(offer.ciphers)) for end, offer in servers)
    return judged(
        len(servers), (Finding(end.subject, {"algorithms": ", ".join(names)}) for end, names in weak if names)
    )


RULE = Rule(
    id="exposure.ssh_weak_cipher",
    title=Text(
        "Chiffrements SSH faibles",
        "Weak SSH ciphers",
    ),
    message=Text(
        "{subject} offre des chiffrements faibles : {algorithms}.",
        "{subject} offers weak ciphers: {algorithms}.",
    ),
    remediation=Text(
        "Limitez « Ciphers » à AES-CTR, AES-GCM et ChaCha20.",
        "Limit `Ciphers` to AES-CTR, AES-GCM and ChaCha20.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R15", "cwe:327"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
