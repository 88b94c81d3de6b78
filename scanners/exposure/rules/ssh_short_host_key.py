"""A short host key can be computed back, and the server impersonated (ANSSI R8, R9).

RSA below 2,048 bits, ECDSA below 256, as ssh-audit reads them during a key exchange. DSA is for `ssh_weak_host_key`.
"""

from __future__ import annotations

from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import about_ssh
from scanners.model import Rule, Severity, Text, Verdict, refs
from scanners.ssh_offer import Ssh, short_host_keys


def check(facts: ExposureFacts) -> Verdict:
    """SSH servers with a short host key."""
    return about_ssh(facts, _fault, lambda offer: {"algorithms": ", ".join(short_host_keys(offer))})


def _fault(offer: Ssh) -> bool | None:
    return bool(short_host_keys(offer)) if offer.audited else None


RULE = Rule(
    id="exposure.ssh_short_host_key",
    title=Text(
        "Clé d’hôte SSH trop courte",
        "SSH host key too short",
    ),
    message=Text(
        "{subject} a une clé d’hôte trop courte : {algorithms}.",
        "{subject} has a host key that is too short: {algorithms}.",
    ),
    remediation=Text(
        "Générez une clé Ed25519 ou RSA de 3072 bits, prévenez les utilisateurs du changement d’empreinte, puis "
        "retirez l’ancienne.",
        "Make an Ed25519 key, or RSA of 3072 bits, tell users that the fingerprint changes, then remove the old one.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-ssh:R8", "anssi-ssh:R9", "cwe:326"),
    check=check,
    reads=("hosts", "services", "ssh"),
)
