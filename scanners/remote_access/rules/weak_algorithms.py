"""Obsolete algorithms let whoever records or sits between a supplier and the gateway read or alter a session.

ANSSI R15 (encryption, integrity), R7 (no DSA), R1 (version 2 only); RFC 9142 and 8270 for key exchanges and groups.
The same judgement as on the servers that an exposure audit meets (`scanners.ssh_offer`); here, one finding for all.
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import asked_for, subject
from scanners.ssh_offer import (
    Ssh,
    knows_version_1,
    open_to_terrapin,
    short_group,
    weak_ciphers,
    weak_host_keys,
    weak_key_exchanges,
    weak_macs,
)


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when its SSH server offers one of them."""
    names = _weak(asked_for(facts.offer))
    return judged(1, [Finding(subject(facts, "sshd"), {"algorithms": ", ".join(names)})] if names else ())


def _weak(offer: Ssh) -> list[str]:
    names = [
        *([f"SSH {offer.protocol}"] if knows_version_1(offer) else []),
        *weak_key_exchanges(offer.key_exchanges),
        *weak_host_keys(offer.host_keys),
        *weak_ciphers(offer.ciphers),
        *weak_macs(offer.macs),
        *open_to_terrapin(offer),
        *([f"diffie-hellman-group-exchange ({offer.dh_bits} bits)"] if short_group(offer) else []),
    ]
    return list(dict.fromkeys(names))


RULE = Rule(
    id="remote_access.weak_algorithms",
    title=Text("Algorithmes SSH obsolètes sur la passerelle", "Obsolete SSH algorithms on the gateway"),
    message=Text(
        "{subject} propose des algorithmes obsolètes ou exposés à une attaque connue : {algorithms}.",
        "{subject} offers algorithms that are obsolete or open to a known attack: {algorithms}.",
    ),
    remediation=Text(
        "Mettez OpenSSH à jour, puis retirez-les de KexAlgorithms, HostKeyAlgorithms, Ciphers et MACs ; essayez avec "
        "chaque fournisseur, dont le client peut être ancien, avant de généraliser.",
        "Update OpenSSH, then remove them from KexAlgorithms, HostKeyAlgorithms, Ciphers and MACs; try with each "
        "supplier, whose client may be old, before extending it.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ssh:R15", "anssi-ssh:R7", "anssi-ssh:R1", "cwe:327", "rfc:9142"),
    check=check,
    reads=("algorithms",),
)
