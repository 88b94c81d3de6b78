"""A DANE record that does not match has careful senders refuse to deliver; in an unsigned zone it is worth nothing.

TLSA records of mail servers that the certificate seen does not match, or that no signature covers (RFC 7672).
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered, signatures_unseen
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose DANE records protect nothing or block mail."""
    known = facts.known_domains()
    return among_domains([domain for domain in known if _has_dane(domain) or domain.unanswered("TLSA ")], _fault)


def _has_dane(domain: Domain) -> bool:
    return any(server.tlsa for server in domain.mail_servers)


def _fault(domain: Domain) -> Evidence | None:
    for server in domain.mail_servers:
        if server.tlsa and server.dane_matches is False:
            return {"host": server.name, "weakness": "mismatch"}
        if server.tlsa and server.signed is False:
            return {"host": server.name, "weakness": "unsigned"}
    must_be_answered(domain, "TLSA ")
    unknown = [server.name for server in domain.mail_servers if server.tlsa and server.dane_matches is None]
    if not all(server.signed for server in domain.mail_servers if server.tlsa):
        raise signatures_unseen(domain)
    if unknown:
        raise NotAssessable(
            f"Le certificat de {unknown[0]} n’a pas été lu (hors du mandat, ou muet) ; comparez-le sur place à ses "
            "enregistrements DANE.",
            f"The certificate of {unknown[0]} was not read (outside the mandate, or mute); compare it on the spot with "
            "its DANE records.",
        )
    return None


RULE = Rule(
    id="exposure.dane_broken",
    title=Text(
        "DANE non conforme",
        "DANE not compliant",
    ),
    message=Text(
        "Les enregistrements DANE de {host}, serveur de {subject}, {weakness:mismatch=ne correspondent pas à son "
        "certificat|unsigned=ne sont pas signés}.",
        "The DANE records of {host}, server of {subject}, {weakness:mismatch=do not match its "
        "certificate|unsigned=are not signed}.",
    ),
    remediation=Text(
        "Publiez dans une zone signée l’empreinte de la clé en service (3 1 1) et, à côté, avant un renouvellement, "
        "celle de la suivante ; sinon retirez l’enregistrement.",
        "Publish in a signed zone the fingerprint of the key in service (3 1 1) and, before each renewal, beside it, "
        "that of the next one; otherwise remove the record.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "rfc:7672"),
    check=check,
    reads=("mail",),
)
