"""Without quarantine the other domain can present any SID, those of your administrators too.

CERT-FR, vuln_trusts_domain_notfiltered: outgoing trust, outside of the forest, without the quarantine bit (0x4). Trusts
of a whole forest are filtered otherwise; a Kerberos realm that is not Windows presents no SID.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.trusts import FOREST, MIT, OUTGOING, QUARANTINED, abroad, of_type, partner, withheld
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Outgoing trusts to a Windows domain of another forest."""
    domains = abroad(facts, OUTGOING) & ~facts.flag(FOREST, "trustAttributes") & ~of_type(facts, MIT)
    filtered = facts.flag(QUARANTINED, "trustAttributes") | withheld(facts)
    return verdict(facts, domains, ~filtered, partner(facts), withheld(facts))


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
