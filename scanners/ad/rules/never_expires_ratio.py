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
        "Retirez l’option par lots, en prévenant les services de soins et en commençant par les comptes de "
        "personnes ; remplacez les comptes de service par des gMSA.",
        "Remove the option in batches, telling the wards beforehand and starting with people’s accounts; replace "
        "service accounts by gMSA.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_dont_expire@2", "pingcastle:S-PwdNeverExpires"),
    check=check,
    reads=("domain",),
    whole=True,
)
