"""An MX that names something given up outside the hospital hands its mail to whoever obtains that name.

MX whose name, or the end of its alias, does not exist and is in none of the domains of the audit: an expired domain is
bought, a host name at a provider is asked for, and mail arrives there without anybody at the hospital noticing.
"""

from __future__ import annotations

from functools import partial

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.exposure.providers import provider_of
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains with an MX whose name is not theirs and does not exist."""
    known = [domain for domain in facts.known_domains() if domain.mail_servers]
    return among_domains(known, partial(_fault, facts))


def _fault(facts: ExposureFacts, domain: Domain) -> Evidence | None:
    gone = [server for server in domain.mail_servers if server.missing and not server.addresses]
    foreign = [server.missing for server in gone if not facts.is_ours(server.missing)]
    if foreign:
        return {"host": ", ".join(foreign), "supplier": provider_of(foreign[0])}
    must_be_answered(domain, *(f"A {server.name}" for server in domain.mail_servers if not server.addresses))
    return None


RULE = Rule(
    id="exposure.mail_server_claimable",
    title=Text(
        "Serveur de messagerie à prendre",
        "Mail server there for the taking",
    ),
    message=Text(
        "Un serveur de messagerie de {subject}, {host}, n’existe plus et n’est pas dans vos domaines : qui obtient ce "
        "nom reçoit votre courrier.",
        "A mail server of {subject}, {host}, no longer exists and is in none of your domains: whoever obtains this "
        "name receives your mail.",
    ),
    remediation=Text(
        "Retirez tout de suite cet enregistrement MX, ou reprenez le nom ; puis cherchez qui en dépendait.",
        "Remove this MX record at once, or take the name back; then look for who depended on it.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:350", "attack:T1584.001", "rfc:5321"),
    check=check,
    reads=("mail",),
)
