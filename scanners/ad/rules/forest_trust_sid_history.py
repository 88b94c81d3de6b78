"""A forest trust treated as external lets SID history through: the other forest can present forged SIDs.

CERT-FR, vuln_trusts_forest_sidhistory: outgoing forest trust (0x8) with TREAT_AS_EXTERNAL (0x40).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.trusts import FOREST, OUTGOING, TREAT_AS_EXTERNAL, partner, trusts, unreadable
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Outgoing forest trusts."""
    forests = trusts(facts, OUTGOING) & (facts.flag(FOREST, "trustAttributes") | unreadable(facts))
    opened = facts.flag(TREAT_AS_EXTERNAL, "trustAttributes") & ~unreadable(facts)
    return verdict(facts, forests, opened, partner(facts), unreadable(facts))


RULE = Rule(
    id="ad.forest_trust_sid_history",
    title=Text(
        "Historique de SID accepté d’une autre forêt",
        "SID history accepted from another forest",
    ),
    message=Text(
        "L’approbation de forêt vers {partner} accepte l’historique de SID.",
        "The forest trust to {partner} accepts SID history.",
    ),
    remediation=Text(
        "Faites dire au partenaire pourquoi l’historique de SID passe (migration en cours ?), relevez les "
        "accès qui en dépendent, puis netdom trust hopital.local /domain:foret-partenaire.local "
        "/enablesidhistory:no. Effet : un compte migré perd ses anciens droits chez vous. Retour : "
        "/enablesidhistory:yes, le temps de finir la migration.",
        "Have the partner say why SID history passes (migration under way?), list the access that depends on "
        "it, then netdom trust hospital.local /domain:partner-forest.local /enablesidhistory:no. Effect: a "
        "migrated account loses its former rights here. Back: /enablesidhistory:yes, until the migration is "
        "over.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_trusts_forest_sidhistory@1", "pingcastle:T-SIDFiltering", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
