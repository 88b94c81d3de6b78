"""A domain whose signatures are wrong does not exist any more for those who check them: site and mail are gone.

The parent’s DS matches no key, or the signatures of the keys or of the start of the zone are wrong or have expired.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain, Signature
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose signatures are wrong."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    if domain.signature is Signature.UNKNOWN:
        raise NotAssessable(
            f"Les signatures de {domain.name} n’ont pas pu être vérifiées par ce serveur DNS ; indiquez-en un qui "
            "transmet DNSSEC.",
            f"The signatures of {domain.name} could not be checked through this DNS server; name one that passes "
            "DNSSEC on.",
        )
    return {"detail": domain.signature_detail} if domain.signature is Signature.BROKEN else None


RULE = Rule(
    id="exposure.dnssec_broken",
    title=Text(
        "DNSSEC en erreur",
        "DNSSEC in error",
    ),
    message=Text(
        "Les signatures DNSSEC de {subject} sont fausses ou expirées ({detail}).",
        "The DNSSEC signatures of {subject} are wrong or have expired ({detail}).",
    ),
    remediation=Text(
        "Faites re-signer la zone ; si ce n’est pas possible dans l’heure, retirez l’enregistrement DS chez le "
        "bureau d’enregistrement.",
        "Have the zone signed again; if that cannot be done within the hour, remove the DS record at the registrar.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:345", "rfc:4035"),
    check=check,
    reads=("dns",),
)
