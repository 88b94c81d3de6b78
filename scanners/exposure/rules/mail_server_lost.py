"""Mail sent to a server that is not there is lost or waits; a forgotten one can be taken over by a stranger.

MX that lead to no address, to an alias (RFC 5321, 5.1) or to something that is not a name.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains with an MX that leads nowhere."""
    return among_domains([domain for domain in facts.known_domains() if domain.mail_servers], _fault)


def _fault(domain: Domain) -> Evidence | None:
    suspects = [server.name for server in domain.mail_servers if not server.addresses or server.alias]
    lost = [name or "–" for name in suspects if not (name and domain.unanswered(f"A {name}"))]
    if lost:
        aliases = [server.name for server in domain.mail_servers if server.addresses and server.alias]
        return {"host": ", ".join(lost), "weakness": "alias" if lost == aliases else "lost"}
    must_be_answered(domain, *(f"A {name}" for name in suspects))
    return None


RULE = Rule(
    id="exposure.mail_server_lost",
    title=Text(
        "Serveur de messagerie introuvable",
        "Mail server not to be found",
    ),
    message=Text(
        "Un serveur de messagerie de {subject} {weakness:lost=ne mène nulle part|alias=est un alias (CNAME), ce que la "
        "norme interdit|=ne mène nulle part ou à un alias} : {host}.",
        "A mail server of {subject} {weakness:lost=leads nowhere|alias=is an alias (CNAME), which the standard "
        "forbids|=leads nowhere or to an alias}: {host}.",
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
