"""dSHeuristics switches protections of the whole forest off with one character.

CERT-FR, vuln_dsheuristics_bad at level 4; positions are those of MS-ADTS 6.1.1.2.4.1.2.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.heuristics import judge_switches
from scanners.model import Rule, Severity, Text, Verdict, refs

SWITCHES = (
    ("AttributeAuthorizationOnLDAPAdd", 28, "1", False),
    ("BlockOwnerImplicitRights", 29, "1", False),
)


def check(facts: DirectoryFacts) -> Verdict:
    """The settings of the directory service."""
    return judge_switches(facts, SWITCHES)


RULE = Rule(
    id="ad.ds_heuristics_enforcement",
    title=Text(
        "dSHeuristics : contrôles de 2021 non imposés",
        "dSHeuristics: checks of 2021 not enforced",
    ),
    message=Text(
        "Dans {subject}, dSHeuristics règle {settings}.",
        "In {subject}, dSHeuristics sets {settings}.",
    ),
    remediation=Text(
        "Corrigez la valeur dans ADSI Edit (Configuration, Services, Windows NT, Directory Service), après avoir "
        "noté l’ancienne pour pouvoir revenir. Ne changez que les caractères cités ; pour les 28e et 29e, "
        "relevez d’abord deux semaines les événements 3047 à 3049, puis surveillez 3044 à 3046 : un compte "
        "délégué qui crée des machines peut être refusé. Si elle était vide, 0000000001000000000200000001130 "
        "convient au niveau 5. Cherchez l’application (Exchange, annuaire de téléphonie) qui l’avait demandée.",
        "Correct the value in ADSI Edit (Configuration, Services, Windows NT, Directory Service), keeping the "
        "old one so as to go back. Change only the characters named; for the 28th and 29th, first collect events "
        "3047 to 3049 for two weeks, then watch 3044 to 3046: a delegated account that creates machines may be "
        "refused. If it was empty, 0000000001000000000200000001130 suits level 5. Look for the application "
        "(Exchange, phone directory) that had asked for it.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_dsheuristics_bad@4", "pingcastle:A-DsHeuristicsLDAPSecurity"),
    check=check,
    reads=("configuration",),
)
