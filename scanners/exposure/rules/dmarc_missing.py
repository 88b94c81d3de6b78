"""Without DMARC, a message that fails SPF and DKIM is still delivered under the hospital’s name (RFC 7489).

Domains without a record that receivers understand, at their own name or at one of their parents.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.exposure.mail_policy import read_dmarc
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains without DMARC."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    must_be_answered(domain, "TXT _dmarc.")
    record = domain.dmarc
    if record is None:
        return {"policy": ""}
    return None if read_dmarc(record, domain.name).policy else {"policy": record.texts[0]}


RULE = Rule(
    id="exposure.dmarc_missing",
    title=Text(
        "Domaine sans DMARC",
        "Domain without DMARC",
    ),
    message=Text(
        "{subject} n’a pas de politique DMARC valable.",
        "{subject} has no valid DMARC policy.",
    ),
    remediation=Text(
        "Publiez « v=DMARC1; p=none; rua=mailto:… » à _dmarc, lisez les rapports, puis durcissez. S’il n’envoie rien : "
        "« v=DMARC1; p=reject » tout de suite.",
        "Publish `v=DMARC1; p=none; rua=mailto:…` at _dmarc, read the reports, then tighten. If it sends nothing: "
        "`v=DMARC1; p=reject` at once.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "attack:T1656", "rfc:7489"),
    check=check,
    reads=("mail",),
)
