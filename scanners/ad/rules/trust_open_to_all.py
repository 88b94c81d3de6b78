"""Without selective authentication every user of the other side may log on to every machine here that lets
“Authenticated Users” in, which most do by default.

Our choice, no catalogue asks for it: outgoing trusts abroad without CROSS_ORGANIZATION (0x10) of trustAttributes.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.trusts import MIT, OUTGOING, SELECTIVE, abroad, of_forest, of_type, partner, unreadable
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Outgoing trusts with Windows domains and forests outside of ours."""
    selective = facts.flag(SELECTIVE, "trustAttributes") | unreadable(facts)
    return verdict(
        facts,
        abroad(facts, OUTGOING) & ~of_forest(facts) & ~of_type(facts, MIT),
        ~selective,
        partner(facts),
        unreadable(facts),
    )


RULE = Rule(
    id="ad.trust_open_to_all",
    title=Text(
        "Approbation ouverte à tous les comptes du partenaire",
        "Trust open to every account of the partner",
    ),
    message=Text(
        "Tous les comptes de {partner} peuvent s’authentifier sur toutes les machines : l’authentification "
        "sélective n’est pas activée.",
        "Every account of {partner} may authenticate to every machine: selective authentication is not enabled.",
    ),
    remediation=Text(
        "Relevez d’abord les serveurs que le partenaire utilise (événement 4624, comptes de son domaine), "
        "donnez à un groupe de ce partenaire le droit « Autorisé à s’authentifier » sur ces seuls comptes "
        "d’ordinateur, puis netdom trust hopital.local /domain:partenaire.local /SelectiveAuth:yes. Effet : "
        "tout accès non listé est refusé. Retour : /SelectiveAuth:no.",
        "First list the servers that the partner uses (event 4624, accounts of their domain), give a group of "
        "the partner the right “Allowed to Authenticate” on those computer accounts only, then netdom trust "
        "hospital.local /domain:partner.local /SelectiveAuth:yes. Effect: any access not listed is refused. "
        "Back: /SelectiveAuth:no.",
    ),
    severity=Severity.LOW,
    refs=refs("attack:T1482"),
    check=check,
    reads=("domain",),
)
