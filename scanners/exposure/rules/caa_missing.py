"""Without CAA, any authority may issue a certificate for the domain, for whoever convinces it (RFC 8659).

Domains without a CAA record, at their own name or at one of their parents.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains without CAA."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    if domain.caa:
        return None
    must_be_answered(domain, "CAA ")
    return {"missing": "CAA"}


RULE = Rule(
    id="exposure.caa_missing",
    title=Text(
        "Domaine sans CAA",
        "Domain without CAA",
    ),
    message=Text(
        "{subject} ne dit pas quelles autorités peuvent émettre ses certificats (CAA).",
        "{subject} does not say which authorities may issue its certificates (CAA).",
    ),
    remediation=Text(
        "Publiez un enregistrement CAA par autorité utilisée, et « iodef » vers une boîte relevée.",
        "Publish one CAA record for each authority used, and `iodef` to a mailbox somebody reads.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "cwe:295", "rfc:8659"),
    check=check,
    reads=("dns",),
)
