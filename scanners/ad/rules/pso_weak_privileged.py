"""A weak fine-grained policy that names administrators waits for the day when no better one wins over it.

ANSSI warning_password_policy_pso_weak2; it does not move the level. PSO that name privileged accounts: those that keep
passwords in reversible form, and those that are too short or too long-lived but beaten by another policy. A weak one
that does apply is vuln_privileged_members_password.
"""

from __future__ import annotations

import numpy as np

from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects import policies
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """PSO that name an enabled privileged user, directly or through a group."""
    users = facts.privileged & facts.users & facts.enabled
    psos = policies.pso_rows(facts)
    named = policies.named_by(facts, users)
    applied = set(np.unique(policies.effective(facts, users)[users]).tolist())
    told_elsewhere = {row for row in psos if row in applied and policies.pso_policy(facts, row).weak}
    return policies.weak_ones(facts, [row for row in psos if named[row] and row not in told_elsewhere])


RULE = Rule(
    id="ad.pso_weak_privileged",
    title=Text(
        "Politique affinée faible visant des comptes privilégiés",
        "Weak fine-grained policy that names privileged accounts",
    ),
    message=Text(
        "{subject}, qui vise des comptes privilégiés, demande {length} caractères (au moins {min_length}) et "
        "un changement tous les {days} jours (de 1 à {max_days} ; 0 : jamais) ; mots de passe réversibles : "
        "{reversible}.",
        "{subject}, which names privileged accounts, asks for {length} characters (at least {min_length}) and "
        "a change every {days} days (1 to {max_days}; 0: never); reversible passwords: {reversible}.",
    ),
    remediation=Text(
        "Retirez les comptes privilégiés de cette politique (Remove-ADFineGrainedPasswordPolicySubject NOM "
        "-Subjects GROUPE) ou relevez-la (Set-ADFineGrainedPasswordPolicy NOM -MinPasswordLength 14 "
        "-MaxPasswordAge 365.00:00:00 -ReversibleEncryptionEnabled $false), puis changez les mots de passe "
        "qu’elle a laissés réversibles. Vérifiez avec Get-ADUserResultantPasswordPolicy. Pour revenir : "
        "Add-ADFineGrainedPasswordPolicySubject.",
        "Take privileged accounts out of that policy (Remove-ADFineGrainedPasswordPolicySubject NAME "
        "-Subjects GROUP) or raise it (Set-ADFineGrainedPasswordPolicy NAME -MinPasswordLength 14 "
        "-MaxPasswordAge 365.00:00:00 -ReversibleEncryptionEnabled $false), then change the passwords it left "
        "reversible. Check with Get-ADUserResultantPasswordPolicy. To go back: "
        "Add-ADFineGrainedPasswordPolicySubject.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:warning_password_policy_pso_weak2@3", "pingcastle:A-ReversiblePwd"),
    check=check,
    reads=("domain",),
)
