"""The trust lets tickets of your users be delegated in the other forest.

CERT-FR, vuln_trusts_tgt_deleg: incoming trust with CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION (0x800).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.trusts import INCOMING, TGT_DELEGATION, partner, trusts, unreadable
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Incoming trusts."""
    delegating = facts.flag(TGT_DELEGATION, "trustAttributes") & ~unreadable(facts)
    return verdict(facts, trusts(facts, INCOMING), delegating, partner(facts), unreadable(facts))


RULE = Rule(
    id="ad.trust_tgt_delegation",
    title=Text(
        "Délégation de tickets à travers une approbation",
        "Ticket delegation through a trust",
    ),
    message=Text(
        "L’approbation avec {partner} permet de déléguer des tickets de session.",
        "The trust with {partner} lets tickets be delegated.",
    ),
    remediation=Text(
        "Cherchez les services du partenaire à délégation non contrainte que vos utilisateurs appellent, faites-les "
        "passer à une délégation basée sur la ressource, puis netdom trust foret-partenaire.local "
        "/domain:hopital.local /EnableTGTDelegation:no. Effet : une application qui agissait au nom de vos "
        "utilisateurs chez le partenaire redemande une authentification. Retour : la même commande avec yes.",
        "Look for the partner’s services with unconstrained delegation that your users call, move them to "
        "resource-based delegation, then netdom trust partner-forest.local /domain:hospital.local "
        "/EnableTGTDelegation:no. Effect: an application that acted for your users at the partner’s asks for "
        "authentication again. Back: the same command with yes.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_trusts_tgt_deleg@3", "pingcastle:T-TGTDelegation", "attack:T1558"),
    check=check,
    reads=("domain",),
)
