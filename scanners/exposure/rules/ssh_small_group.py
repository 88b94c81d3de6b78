"""In a finite-field group of less than 2,048 bits, recorded sessions can be read by a State (Logjam, RFC 8270).

The smallest group the server accepts for the group exchange, as ssh-audit reads it.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import about_ssh
from scanners.model import Rule, Severity, Text, Verdict, refs
from scanners.ssh_offer import MIN_GROUP_BITS, Ssh, short_group


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers that accept a short group."""
    return about_ssh(facts, _fault, lambda offer: {"bits": offer.dh_bits, "minimum": MIN_GROUP_BITS})


def _fault(offer: Ssh) -> bool | None:
    return short_group(offer) if offer.audited else None


RULE = Rule(
    id="exposure.ssh_small_group",
    title=Text(
        "Groupe Diffie-Hellman SSH trop court",
        "SSH Diffie-Hellman group too short",
    ),
    message=Text(
        "{subject} accepte un groupe de {bits} bits (minimum {minimum}).",
        "{subject} accepts a group of {bits} bits (minimum {minimum}).",
    ),
    remediation=Text(
        "Retirez de /etc/ssh/moduli les groupes de moins de 3071 bits, ou retirez « diffie-hellman-group-exchange "
        "» de « KexAlgorithms ».",
        "Remove groups under 3071 bits from /etc/ssh/moduli, or remove `diffie-hellman-group-exchange` from "
        "`KexAlgorithms`.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R15", "cwe:326", "rfc:8270"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
