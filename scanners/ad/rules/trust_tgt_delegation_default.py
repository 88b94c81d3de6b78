"""What a trust does not say about ticket delegation depends on the updates of each controller.

CERT-FR, warning_trusts_tgt_deleg: incoming trusts of another forest where delegation is neither allowed nor refused
(MS-ADTS 6.1.6.7.9). Where it is allowed, the vulnerability speaks; quarantined trusts never delegate.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.trusts import (
    INCOMING,
    NO_TGT_DELEGATION,
    QUARANTINED,
    TGT_DELEGATION,
    abroad,
    partner,
    unreadable,
)
from scanners.model import Rule, Severity, Text, Verdict, refs

SAID = TGT_DELEGATION | NO_TGT_DELEGATION | QUARANTINED


def check(facts: DirectoryFacts) -> Verdict:
    """Incoming trusts of another forest."""
    silent = ~facts.flag(SAID, "trustAttributes") & ~unreadable(facts)
    return verdict(facts, abroad(facts, INCOMING), silent, partner(facts), unreadable(facts))


RULE = Rule(
    id="ad.trust_tgt_delegation_default",
    title=Text(
        "Délégation de tickets non précisée",
        "Ticket delegation left unsaid",
    ),
    message=Text(
        "L’approbation avec {partner} ne dit pas si les tickets peuvent être délégués.",
        "The trust with {partner} does not say whether tickets can be delegated.",
    ),
    remediation=Text(
        "Refusez-la : netdom trust foret-partenaire.local /domain:hopital.local /EnableTGTDelegation:no, après avoir "
        "vérifié qu’aucune application du partenaire ne délègue vos tickets (événement 4769 avec l’option "
        "forwarded). La même commande avec yes revient en arrière.",
        "Refuse it: netdom trust partner-forest.local /domain:hospital.local /EnableTGTDelegation:no, after checking "
        "that no application of the partner delegates your tickets (event 4769 with the forwarded option). The same "
        "command with yes goes back.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_trusts_tgt_deleg@3", "attack:T1558"),
    check=check,
    reads=("domain",),
)
