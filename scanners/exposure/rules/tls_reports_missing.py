"""Without TLS reports, mail that could not be delivered encrypted fails in silence (RFC 8460).

Domains that receive mail without a TLS-RPT record.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains that ask for no TLS report."""
    return among_domains([domain for domain in facts.known_domains() if domain.mail_servers], _fault)


def _fault(domain: Domain) -> Evidence | None:
    if domain.tls_rpt:
        return None
    must_be_answered(domain, "TXT _smtp._tls.")
    return {"name": f"_smtp._tls.{domain.name}"}


RULE = Rule(
    id="exposure.tls_reports_missing",
    title=Text(
        "Rapports TLS-RPT non demandés",
        "TLS-RPT reports not asked for",
    ),
    message=Text(
        "{subject} ne demande pas de rapports sur le chiffrement du courrier (TLS-RPT).",
        "{subject} asks for no report about mail encryption (TLS-RPT).",
    ),
    remediation=Text(
        "Publiez « v=TLSRPTv1; rua=mailto:… » au nom _smtp._tls du domaine.",
        "Publish `v=TLSRPTv1; rua=mailto:…` at the name _smtp._tls of the domain.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "rfc:8460"),
    check=check,
    reads=("mail",),
)
