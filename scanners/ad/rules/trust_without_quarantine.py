"""Without quarantine the other domain can present any SID, those of your administrators too.

CERT-FR, vuln_trusts_domain_notfiltered: outgoing trust, outside of the forest, without the quarantine bit (0x4). Trusts
of a whole forest are filtered otherwise; a Kerberos realm that is not Windows presents no SID. Old trusts inside a
forest may lack their mark: CERT-FR counts them, and the finding says that they are inside.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.trusts import (
    FOREST,
    MIT,
    OUTGOING,
    QUARANTINED,
    abroad,
    of_forest,
    of_type,
    partner,
    unreadable,
)
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Outgoing trusts to a Windows domain of another forest."""
    domains = abroad(facts, OUTGOING) & ~facts.flag(FOREST, "trustAttributes") & ~of_type(facts, MIT)
    filtered = facts.flag(QUARANTINED, "trustAttributes") | unreadable(facts)
    inside, other = of_forest(facts), partner(facts)
    return verdict(
        facts, domains, ~filtered, lambda row: {**other(row), "inside": bool(inside[row])}, unreadable(facts)
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
        "Vérifiez d’abord que le partenaire n’est pas un domaine de votre propre forêt (inside = oui) : là, "
        "la quarantaine couperait la forêt ; il manque seulement l’attribut WITHIN_FOREST, à remettre avec "
        "l’éditeur ou Microsoft. Sinon, assurez-vous avec le partenaire qu’aucun accès ne repose sur un "
        "historique de SID ni sur les comptes d’un autre de ses domaines, puis netdom trust hopital.local "
        "/domain:partenaire.local /quarantine:yes. Effet : seuls les SID de ce domaine passent. Retour : "
        "/quarantine:no.",
        "First check that the partner is not a domain of your own forest (inside = yes): there, quarantine "
        "would cut the forest; only the WITHIN_FOREST attribute is missing, to be put back with Microsoft. "
        "Else make sure with the partner that no access relies on SID history nor on accounts of another of "
        "their domains, then netdom trust hospital.local /domain:partner.local /quarantine:yes. Effect: only "
        "the SIDs of that domain pass. Back: /quarantine:no.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_trusts_domain_notfiltered@1", "pingcastle:T-SIDFiltering", "attack:T1134.005"),
    check=check,
    reads=("domain",),
)
