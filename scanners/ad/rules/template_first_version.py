"""On a template of version 1 the requester may add purposes of his choice to the request (ESC15, CVE-2024-49019).

Schema version 1, the requester writes the name, whatever the purposes; published, no approval nor signature. Templates
that already authenticate are those of ESC1. Whether the authority has the update of November 2024 is not seen over
LDAP.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects.requests import judge_requests
from scanners.ad.subjects.templates import authenticates, chooses_name, first_version
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Published templates that give a certificate without approval."""
    return judge_requests(facts, first_version(facts) & chooses_name(facts) & ~authenticates(facts))


RULE = Rule(
    id="ad.template_first_version",
    title=Text(
        "Modèle de version 1 où le demandeur choisit nom et usages (ESC15)",
        "Version 1 template where the requester chooses name and purposes (ESC15)",
    ),
    message=Text(
        "Si l’autorité {authorities} n’a pas la mise à jour de novembre 2024, {enrolling} (comptes actifs : "
        "{accounts}) peut obtenir par {subject} un certificat au nom d’un administrateur.",
        "If the authority {authorities} lacks the update of November 2024, {enrolling} (enabled accounts: {accounts}) "
        "can obtain through {subject} a certificate in the name of an administrator.",
    ),
    remediation=Text(
        "Installez sur l’autorité les mises à jour cumulatives de novembre 2024 ou plus récentes (CVE-2024-49019), "
        "puis dupliquez le modèle (console Modèles de certificats, Dupliquer le modèle) : la copie, de version 2 au "
        "moins, impose ses usages. Donnez-lui les mêmes droits, réduits aux comptes utiles, publiez-la et retirez "
        "l’ancien modèle de l’autorité (il reste dans l’annuaire : le republier suffit à revenir). Les serveurs et "
        "équipements qui demandent l’ancien modèle par son nom sont à reconfigurer avant leur prochain renouvellement.",
        "Install on the authority the cumulative updates of November 2024 or later (CVE-2024-49019), then duplicate "
        "the template (Certificate Templates console, Duplicate Template): the copy, of version 2 at least, imposes "
        "its purposes. Give it the same rights, reduced to the accounts that need them, publish it and remove the old "
        "template from the authority (it stays in the directory: publishing it again goes back). Servers and devices "
        "that ask for the old template by name are to be reconfigured before their next renewal.",
    ),
    severity=Severity.HIGH,
    refs=refs("adcs:ESC15", "attack:T1649"),
    check=check,
    reads=("domain", "configuration"),
)
