"""Key exchanges with SHA-1 or the 1,024-bit group can be broken by those who record traffic (RFC 9142, Logjam).

Any one offered counts: a client may be talked into it.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.ssh_offer import weak_key_exchanges


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers that offer one of them."""
    servers = facts.ssh()
    weak = ((end, weak_key_exchanges(offer.key_exchanges)) for end, offer in servers)
    return judged(
        len(servers), (Finding(end.subject, {"algorithms": ", ".join(names)}) for end, names in weak if names)
    )


RULE = Rule(
    id="exposure.ssh_weak_key_exchange",
    title=Text(
        "Échanges de clés SSH faibles",
        "Weak SSH key exchanges",
    ),
    message=Text(
        "{subject} offre des échanges de clés faibles : {algorithms}.",
        "{subject} offers weak key exchanges: {algorithms}.",
    ),
    remediation=Text(
        "Retirez-les de « KexAlgorithms » ; vérifiez d’abord les clients anciens des prestataires.",
        "Remove them from `KexAlgorithms`; check suppliers’ old clients first.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R15", "cwe:327", "rfc:9142"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
