"""A short minimum length lets passwords be guessed, for privileged accounts too when no PSO applies to them.

ANSSI for privileged accounts: 8 characters at least and 3 years at most (CERT-FR, vuln_privileged_members_password).
Judged on the policy of the domain; PSO are rarely readable with an ordinary account.
"""

from __future__ import annotations

from scanners.ad.columns import MISSING
from scanners.ad.facts import TICKS_PER_DAY, DirectoryFacts
from scanners.ad.judging import domain_setting, of_domain
from scanners.model import Rule, Severity, Text, Verdict, refs

MIN_LENGTH = 8
MAX_DAYS = 3 * 365


def check(facts: DirectoryFacts) -> Verdict:
    """The password policy of the domain. A maximum age of 0 or of the least 64-bit integer means none."""
    length, age = domain_setting(facts, "minPwdLength"), int(facts.objects.ints("maxPwdAge")[facts.domain_row])
    days = 0 if age == MISSING else -age // TICKS_PER_DAY
    failing = length < MIN_LENGTH or not 0 < days <= MAX_DAYS
    return of_domain(facts, failing, length=length, days=days, min_length=MIN_LENGTH, max_days=MAX_DAYS)


RULE = Rule(
    id="ad.weak_password_policy",
    title=Text(
        "Politique de mots de passe faible",
        "Weak password policy",
    ),
    message=Text(
        "La politique de {subject} demande {length} caractères (au moins {min_length}) et un changement tous les "
        "{days} jours (de 1 à {max_days} ; 0 : jamais).",
        "The policy of {subject} asks for {length} characters (at least {min_length}) and a change every {days} "
        "days (1 to {max_days}; 0: never).",
    ),
    remediation=Text(
        "Créez une PSO pour les comptes privilégiés (14 caractères ou plus, un an), puis relevez la politique du "
        "domaine en prévenant les utilisateurs ; vérifiez les comptes d’équipements biomédicaux.",
        "Create a PSO for privileged accounts (14 characters or more, one year), then raise the domain policy "
        "after telling users; check the accounts of medical devices.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_privileged_members_password@2", "pingcastle:A-MinPwdLen", "attack:T1110"),
    check=check,
    reads=("domain",),
)
