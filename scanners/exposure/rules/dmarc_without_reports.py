"""Without reports, nobody knows who sends in the hospital’s name, nor what tightening would block.

Valid DMARC policies without an address for aggregate reports (`rua`).
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.exposure.mail_policy import DmarcReading, read_dmarc
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains that receive no DMARC report."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    must_be_answered(domain, "TXT _dmarc.")
    reading = read_dmarc(domain.dmarc, domain.name) if domain.dmarc is not None else DmarcReading()
    return {"policy": reading.policy} if reading.policy and not reading.reports else None


RULE = Rule(
    id="exposure.dmarc_without_reports",
    title=Text(
        "DMARC sans rapports",
        "DMARC without reports",
    ),
    message=Text(
        "DMARC de {subject} ne demande aucun rapport (rua).",
        "DMARC of {subject} asks for no report (rua).",
    ),
    remediation=Text(
        "Ajoutez « rua=mailto:… » vers une boîte relevée ou un service de lecture des rapports.",
        "Add `rua=mailto:…` to a mailbox somebody reads or to a service that reads reports.",
    ),
    severity=Severity.INFO,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "rfc:7489"),
    check=check,
    reads=("mail",),
)
