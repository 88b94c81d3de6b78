"""A silo keeps the tickets of administrators on administration machines.

CERT-FR, vuln_silo_priv: every privileged user in an enforced authentication silo.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.ad.subjects.silos import in_enforced_silo
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users."""
    return verdict(facts, facts.privileged & facts.users & facts.enabled, ~in_enforced_silo(facts))


RULE = Rule(
    id="ad.privileged_outside_silo",
    title=Text(
        "Compte privilégié hors silo",
        "Privileged account outside of a silo",
    ),
    message=Text(
        "{subject} est privilégié sans être dans un silo d’authentification appliqué.",
        "{subject} is privileged without being in an enforced authentication silo.",
    ),
    remediation=Text(
        "Niveau 2012 R2 et blindage Kerberos actif (stratégie des contrôleurs et des postes) : créez une "
        "stratégie et un silo d’authentification limités aux postes d’administration, en audit d’abord "
        "(New-ADAuthenticationPolicy, New-ADAuthenticationPolicySilo), puis affectez-y les comptes et ces "
        "postes : Grant-ADAuthenticationPolicySiloAccess -Identity 'T0' -Account (Get-ADUser ADMIN), puis "
        "(Get-ADComputer POSTE-ADMIN) ; Set-ADUser ADMIN et Set-ADComputer POSTE-ADMIN, "
        "-AuthenticationPolicySilo 'T0'. Appliquez deux semaines après (Set-ADAuthenticationPolicySilo 'T0' "
        "-Enforce $true), si le journal AuthenticationPolicyFailures-DomainController est vide : ces comptes "
        "n’ouvriront plus de session ailleurs. Gardez un compte de secours. Retour : -Enforce $false.",
        "Level 2012 R2 and Kerberos armoring on (policy of controllers and workstations): create an "
        "authentication policy and silo limited to administration workstations, in audit mode first "
        "(New-ADAuthenticationPolicy, New-ADAuthenticationPolicySilo), then assign the accounts and these "
        "workstations: Grant-ADAuthenticationPolicySiloAccess -Identity 'T0' -Account (Get-ADUser ADMIN), then "
        "(Get-ADComputer ADMIN-STATION); Set-ADUser ADMIN and Set-ADComputer ADMIN-STATION, "
        "-AuthenticationPolicySilo 'T0'. Enforce two weeks later (Set-ADAuthenticationPolicySilo 'T0' -Enforce "
        "$true), if the log AuthenticationPolicyFailures-DomainController is empty: these accounts will log on "
        "nowhere else. Keep an emergency account. Back: -Enforce $false.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:vuln_silo_priv@4", "attack:T1550"),
    check=check,
    reads=(
        "domain",
        "configuration",
    ),
)
