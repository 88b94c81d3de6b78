"""Authentication codes with MD5, RIPEMD or a tag cut to 96 bits no longer protect integrity as they should (R15).

HMAC with SHA-1, which ANSSI's guide still accepts, is left out.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.ssh_offer import weak_macs


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers that offer one of them."""
    servers = facts.ssh()
    weak = ((end, weak_macs(offer.macs)) for end, offer in servers)
    return judged(
        len(servers), (Finding(end.subject, {"algorithms": ", ".join(names)}) for end, names in weak if names)
    )


RULE = Rule(
    id="exposure.ssh_weak_mac",
    title=Text(
        "Codes d’intégrité SSH faibles",
        "Weak SSH integrity codes",
    ),
    message=Text(
        "{subject} offre des codes d’intégrité faibles : {algorithms}.",
        "{subject} offers weak integrity codes: {algorithms}.",
    ),
    remediation=Text(
        "Limitez « MACs » à hmac-sha2-256, hmac-sha2-512 et leurs variantes « etm ».",
        "Limit `MACs` to hmac-sha2-256, hmac-sha2-512 and their “etm” variants.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R15", "cwe:327"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
