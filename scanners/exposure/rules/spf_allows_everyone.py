"""An SPF policy that accepts every sender vouches for the forgers: it is worse than none.

Policies, includes counted, with a passing `all` (`+all`, or `all` alone), or a network as wide as the Internet. The
syntax is valid, and most checkers say so.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains
from scanners.exposure.mail_policy import read_spf
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose SPF accepts everyone."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    if not domain.spf or not domain.spf[0].texts:
        return None
    everyone = read_spf(domain.spf).everyone
    return {"term": everyone, "policy": domain.spf[0].texts[0]} if everyone else None


RULE = Rule(
    id="exposure.spf_allows_everyone",
    title=Text(
        "SPF ouvert à tous",
        "SPF open to everyone",
    ),
    message=Text(
        "Le SPF de {subject} autorise tout le monde à envoyer en son nom ({term}).",
        "The SPF of {subject} lets everyone send in its name ({term}).",
    ),
    remediation=Text(
        "Remplacez ce terme par la liste des vrais expéditeurs et terminez par « ~all ».",
        "Replace this term by the list of real senders and end with `~all`.",
    ),
    severity=Severity.HIGH,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "attack:T1656", "rfc:7208"),
    check=check,
    reads=("mail",),
)
