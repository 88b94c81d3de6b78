"""A short minimum length lets privileged passwords be guessed.

ANSSI for privileged accounts: 8 characters at least and 3 years at most, in the policy that applies to each: a
fine-grained one (PSO), or that of the domain (CERT-FR, vuln_privileged_members_password). When PSO are not readable,
the weak policy of the domain is held against the accounts that show no sign of a PSO, as ANSSI does; a strong one
proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scanners.ad.columns import Mask
from scanners.ad.facts import DirectoryFacts
from scanners.ad.subjects import policies
from scanners.ad.subjects.policies import MAX_DAYS, MIN_LENGTH, Policy
from scanners.model import Finding, Rule, Scalar, Severity, Text, Verdict, refs

MOST_NAMES = 20


def check(facts: DirectoryFacts) -> Verdict:
    """The policies that apply to enabled privileged users."""
    users = facts.privileged & facts.users & facts.enabled
    findings = []
    domain, under = policies.domain_policy(facts), policies.under_domain(facts, users)
    if domain.weak and under.any():
        head = {"dn": facts.naming.root_dn}
        findings.append(Finding(facts.naming.domain, {**head, **_told(facts, domain, under)}))
        if policies.why_unreadable(facts) is not None:
            return Verdict(int(users.sum()), tuple(findings))
    pso = policies.effective(facts, users)
    for row in policies.pso_rows(facts):
        under, policy = users & (pso == row), policies.pso_policy(facts, row)
        if policy.weak and under.any():
            dn = facts.objects.dn[row]
            findings.append(Finding(dn, {"dn": dn, **_told(facts, policy, under)}))
    return Verdict(int(users.sum()), tuple(findings))


def _told(facts: DirectoryFacts, policy: Policy, under: Mask) -> Mapping[str, Scalar]:
    rows = np.flatnonzero(under).tolist()
    return {
        "length": policy.length,
        "days": policy.days,
        "min_length": MIN_LENGTH,
        "max_days": MAX_DAYS,
        "accounts": len(rows),
        "names": ", ".join(facts.subject(row) for row in rows[:MOST_NAMES]),
    }


RULE = Rule(
    id="ad.weak_password_policy",
    title=Text(
        "Politique de mots de passe faible pour des comptes privilégiés",
        "Weak password policy for privileged accounts",
    ),
    message=Text(
        "La politique de {subject}, qui s’applique à {accounts} compte(s) privilégié(s), demande {length} "
        "caractères (au moins {min_length}) et un changement tous les {days} jours (de 1 à {max_days} ; 0 : "
        "jamais).",
        "The policy of {subject}, which applies to {accounts} privileged account(s), asks for {length} "
        "characters (at least {min_length}) and a change every {days} days (1 to {max_days}; 0: never).",
    ),
    remediation=Text(
        "Créez une PSO pour les comptes privilégiés (14 caractères ou plus, un an) : New-ADFineGrainedPasswordPolicy "
        "PSO_Privilegies -Precedence 10 -MinPasswordLength 14 -MaxPasswordAge 365.00:00:00 -ComplexityEnabled $true "
        "-PasswordHistoryCount 24 -MinPasswordAge 1.00:00:00 -ReversibleEncryptionEnabled $false -LockoutThreshold "
        "10 -LockoutDuration 0:15 -LockoutObservationWindow 0:15 (une PSO remplace toute la politique), puis "
        "Add-ADFineGrainedPasswordPolicySubject PSO_Privilegies -Subjects GG_Privilegies (groupe global) ; vérifiez "
        "avec Get-ADUserResultantPasswordPolicy. Relevez ensuite la politique du domaine en prévenant les "
        "utilisateurs ; vérifiez les comptes d’équipements biomédicaux. Effet : les mots de passe plus vieux que la "
        "durée choisie sont à changer à la prochaine ouverture de session. Pour revenir : "
        "Remove-ADFineGrainedPasswordPolicySubject.",
        "Create a PSO for privileged accounts (14 characters or more, one year): New-ADFineGrainedPasswordPolicy "
        "PSO_Privileged -Precedence 10 -MinPasswordLength 14 -MaxPasswordAge 365.00:00:00 -ComplexityEnabled $true "
        "-PasswordHistoryCount 24 -MinPasswordAge 1.00:00:00 -ReversibleEncryptionEnabled $false -LockoutThreshold "
        "10 -LockoutDuration 0:15 -LockoutObservationWindow 0:15 (a PSO replaces the whole policy), then "
        "Add-ADFineGrainedPasswordPolicySubject PSO_Privileged -Subjects GG_Privileged (global group); check with "
        "Get-ADUserResultantPasswordPolicy. Then raise the domain policy after telling users; check the accounts of "
        "medical devices. Effect: passwords older than the age chosen must be changed at the next logon. To go back: "
        "Remove-ADFineGrainedPasswordPolicySubject.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_privileged_members_password@2", "pingcastle:A-MinPwdLen", "attack:T1110"),
    check=check,
    reads=("domain",),
)
