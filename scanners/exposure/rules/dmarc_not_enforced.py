"""A DMARC policy of observation protects nobody: forged messages are counted, and delivered.

Valid policies that ask for nothing (`none`), or for a part of the messages only (`pct` under 100).
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import Evidence, ExposureFacts, among_domains
from scanners.exposure.mail_policy import DmarcReading, read_dmarc
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose DMARC asks for nothing."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    reading = read_dmarc(domain.dmarc, domain.name) if domain.dmarc is not None else DmarcReading()
    lax = reading.policy == "none" or (bool(reading.policy) and reading.percent < _WHOLE)
    return {"policy": reading.policy, "percent": reading.percent} if lax else None


_WHOLE = 100


RULE = Rule(
    id="exposure.dmarc_not_enforced",
    title=Text(
        "DMARC sans effet",
        "DMARC without effect",
    ),
    message=Text(
        "DMARC de {subject} : politique « {policy} » appliquée à {percent} % des messages usurpés.",
        "DMARC of {subject}: policy “{policy}” on {percent} % of forged messages.",
    ),
    remediation=Text(
        "Après un mois de rapports sans expéditeur légitime refusé, passez à « quarantine », puis à « reject », "
        "pour tous les messages.",
        "After a month of reports without a legitimate sender refused, move to `quarantine`, then to `reject`, for "
        "all messages.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "attack:T1656", "rfc:7489"),
    check=check,
    reads=("mail",),
)
