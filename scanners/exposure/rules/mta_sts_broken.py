"""An MTA-STS policy that cannot be applied protects nothing, or has real mail refused (RFC 8461).

An MTA-STS record whose policy is absent or unreadable, or in `enforce` mode without one of the mail servers.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain, Policy
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.exposure.mail_policy import check_policy_was_asked, sts_allows, sts_mode, sts_servers
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose MTA-STS policy cannot be applied."""
    return among_domains([domain for domain in facts.known_domains() if domain.mta_sts.texts], _fault)


def _fault(domain: Domain) -> Evidence | None:
    found = domain.mta_sts
    check_policy_was_asked(domain)
    must_be_answered(domain, "A mta-sts.")
    if found.state is Policy.UNREAD or (found.state is Policy.READ and not sts_mode(found.policy)):
        return {"weakness": "unreadable", "detail": f"mta-sts.{domain.name}"}
    allowed = sts_servers(found.policy)
    missing = [server.name for server in domain.mail_servers if not sts_allows(allowed, server.name)]
    if found.state is Policy.READ and sts_mode(found.policy) != "none" and missing:
        return {"weakness": "missing", "detail": ", ".join(missing[:5])}
    return None


RULE = Rule(
    id="exposure.mta_sts_broken",
    title=Text(
        "Politique MTA-STS en défaut",
        "MTA-STS policy at fault",
    ),
    message=Text(
        "La politique MTA-STS de {subject} est {weakness:unreadable=illisible|missing=incomplète} ({detail}).",
        "The MTA-STS policy of {subject} is {weakness:unreadable=unreadable|missing=incomplete} ({detail}).",
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
