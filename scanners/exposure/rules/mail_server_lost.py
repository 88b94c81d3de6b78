"""Mail sent to a server that is not there is lost or waits; a forgotten one can be taken over by a stranger.

MX that lead to no address, to an alias (RFC 5321, 5.1) or to something that is not a name.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import Evidence, ExposureFacts, among_domains
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains with an MX that leads nowhere."""
    return among_domains([domain for domain in facts.known_domains() if domain.mail_servers], _fault)


def _fault(domain: Domain) -> Evidence | None:
    lost = [server.name or "–" for server in domain.mail_servers if not server.addresses or server.alias]
    return {"host": ", ".join(lost)} if lost else None


RULE = Rule(
    id="exposure.mail_server_lost",
    title=Text(
        "Serveur de messagerie introuvable",
        "Mail server not to be found",
    ),
    message=Text(
        "Un serveur de messagerie de {subject} ne mène nulle part ou à un alias : {host}.",
        "A mail server of {subject} leads nowhere or to an alias: {host}.",
    ),
    remediation=Text(
        "Corrigez ou retirez cet enregistrement MX ; il doit nommer une machine qui a une adresse.",
        "Correct or remove this MX record; it must name a machine that has an address.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "rfc:5321"),
    check=check,
    reads=("mail",),
)
