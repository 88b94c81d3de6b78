"""Without SPF, anyone sends mail in the hospital’s name and nothing tells it from its own (RFC 7208).

Domains without an SPF record, those that receive no mail included: they are the easiest to borrow.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains without SPF."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    if domain.spf and domain.spf[0].texts:
        return None
    must_be_answered(domain, f"TXT {domain.name}")
    return {"mail": bool(domain.mail_servers)}


RULE = Rule(
    id="exposure.spf_missing",
    title=Text(
        "Domaine sans SPF",
        "Domain without SPF",
    ),
    message=Text(
        "{subject} n’a pas d’enregistrement SPF.",
        "{subject} has no SPF record.",
    ),
    remediation=Text(
        "Publiez la liste des serveurs qui envoient pour ce domaine, terminée par « ~all » puis « -all » ; « "
        "v=spf1 -all » s’il n’envoie rien.",
        "Publish the list of servers that send for this domain, ended by `~all` then `-all`; `v=spf1 -all` if it "
        "sends nothing.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "attack:T1656", "rfc:7208"),
    check=check,
    reads=("mail",),
)
