"""A forest trust treated as external lets SID history through: the other forest can present forged SIDs.

CERT-FR, vuln_trusts_forest_sidhistory: outgoing forest trust (0x8) with TREAT_AS_EXTERNAL (0x40).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.trusts import FOREST, OUTGOING, TREAT_AS_EXTERNAL, partner, trusts, withheld
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Outgoing forest trusts."""
    forests = trusts(facts, OUTGOING) & (facts.flag(FOREST, "trustAttributes") | withheld(facts))
    opened = facts.flag(TREAT_AS_EXTERNAL, "trustAttributes") & ~withheld(facts)
    return verdict(facts, forests, opened, partner(facts), withheld(facts))


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
        "Désactivez-le (netdom trust /enablesidhistory:no) une fois les migrations terminées.",
        "Turn it off (netdom trust /enablesidhistory:no) once migrations are over.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_trusts_forest_sidhistory@1", "pingcastle:T-SIDFiltering", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
