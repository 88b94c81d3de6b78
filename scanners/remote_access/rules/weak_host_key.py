"""A short host key can be computed back: whoever did it takes the place of the gateway, unseen by suppliers.

ANSSI R8 and R9: RSA of 2048 bits at least, ECDSA of 256. Sizes are those that ssh-audit reads.
"""

from __future__ import annotations

from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, judged, refs
from scanners.remote_access.facts import RemoteAccessFacts
from scanners.remote_access.judgement import asked_for, subject
from scanners.ssh_offer import short_host_keys


def check(facts: RemoteAccessFacts) -> Verdict:
    """The gateway, when one of its host keys is too short."""
    offer = asked_for(facts.offer)
    if not offer.audited:
        raise NotAssessable(
            "La taille des clés d’hôte n’a pas été lue ; relancez l’audit.",
            "The size of the host keys was not read; run the audit again.",
        )
    short = short_host_keys(offer)
    return judged(
        len(offer.host_key_bits), [Finding(subject(facts, "sshd"), {"algorithms": ", ".join(short)})] if short else ()
    )


RULE = Rule(
    id="remote_access.weak_host_key",
    title=Text("Clé d’hôte de la passerelle trop courte", "Host key of the gateway too short"),
    message=Text(
        "{subject} se présente avec une clé d’hôte trop courte : {algorithms}.",
        "{subject} presents a host key that is too short: {algorithms}.",
    ),
    remediation=Text(
        "Générez une clé Ed25519 ou RSA de 3072 bits, donnez sa nouvelle empreinte aux fournisseurs par un autre "
        "canal, puis retirez l’ancienne.",
        "Make an Ed25519 key or an RSA one of 3072 bits, give suppliers its new fingerprint through another channel, "
        "then remove the old one.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ssh:R8", "anssi-ssh:R9", "cwe:326"),
    check=check,
    reads=("algorithms",),
)
