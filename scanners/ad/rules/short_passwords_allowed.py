"""Seven characters are tried one after the other in hours, on any account of the hospital.

PingCastle A-MinPwdLen: less than 8 characters in the policy of the domain. When that policy applies to a privileged
account, vuln_privileged_members_password tells it and this rule keeps silent.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.ad.subjects import policies
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """The policy of the domain, when it applies to no privileged account known."""
    length = policies.domain_policy(facts).length
    short = length < policies.MIN_LENGTH
    users = facts.privileged & facts.users & facts.enabled
    failing = short and not policies.under_domain(facts, users).any()
    return of_domain(facts, failing, length=length, min_length=policies.MIN_LENGTH)


RULE = Rule(
    id="ad.short_passwords_allowed",
    title=Text(
        "Mots de passe courts admis dans le domaine",
        "Short passwords allowed in the domain",
    ),
    message=Text(
        "La politique de {subject} admet des mots de passe de {length} caractères (au moins {min_length}) "
        "pour les comptes ordinaires.",
        "The policy of {subject} allows passwords of {length} characters (at least {min_length}) for ordinary "
        "accounts.",
    ),
    remediation=Text(
        "Relevez la longueur dans la stratégie par défaut du domaine (Set-ADDefaultDomainPasswordPolicy "
        "-Identity hopital.local -MinPasswordLength 12), en prévenant les unités deux semaines avant et en "
        "traitant à part les comptes d’équipements biomédicaux. Effet : elle ne vaut qu’au prochain "
        "changement de chaque mot de passe. Pour revenir : la même commande avec l’ancienne valeur.",
        "Raise the length in the default domain policy (Set-ADDefaultDomainPasswordPolicy -Identity "
        "hospital.local -MinPasswordLength 12), telling the wards two weeks before and handling the accounts "
        "of medical devices apart. Effect: it only counts at the next change of each password. To go back: "
        "the same command with the former value.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:A-MinPwdLen", "attack:T1110"),
    check=check,
    reads=("domain",),
)
