"""A DMARC policy of observation protects nobody: forged messages are counted, and delivered.

Valid policies that ask for nothing (`none`), or for a part of the messages only (`pct` under 100), or that leave
out the subdomains (`sp=none`).
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains, must_be_answered
from scanners.exposure.mail_policy import DmarcReading, read_dmarc
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose DMARC asks for nothing."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    must_be_answered(domain, "TXT _dmarc.")
    reading = read_dmarc(domain.dmarc, domain.name) if domain.dmarc is not None else DmarcReading()
    spared = "none" if reading.policy and reading.subdomains == "none" else "covered"
    lax = reading.policy == "none" or (bool(reading.policy) and reading.percent < _WHOLE) or spared == "none"
    return {"policy": reading.policy, "percent": reading.percent, "subdomains": spared} if lax else None


_WHOLE = 100


RULE = Rule(
    id="exposure.dmarc_not_enforced",
    title=Text(
        "DMARC non appliqué",
        "DMARC not enforced",
    ),
    message=Text(
        "DMARC de {subject} : politique « {policy} » appliquée à {percent} % des messages usurpés{subdomains:none= ; "
        "les sous-domaines restent usurpables (sp=none)|covered=|=}.",
        "DMARC of {subject}: policy “{policy}” on {percent} % of forged messages{subdomains:none=; subdomains can "
        "still be forged (sp=none)|covered=|=}.",
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
