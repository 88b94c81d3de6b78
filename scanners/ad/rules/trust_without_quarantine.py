"""Without quarantine the other domain can present any SID, those of your administrators too.

CERT-FR, vuln_trusts_domain_notfiltered: outgoing trust, outside of the forest, without the quarantine bit (0x4).
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import trusts, verdict
from scanners.model import Rule, Severity, Text, Verdict, refs

OUTGOING = 2
QUARANTINED, FOREST, WITHIN_FOREST = 0x4, 0x8, 0x20


def check(facts: DirectoryFacts) -> Verdict:
    """Outgoing trusts to another domain."""
    attributes = facts.objects.ints("trustAttributes")
    external = trusts(facts, OUTGOING) & (attributes != MISSING) & (attributes & (FOREST | WITHIN_FOREST) == 0)
    return verdict(
        facts,
        external,
        attributes & QUARANTINED == 0,
        lambda row: {"partner": facts.objects.text("trustPartner", row), "trust_attributes": int(attributes[row])},
    )


RULE = Rule(
    id="ad.trust_without_quarantine",
    title=Text(
        "Approbation sans filtrage des SID",
        "Trust without SID filtering",
    ),
    message=Text(
        "L’approbation vers {partner} accepte n’importe quel SID.",
        "The trust to {partner} accepts any SID.",
    ),
    remediation=Text(
        "Activez la quarantaine (netdom trust /quarantine:yes) après avoir vérifié avec le partenaire qu’aucun "
        "accès ne repose sur un historique de SID.",
        "Turn quarantine on (netdom trust /quarantine:yes) after checking with the partner that no access relies "
        "on SID history.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_trusts_domain_notfiltered@1", "pingcastle:T-SIDFiltering", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
