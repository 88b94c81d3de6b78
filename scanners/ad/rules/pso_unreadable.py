"""Without the fine-grained password policies, nobody can tell which passwords the directory really asks for.

ANSSI warning_password_policy_pso_missing: the container of PSO was not read. It does not move the level; the rules
about PSO are then not assessable.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects import policies
from scanners.model import Finding, Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The container of PSO; a source that never looked for them does not tell."""
    for column in policies.COLUMNS:
        facts.objects.texts(column)
    if policies.why_unreadable(facts) is None:
        return Verdict(1)
    return Verdict(1, (Finding(facts.naming.domain, {"dn": policies.container_dn(facts)}),))


RULE = Rule(
    id="ad.pso_unreadable",
    title=Text(
        "Politiques de mots de passe affinées illisibles",
        "Fine-grained password policies not readable",
    ),
    message=Text(
        "Les politiques de mots de passe affinées (PSO) de {subject} ne sont pas lisibles par le compte d’audit.",
        "The fine-grained password policies (PSO) of {subject} are not readable by the audit account.",
    ),
    remediation=Text(
        "C’est le réglage d’origine de Windows. Donnez leur lecture au compte d’audit, puis relancez l’audit "
        ': dsacls "CN=Password Settings Container,CN=System,DC=hopital,DC=local" /I:T /G "DOMAINE\\compte:GR". '
        "Effet : ce compte voit les longueurs et durées exigées, aucun mot de passe. Pour revenir : la même "
        'commande avec /R "DOMAINE\\compte" au lieu de /G.',
        "That is how Windows comes. Grant their reading to the audit account, then run the audit again: "
        'dsacls "CN=Password Settings Container,CN=System,DC=hospital,DC=local" /I:T /G "DOMAIN\\account:GR". '
        "Effect: that account sees the lengths and ages asked for, no password. To go back: the same command "
        'with /R "DOMAIN\\account" instead of /G.',
    ),
    severity=Severity.INFO,
    refs=refs("anssi-ad:warning_password_policy_pso_missing@3"),
    check=check,
    reads=("domain",),
)
