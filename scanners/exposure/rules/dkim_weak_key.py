"""A short DKIM key can be recomputed, and messages signed in the hospital’s name (RFC 8301).

RSA keys under 2,048 bits, among the selectors given in the target and the usual ones. Not assessable for a domain that
receives mail when none of its selectors is known, or all are revoked or unreadable: DKIM has no list of them.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs

LEAST_BITS = 2048


def check(facts: ExposureFacts) -> Verdict:
    """Domains with a short DKIM key."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    if domain.mail_servers and not any(key.bits for key in domain.dkim):
        raise NotAssessable(
            f"Aucune clé DKIM lisible et en service n’est connue pour {domain.name} ; "
            "ajoutez son sélecteur après le domaine, dans la cible.",
            f"No DKIM key that can be read and is in use is known for {domain.name}; "
            "add its selector after the domain, in the target.",
        )
    weak = [key for key in domain.dkim if key.kind == "rsa" and 0 < key.bits < LEAST_BITS]
    if not weak:
        return None
    selectors = ", ".join(key.selector for key in weak)
    return {"selectors": selectors, "key_bits": min(key.bits for key in weak), "minimum": LEAST_BITS}


RULE = Rule(
    id="exposure.dkim_weak_key",
    title=Text(
        "Clé DKIM trop courte",
        "DKIM key too short",
    ),
    message=Text(
        "{subject} signe son courrier avec une clé de {key_bits} bits (sélecteur {selectors}).",
        "{subject} signs its mail with a key of {key_bits} bits (selector {selectors}).",
    ),
    remediation=Text(
        "Créez une clé RSA de 2048 bits sous un nouveau sélecteur, basculez la signature, retirez l’ancienne clé "
        "une semaine après.",
        "Create a 2,048-bit RSA key under a new selector, switch the signature, remove the former key a week later.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "cwe:326", "rfc:8301"),
    check=check,
    reads=("mail",),
)
