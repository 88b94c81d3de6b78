"""Without DNSSEC, a forged answer sends patients and mail to another machine (RFC 4033).

Domains without a key, or whose parent does not know the key: nobody checks the signatures then.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain, Signature
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains that no signature protects."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    if domain.signature is Signature.UNKNOWN:
        raise NotAssessable(
            f"Les signatures de {domain.name} n’ont pas pu être vérifiées par ce serveur DNS ; indiquez-en un qui "
            "transmet DNSSEC.",
            f"The signatures of {domain.name} could not be checked through this DNS server; name one that passes "
            "DNSSEC on.",
        )
    if domain.signature not in {Signature.NONE, Signature.NO_DS}:
        return None
    return {"weakness": str(domain.signature)}


RULE = Rule(
    id="exposure.dnssec_missing",
    title=Text(
        "Domaine sans DNSSEC",
        "Domain without DNSSEC",
    ),
    message=Text(
        "{subject} n’est pas protégé par DNSSEC ({weakness:none=zone non signée|no_ds=clé inconnue de la zone "
        "parente}).",
        "{subject} is not protected by DNSSEC ({weakness:none=zone not signed|no_ds=key unknown to the parent zone}).",
    ),
    remediation=Text(
        "Activez DNSSEC chez l’hébergeur de la zone, puis déposez l’enregistrement DS chez le bureau d’enregistrement.",
        "Turn on DNSSEC at the zone’s host, then file the DS record at the registrar.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:345", "attack:T1557", "rfc:4033"),
    check=check,
    reads=("dns",),
)
