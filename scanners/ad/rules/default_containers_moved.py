"""New accounts that nobody places fall elsewhere than in Users and Computers: often on purpose, so that policies
apply to them, sometimes to escape those of the domain. To be known, not to be undone.

PingCastle S-DefaultOUChanged: the entries of wellKnownObjects for users and computers, on the head of the domain.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.model import Finding, NotAssessable, Rule, Severity, Text, Verdict, refs

DEFAULTS = {
    "a9d1ca15768811d1aded00c04fd8d5cd": "CN=Users",
    "aa312825768811d1aded00c04fd8d5cd": "CN=Computers",
}


def check(facts: DirectoryFacts) -> Verdict:
    """Both default containers; values are written B:<length>:<identifier>:<distinguished name>."""
    values = facts.objects.texts("wellKnownObjects").get(facts.domain_row, ())
    parts = (value.split(":", 3) for value in values)
    named = {part[2].lower(): part[3] for part in parts if len(part) == 4}
    if not named:
        raise NotAssessable(
            "Les conteneurs par défaut (wellKnownObjects, à la racine du domaine) ne sont pas lisibles par le compte "
            "d’audit ; accordez-lui la lecture de cet attribut.",
            "The default containers (wellKnownObjects, on the head of the domain) are not readable by the audit "
            "account; grant it the reading of that attribute.",
        )
    moved = []
    for identifier, default in DEFAULTS.items():
        usual, place = f"{default},{facts.naming.root_dn}", named.get(identifier, "")
        if place.lower() != usual.lower():
            moved.append(Finding(usual, {"dn": usual, "container": place}))
    return Verdict(len(DEFAULTS), tuple(moved))


RULE = Rule(
    id="ad.default_containers_moved",
    title=Text(
        "Conteneurs par défaut redirigés",
        "Default containers redirected",
    ),
    message=Text(
        "Les nouveaux comptes ne vont plus dans {subject}, mais dans {container}.",
        "New accounts no longer go to {subject}, but to {container}.",
    ),
    remediation=Text(
        "Rien à corriger si la redirection est voulue : vérifiez que l’unité visée reçoit bien les stratégies "
        "de sécurité et que peu de monde peut y créer des comptes. Sinon : redirusr CN=Users,DC=… et redircmp "
        "CN=Computers,DC=…. Effet : sur les seuls comptes à venir. Retour : la même commande avec l’ancienne "
        "unité.",
        "Nothing to correct if it is wanted: check that the unit does receive security policies and that few "
        "people can create accounts there. Else: redirusr CN=Users,DC=… and redircmp CN=Computers,DC=…. "
        "Effect: on accounts to come only. Back: the same command with the former unit.",
    ),
    severity=Severity.INFO,
    refs=refs("pingcastle:S-DefaultOUChanged"),
    check=check,
    reads=("domain",),
)
