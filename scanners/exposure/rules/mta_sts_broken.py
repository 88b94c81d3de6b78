"""An MTA-STS policy that cannot be applied protects nothing, or has real mail refused (RFC 8461).

An MTA-STS record whose policy is absent or unreadable, served under a certificate that senders refuse (they then
ignore it: RFC 8461, 3.3), or in `enforce` mode without one of the mail servers.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain, Policy
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.exposure.mail_policy import check_policy_was_asked, sts_allows, sts_mode, sts_servers
from scanners.model import NotAssessable, Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose MTA-STS policy cannot be applied."""
    return among_domains([domain for domain in facts.known_domains() if domain.mta_sts.texts], _fault)


def _fault(domain: Domain) -> Evidence | None:
    found = domain.mta_sts
    check_policy_was_asked(domain)
    must_be_answered(domain, "A mta-sts.")
    if found.state is Policy.UNREAD or (found.state is Policy.READ and not sts_mode(found.policy)):
        return {"weakness": "unreadable", "detail": f"mta-sts.{domain.name}"}
    if found.certificate_fault:
        return {"weakness": found.certificate_fault, "detail": f"mta-sts.{domain.name}"}
    allowed = sts_servers(found.policy)
    missing = [server.name for server in domain.mail_servers if not sts_allows(allowed, server.name)]
    if found.state is Policy.READ and sts_mode(found.policy) != "none" and missing:
        return {"weakness": "missing", "detail": ", ".join(missing[:5])}
    if found.state is Policy.READ and found.certificate_fault is None:
        raise NotAssessable(
            f"Le certificat de mta-sts.{domain.name} n’a pas pu être vérifié ; installez les autorités de confiance de "
            "la machine de collecte, ou donnez-les dans la cible, puis relancez l’audit.",
            f"The certificate of mta-sts.{domain.name} could not be checked; install the trusted authorities of the "
            "collecting machine, or give them in the target, then run the audit again.",
        )
    return None


RULE = Rule(
    id="exposure.mta_sts_broken",
    title=Text(
        "Politique MTA-STS en défaut",
        "MTA-STS policy at fault",
    ),
    message=Text(
        "La politique MTA-STS de {subject} est {weakness:unreadable=illisible|missing=incomplète|"
        "dates=servie avec un certificat hors de ses dates|name=servie sous un autre nom que celui de son certificat|"
        "untrusted=servie avec un certificat d’une autorité inconnue} ({detail}).",
        "The MTA-STS policy of {subject} is {weakness:unreadable=unreadable|missing=incomplete|"
        "dates=served under a certificate out of its dates|name=served under another name than its certificate’s|"
        "untrusted=served under a certificate of an unknown authority} ({detail}).",
    ),
    remediation=Text(
        "Publiez le fichier en HTTPS avec un certificat valide, nommez-y chaque serveur de messagerie et changez "
        "l’identifiant de l’enregistrement.",
        "Publish the file over HTTPS with a valid certificate, name every mail server in it and change the "
        "identifier of the record.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "rfc:8461"),
    check=check,
    reads=("mail",),
)
