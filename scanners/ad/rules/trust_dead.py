"""The side that trusts renews the secret of a trust every 30 days, which changes its object: one that no longer
changes is the door of a house that is gone, and whoever rebuilds that house walks in.

PingCastle T-Inactive, by whenChanged of the trust; 45 days as for other secrets renewed every 30. The date is that of
the controller read: it may be younger than the last change, never older. A realm that is not Windows renews nothing
by itself; the age of the secret that the other side holds here is `trust_password_age`.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.ad.subjects.trusts import MIT, OUTGOING, of_type, trusts
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 45


def check(facts: DirectoryFacts) -> Verdict:
    """Outgoing trusts with Windows domains."""
    return older(facts, trusts(facts, OUTGOING) & ~of_type(facts, MIT), "whenChanged", MAX_DAYS)


RULE = Rule(
    id="ad.trust_dead",
    title=Text(
        "Approbation au secret plus renouvelé",
        "Trust whose secret is no longer renewed",
    ),
    message=Text(
        "L’approbation {subject} n’a pas changé depuis {days} jours (le {date}, {max_days} au plus) : son "
        "secret n’est plus renouvelé.",
        "The trust {subject} has not changed for {days} days (since {date}, {max_days} at most): its secret "
        "is no longer renewed.",
    ),
    remediation=Text(
        "Testez-la (nltest /sc_verify:partenaire.local). Si le partenaire n’existe plus, supprimez-la (Domaines "
        "et approbations, Propriétés, Supprimer ; ou netdom trust hopital.local /domain:partenaire.local /remove "
        "/oneside:trusting). Jamais pour un domaine de votre forêt, ni avec /force, qui retire le domaine "
        "lui-même de la forêt. S’il existe, réinitialisez son secret des deux côtés le même jour (Domaines et "
        "approbations, Propriétés, Valider). Effet d’une suppression : plus aucun accès du partenaire. Retour : "
        "recréez-la avec lui.",
        "Test it (nltest /sc_verify:partner.local). If the partner is gone, remove it (Domains and Trusts, "
        "Properties, Remove; or netdom trust hospital.local /domain:partner.local /remove /oneside:trusting). "
        "Never for a domain of your own forest, nor with /force, which removes the domain itself from the "
        "forest. If it exists, reset its secret on both sides the same day (Domains and Trusts, Properties, "
        "Validate). Effect of a removal: no more access for the partner. Back: create it again with them.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:T-Inactive", "attack:T1482"),
    check=check,
    reads=("domain",),
)
