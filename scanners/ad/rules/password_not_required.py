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
        "Donnez d’abord un mot de passe au compte (Set-ADAccountPassword COMPTE -Reset ; inutile pour une machine), "
        "puis : Set-ADAccountControl COMPTE -PasswordNotRequired $false. Effet : ce qui entrait avec un mot de passe "
        "vide ou l’ancien est à reconfigurer. Retour : la même commande avec $true ; l’ancien mot de passe ne "
        "revient pas seul.",
        "First give the account a password (Set-ADAccountPassword ACCOUNT -Reset; not needed for a machine), then: "
        "Set-ADAccountControl ACCOUNT -PasswordNotRequired $false. Effect: what came in with an empty password, or "
        "the old one, must be set up again. Back: the same command with $true; the old password does not come back "
        "by itself.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("pingcastle:S-PwdNotRequired", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
