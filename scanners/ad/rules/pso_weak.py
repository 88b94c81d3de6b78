"""A weak fine-grained policy quietly exempts its accounts from what the domain asks for.

ANSSI warning_password_policy_pso_weak; it does not move the level. Weak: less than 8 characters, no change within 3
years, or passwords kept in reversible form. PSO that name privileged accounts have their own rules.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects import policies
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """PSO that name no enabled privileged user, directly or through a group."""
    privileged = policies.named_by(facts, facts.privileged & facts.users & facts.enabled)
    return policies.weak_ones(facts, [row for row in policies.pso_rows(facts) if not privileged[row]])


RULE = Rule(
    id="ad.pso_weak",
    title=Text(
        "Politique de mots de passe affinée faible",
        "Weak fine-grained password policy",
    ),
    message=Text(
        "{subject} demande {length} caractères (au moins {min_length}) et un changement tous les {days} jours "
        "(de 1 à {max_days} ; 0 : jamais) ; mots de passe réversibles : {reversible}.",
        "{subject} asks for {length} characters (at least {min_length}) and a change every {days} days (1 to "
        "{max_days}; 0: never); reversible passwords: {reversible}.",
    ),
    remediation=Text(
        "Relevez la politique (Centre d’administration Active Directory, System, Password Settings Container "
        "; ou Set-ADFineGrainedPasswordPolicy NOM -MinPasswordLength 12 -MaxPasswordAge 1095.00:00:00 "
        "-ReversibleEncryptionEnabled $false). Effet : les mots de passe trop vieux sont à changer à la "
        "prochaine ouverture de session ; prévenez les équipes et traitez les équipements biomédicaux à part. "
        "Pour revenir : la même commande avec les valeurs notées.",
        "Raise the policy (Active Directory Administrative Center, System, Password Settings Container; or "
        "Set-ADFineGrainedPasswordPolicy NAME -MinPasswordLength 12 -MaxPasswordAge 1095.00:00:00 "
        "-ReversibleEncryptionEnabled $false). Effect: passwords that are too old must be changed at the next "
        "logon; tell the teams and handle medical devices apart. To go back: the same command with the values "
        "noted.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_password_policy_pso_weak@3", "pingcastle:A-MinPwdLen", "pingcastle:A-ReversiblePwd"),
    check=check,
    reads=("domain",),
)
