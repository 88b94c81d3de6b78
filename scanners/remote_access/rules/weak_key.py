"""A short or obsolete key can be computed from its public half.

ANSSI *Usage sécurisé d’(Open)SSH*: no DSA (R7), RSA of 2048 bits at least (R8), ECDSA of 256 bits at least (R9).
"""

from __future__ import annotations

from scanners.model import Finding, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import AuthorizedKey, RemoteAccessFacts
from scanners.remote_access.judgement import remote_keys, subject

SMALLEST_RSA = 2048
SMALLEST_ECDSA = 256


def check(facts: RemoteAccessFacts) -> Verdict:
    """Accounts that a weak key opens."""
    keys = remote_keys(facts)
    return judged(
        len(keys),
        (
            Finding(subject(facts, key.account), {"type": key.type, "bits": key.bits, "fingerprint": key.fingerprint})
            for key in keys
            if _weak(key)
        ),
    )


def _weak(key: AuthorizedKey) -> bool:
    if key.type.startswith("ssh-dss"):
        return True
    smallest = SMALLEST_RSA if key.type.startswith("ssh-rsa") else SMALLEST_ECDSA
    return key.bits is not None and key.bits < smallest


RULE = Rule(
    id="remote_access.weak_key",
    title=Text("Clé d’accès trop faible", "Access key too weak"),
    message=Text(
        "{subject} s’ouvre avec une clé {type} de {bits} bits ({fingerprint}).",
        "{subject} opens with a {type} key of {bits} bits ({fingerprint}).",
    ),
    remediation=Text(
        "Faites générer par le fournisseur une clé Ed25519 (ou RSA de 3072 bits), ajoutez-la, essayez-la et retirez "
        "l’ancienne.",
        "Have the supplier generate an Ed25519 key (or RSA of 3072 bits), add it, try it and remove the old one.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R7", "anssi-ssh:R8", "anssi-ssh:R9"),
    check=check,
    reads=("keys",),
)
