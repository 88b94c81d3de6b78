"""Mail sent to a server that is not there is lost or waits.

MX without an address: a name of the establishment that does not exist or leads nowhere, or something that is no name.
One that belongs to somebody else is told by `mail_server_claimable`.
"""

from __future__ import annotations

from functools import partial

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains with an MX that leads nowhere."""
    known = [domain for domain in facts.known_domains() if domain.mail_servers]
    return among_domains(known, partial(_fault, facts))


def _fault(facts: ExposureFacts, domain: Domain) -> Evidence | None:
    suspects = [server for server in domain.mail_servers if not server.addresses]
    ours = [server.name for server in suspects if not server.missing or facts.is_ours(server.missing)]
    lost = [name or "–" for name in ours if not (name and domain.unanswered(f"A {name}"))]
    if lost:
        return {"host": ", ".join(lost)}
    must_be_answered(domain, *(f"A {server.name}" for server in suspects))
    return None


RULE = Rule(
    id="exposure.mail_server_lost",
    title=Text(
        "Serveur de messagerie introuvable",
        "Mail server not to be found",
    ),
    message=Text(
        "Un serveur de messagerie de {subject} ne mène nulle part : {host}.",
        "A mail server of {subject} leads nowhere: {host}.",
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
