"""Without MTA-STS or DANE, whoever sits between two mail servers can make them talk in clear (RFC 8461, RFC 7672).

Domains that receive mail with neither an enforced MTA-STS policy nor DANE records, signed as the
domain itself is, for each of their servers. Not assessable when the policy could not be read.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain, Signature
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered, signatures_unseen
from scanners.exposure.mail_policy import check_policy_was_asked, sts_mode
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose incoming mail may be made to travel in clear."""
    return among_domains([domain for domain in facts.known_domains() if domain.mail_servers], _fault)


def _fault(domain: Domain) -> Evidence | None:
    dane = all(server.tlsa and server.signed is not False for server in domain.mail_servers)
    seen = domain.signature is Signature.SOUND and all(server.signed for server in domain.mail_servers)
    # A signed zone of the servers proves nothing when the MX that lead there may be forged (RFC 7672, 2.2.1).
    # A policy under a certificate that senders refuse is ignored (RFC 8461, 3.3).
    enforced = sts_mode(domain.mta_sts.policy) == "enforce" and not domain.mta_sts.certificate_fault
    if (dane and seen) or enforced:
        return None
    check_policy_was_asked(domain)
    must_be_answered(domain, "TXT _mta-sts.", "A mta-sts.", "TLSA ")
    if dane and domain.signature in {Signature.SOUND, Signature.UNKNOWN}:
        raise signatures_unseen(domain)
    return {"mode": sts_mode(domain.mta_sts.policy)}


RULE = Rule(
    id="exposure.mail_transport_not_enforced",
    title=Text(
        "Chiffrement du courrier entrant non imposé",
        "Encryption of incoming mail not enforced",
    ),
    message=Text(
        "{subject} n’impose pas le chiffrement du courrier qu’il reçoit (ni MTA-STS, ni DANE).",
        "{subject} does not enforce encryption of the mail it receives (neither MTA-STS nor DANE).",
    ),
    remediation=Text(
        "Publiez une politique MTA-STS en mode « testing », lisez les rapports TLS-RPT, puis passez à « enforce ».",
        "Publish an MTA-STS policy in `testing` mode, read TLS-RPT reports, then move to `enforce`.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "cwe:319", "attack:T1557", "rfc:8461"),
    check=check,
    reads=("mail",),
)
