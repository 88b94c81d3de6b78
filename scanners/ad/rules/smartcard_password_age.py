"""The hidden password of an account that logs on by card never changes by itself: its hash, once stolen, serves for
years.

PingCastle A-SmartCardRequired: older than 90 days on an account whose card is required.
"""

from __future__ import annotations

from scanners.ad.facts import UAC_SMARTCARD, DirectoryFacts
from scanners.ad.judging import in_doubt, older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 90


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users whose card is required."""
    found = older(facts, facts.users & facts.enabled & facts.flag(UAC_SMARTCARD), "pwdLastSet", MAX_DAYS)
    return in_doubt(facts, found, facts.users & facts.hidden)


RULE = Rule(
    id="ad.smartcard_password_age",
    title=Text(
        "Secret ancien derrière une carte à puce",
        "Old secret behind a smart card",
    ),
    message=Text(
        "{subject} se connecte par carte, mais son secret caché date du {date} ({days} jours, {max_days} au plus).",
        "{subject} logs on by card, but its hidden secret dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Au niveau fonctionnel 2016, faites renouveler le secret par le domaine "
        "(msDS-ExpirePasswordsOnSmartCardOnlyAccounts à TRUE sur la racine du domaine). Avant ce niveau, "
        "décochez puis recochez « carte à puce nécessaire » : Set-ADUser COMPTE -SmartcardLogonRequired "
        "$false, puis $true ; le secret est tiré au sort. Effet : aucun pour une personne qui utilise sa "
        "carte. L’ancien secret ne se remet pas.",
        "At functional level 2016, have the domain renew the secret "
        "(msDS-ExpirePasswordsOnSmartCardOnlyAccounts set to TRUE on the head of the domain). Below that "
        "level, untick then tick “smart card required”: Set-ADUser ACCOUNT -SmartcardLogonRequired $false, "
        "then $true; the secret is drawn at random. Effect: none for a person who uses the card. The former "
        "secret cannot be put back.",
    ),
    severity=Severity.LOW,
    refs=refs("pingcastle:A-SmartCardRequired", "attack:T1550.002"),
    check=check,
    reads=("domain",),
)
