"""A domain with a single name server, or with one that is gone, disappears with the first fault (RFC 2182).

Fewer than two name servers, all at the same address, or one without an address.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains that hang on one name server, or name one that is gone."""
    return among_domains([domain for domain in facts.known_domains() if domain.name_servers], _fault)


def _fault(domain: Domain) -> Evidence | None:
    servers = domain.name_servers
    silent = [server.name for server in servers if not server.addresses]
    lost = [name for name in silent if not domain.unanswered(f"A {name}")]
    if lost:
        return {"weakness": "lost", "host": ", ".join(lost)}
    must_be_answered(domain, *(f"A {name}" for name in silent))
    addresses = {address for server in servers for address in server.addresses}
    return (
        {"weakness": "single", "host": ", ".join(server.name for server in servers)}
        if min(len(addresses), len(servers)) < _LEAST
        else None
    )


_LEAST = 2


RULE = Rule(
    id="exposure.delegation_fragile",
    title=Text(
        "Serveurs DNS insuffisants",
        "Not enough name servers",
    ),
    message=Text(
        "{subject} : {weakness:lost=serveur DNS introuvable|single=un seul serveur DNS} ({host}).",
        "{subject}: {weakness:lost=name server not to be found|single=a single name server} ({host}).",
    ),
    remediation=Text(
        "Déclarez au moins deux serveurs DNS sur des réseaux différents et retirez ceux qui n’existent plus.",
        "Declare at least two name servers on different networks and remove those that no longer exist.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "rfc:2182"),
    check=check,
    reads=("dns",),
)
