"""A password kept for years has been typed, saved and shared on machines nobody remembers.

ANSSI warning_password_change: more than 3 years; it does not move the level. Privileged accounts
(vuln_password_change_priv), dormant ones (info_user_accounts_dormant) and those that log on by card have their own
rules.
"""

from __future__ import annotations

from scanners.ad.facts import UAC_SMARTCARD, DirectoryFacts
from scanners.ad.judging import older
from scanners.ad.subjects.dormancy import dormant
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 3 * 365


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users in use that are not privileged."""
    people = facts.users & facts.enabled & ~facts.privileged & ~facts.flag(UAC_SMARTCARD)
    return older(facts, people & ~dormant(facts), "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.password_age",
    title=Text(
        "Mot de passe ancien",
        "Old password",
    ),
    message=Text(
        "Le mot de passe de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The password of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Faites changer le mot de passe : pour une personne, Set-ADUser COMPTE -ChangePasswordAtLogon $true "
        "un jour où le support peut l’aider ; pour un service, avec ceux qui l’exploitent, ou passez à un "
        "gMSA. Un ancien mot de passe ne se remet pas : prévoyez le support.",
        "Have the password changed: for a person, Set-ADUser ACCOUNT -ChangePasswordAtLogon $true on a day "
        "when support can help; for a service, with those who run it, or move to a gMSA. A former password "
        "cannot be put back: plan the support.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_password_change@1"),
    check=check,
    reads=("domain",),
)
