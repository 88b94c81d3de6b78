"""The flag lets an account have an empty password whatever the policy.

PingCastle rates it at maturity level 3 (S-PwdNotRequired).
"""

from __future__ import annotations

from scanners.ad.facts import UAC_PASSWORD_NOT_REQUIRED, UAC_TRUST_ACCOUNT, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users and computers; accounts of trusts carry the flag by nature."""
    return flagged(facts, facts.enabled & ~facts.flag(UAC_TRUST_ACCOUNT), UAC_PASSWORD_NOT_REQUIRED)


RULE = Rule(
    id="ad.password_not_required",
    title=Text(
        "Mot de passe facultatif",
        "Password not required",
    ),
    message=Text(
        "{subject} peut avoir un mot de passe vide.",
        "{subject} may have an empty password.",
    ),
    remediation=Text(
        "Retirez l’indicateur (Set-ADUser -PasswordNotRequired $false) et changez le mot de passe.",
        "Remove the flag (Set-ADUser -PasswordNotRequired $false) and change the password.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:S-PwdNotRequired", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
