"""A trust of the time of Windows NT 4 knows NTLM only: no Kerberos, no AES, no selective authentication.

PingCastle T-Downlevel: trustType 1.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.trusts import DOWNLEVEL, every, known, of_type, partner
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """All trusts."""
    return verdict(
        facts, every(facts), of_type(facts, DOWNLEVEL), partner(facts), every(facts) & ~known(facts, "trustType")
    )


RULE = Rule(
    id="ad.trust_downlevel",
    title=Text(
        "Approbation de type Windows NT 4",
        "Trust of the Windows NT 4 type",
    ),
    message=Text(
        "L’approbation avec {partner} est de type NT 4 : NTLM seulement.",
        "The trust with {partner} is of the NT 4 type: NTLM only.",
    ),
    remediation=Text(
        "Demandez au partenaire si elle sert encore. Sinon supprimez-la des deux côtés (Domaines et "
        "approbations, Propriétés, Supprimer ; ou netdom trust hopital.local /domain:partenaire.local /remove "
        "/oneside:trusting). Jamais pour un domaine de votre forêt, ni avec /force, qui retire le domaine "
        "lui-même de la forêt. Si elle sert, recréez-la en approbation externe depuis un contrôleur récent, avec "
        "la quarantaine (netdom trust … /quarantine:yes). Effet : les accès croisés s’arrêtent le temps de la "
        "recréer. Retour : recréez-la avec le partenaire.",
        "Ask the partner whether it is still used. If not, remove it on both sides (Domains and Trusts, "
        "Properties, Remove; or netdom trust hospital.local /domain:partner.local /remove /oneside:trusting). "
        "Never for a domain of your own forest, nor with /force, which removes the domain itself from the "
        "forest. If it is, create it again as an external trust from a recent controller, with quarantine "
        "(netdom trust … /quarantine:yes). Effect: cross access stops while it is made again. Back: create it "
        "again with the partner.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:T-Downlevel", "attack:T1482"),
    check=check,
    reads=("domain",),
)
