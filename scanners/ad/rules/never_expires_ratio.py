"""Passwords that never expire are an exception for services; beyond a tenth of the accounts they are the habit.

ANSSI: 10 % of enabled accounts at most (CERT-FR, vuln_dont_expire).
"""

from __future__ import annotations

from scanners.ad.facts import UAC_NEVER_EXPIRES, DirectoryFacts
from scanners.ad.judging import of_domain, readable
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_PERCENT = 10


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled user accounts of the domain, as one ratio."""
    users = facts.users & facts.enabled
    count, total = int((users & facts.flag(UAC_NEVER_EXPIRES)).sum()), int(users.sum())
    failing = count * 100 > total * MAX_PERCENT
    found = of_domain(facts, failing, accounts=count, total=total, max_percent=MAX_PERCENT)
    if not failing:
        readable(facts, users & facts.hidden)
    return Verdict(total, found.findings)


RULE = Rule(
    id="ad.never_expires_ratio",
    title=Text(
        "Trop de mots de passe sans expiration",
        "Too many passwords that never expire",
    ),
    message=Text(
        "Dans {subject}, {accounts} comptes actifs sur {total} ont un mot de passe sans expiration (au plus "
        "{max_percent} %).",
        "In {subject}, {accounts} of {total} enabled accounts have a password that never expires (at most "
        "{max_percent} %).",
    ),
    remediation=Text(
        "Listez-les (Get-ADUser -Filter 'PasswordNeverExpires -eq $true -and Enabled -eq $true' -Properties "
        "PasswordLastSet), puis retirez l’option par lots : Set-ADUser COMPTE -PasswordNeverExpires $false. Effet : "
        "un mot de passe plus vieux que la durée du domaine est à changer à la session suivante ; prévenez les "
        "services de soins, et commencez par les comptes de personnes. Remplacez les comptes de service par des "
        "gMSA. Retour : Set-ADUser COMPTE -PasswordNeverExpires $true.",
        "List them (Get-ADUser -Filter 'PasswordNeverExpires -eq $true -and Enabled -eq $true' -Properties "
        "PasswordLastSet), then remove the option in batches: Set-ADUser ACCOUNT -PasswordNeverExpires $false. "
        "Effect: a password older than the domain allows must be changed at the next session; warn the wards, and "
        "begin with accounts of people. Replace service accounts by gMSA. To go back: Set-ADUser ACCOUNT "
        "-PasswordNeverExpires $true.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_dont_expire@2", "pingcastle:S-PwdNeverExpires"),
    check=check,
    reads=("domain",),
    whole=True,
)
