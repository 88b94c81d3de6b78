"""An SPF policy that says nothing of the other senders lets receivers accept them.

Policies that end with `?all`, or with nothing (neither `all` nor a redirection that has one). Those in error are left
to `spf_invalid`; those redirected by a macro depend on the message.
"""

from __future__ import annotations

from scanners.exposure.domain_facts import Domain
from scanners.exposure.facts import ExposureFacts
from scanners.exposure.judging import Evidence, among_domains
from scanners.exposure.mail_policy import MAX_LOOKUPS, read_spf
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: ExposureFacts) -> Verdict:
    """Domains whose SPF ends without a verdict."""
    return among_domains(facts.known_domains(), _fault)


def _fault(domain: Domain) -> Evidence | None:
    if not domain.spf or len(domain.spf[0].texts) != 1:
        return None
    reading = read_spf(domain.spf)
    wrong = reading.loop or reading.missing or reading.wrong or reading.lookups > MAX_LOOKUPS
    neutral = reading.end in {"", "?"} and not (wrong or reading.everyone or reading.elsewhere)
    return {"policy": domain.spf[0].texts[0]} if neutral else None


RULE = Rule(
    id="exposure.spf_neutral",
    title=Text(
        "SPF neutre (?all)",
        "Neutral SPF (?all)",
    ),
    message=Text(
        "Le SPF de {subject} ne refuse personne ({policy}).",
        "The SPF of {subject} refuses nobody ({policy}).",
    ),
    remediation=Text(
        "Terminez la politique par « ~all », relevez les rapports DMARC un mois, puis passez à « -all ».",
        "End the policy with `~all`, read DMARC reports for a month, then move to `-all`.",
    ),
    severity=Severity.LOW,
    refs=refs("care-d1:O2.B", "care-rules:DET-11", "anssi-hygiene:24", "rfc:7208"),
    check=check,
    reads=("mail",),
)
