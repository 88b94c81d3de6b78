"""A mail server named by an alias works by luck: the standard forbids it, and some senders refuse (RFC 2181, 10.3).

MX whose name is a CNAME that leads to an address.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains with an MX that is an alias."""
    return among_domains([domain for domain in facts.known_domains() if domain.mail_servers], _fault)


def _fault(domain: Domain) -> Evidence | None:
    aliases = [server.name for server in domain.mail_servers if server.alias and server.addresses]
    if aliases:
        return {"host": ", ".join(aliases)}
    must_be_answered(domain, *(f"A {server.name}" for server in domain.mail_servers if not server.addresses))
    return None


RULE = Rule(
    id="exposure.mail_server_alias",
    title=Text(
        "Serveur de messagerie désigné par un alias",
        "Mail server named by an alias",
    ),
    message=Text(
        "Un serveur de messagerie de {subject} est un alias (CNAME), ce que la norme interdit : {host}.",
        "A mail server of {subject} is an alias (CNAME), which the standard forbids: {host}.",
    ),
    remediation=Text(
        "Nommez dans l’enregistrement MX la machine elle-même, avec son adresse, plutôt que l’alias.",
        "Name in the MX record the machine itself, with its address, rather than the alias.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "rfc:5321"),
    check=check,
    reads=("mail",),
)
