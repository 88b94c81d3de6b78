"""Service accounts whose password is typed once can bear long ones; nothing asks for it unless a policy does.

PingCastle A-NoServicePolicy, as far as LDAP goes: a PSO, or the policy of the domain, of 20 characters or more. Group
policies set no password length for accounts of the domain but at its head, whose result is read here.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import of_domain
from scanners.ad.subjects import policies
from scanners.model import Rule, Severity, Text, Verdict, refs

MIN_LENGTH = 20


def check(facts: DirectoryFacts) -> Verdict:
    """The longest length that a policy asks for."""
    longest = policies.domain_policy(facts).length
    if longest < MIN_LENGTH:
        longest = max((policies.pso_policy(facts, row).length for row in policies.pso_rows(facts)), default=longest)
    return of_domain(facts, longest < MIN_LENGTH, length=longest, min_length=MIN_LENGTH)


RULE = Rule(
    id="ad.no_service_password_policy",
    title=Text(
        "Pas de politique de mots de passe pour les services",
        "No password policy for services",
    ),
    message=Text(
        "Aucune politique de {subject} ne demande de mots de passe longs aux comptes de service ({length} "
        "caractères au plus, {min_length} attendus).",
        "No policy of {subject} asks service accounts for long passwords ({length} characters at most, "
        "{min_length} expected).",
    ),
    remediation=Text(
        "Créez une PSO pour un groupe global des comptes de service : New-ADFineGrainedPasswordPolicy PSO_Services "
        "-Precedence 20 -MinPasswordLength 30 -MaxPasswordAge 1095.00:00:00 -ComplexityEnabled $true "
        "-PasswordHistoryCount 24 -MinPasswordAge 1.00:00:00 -ReversibleEncryptionEnabled $false -LockoutThreshold "
        "10 -LockoutDuration 0:15 -LockoutObservationWindow 0:15 (une PSO remplace toute la politique), puis "
        "Add-ADFineGrainedPasswordPolicySubject PSO_Services -Subjects GG_Services. Elle ne vaut qu’au prochain "
        "changement de chaque mot de passe, que les exploitants planifient. Pour revenir : "
        "Remove-ADFineGrainedPasswordPolicySubject.",
        "Create a PSO for a global group of the service accounts: New-ADFineGrainedPasswordPolicy PSO_Services "
        "-Precedence 20 -MinPasswordLength 30 -MaxPasswordAge 1095.00:00:00 -ComplexityEnabled $true "
        "-PasswordHistoryCount 24 -MinPasswordAge 1.00:00:00 -ReversibleEncryptionEnabled $false -LockoutThreshold "
        "10 -LockoutDuration 0:15 -LockoutObservationWindow 0:15 (a PSO replaces the whole policy), then "
        "Add-ADFineGrainedPasswordPolicySubject PSO_Services -Subjects GG_Services. It only counts at the next "
        "change of each password, which those who run the services plan. To go back: "
        "Remove-ADFineGrainedPasswordPolicySubject.",
    ),
    severity=Severity.INFO,
    refs=refs("pingcastle:A-NoServicePolicy"),
    check=check,
    reads=("domain",),
)
