"""A privileged password that never expires is never changed.

CERT-FR, vuln_dont_expire_priv: no privileged account may have the flag.
"""

from __future__ import annotations

from scanners.ad.facts import UAC_NEVER_EXPIRES, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged accounts."""
    return flagged(facts, facts.privileged_users & facts.enabled, UAC_NEVER_EXPIRES)


RULE = Rule(
    id="ad.privileged_never_expires",
    title=Text(
        "Compte privilégié au mot de passe sans expiration",
        "Privileged account whose password never expires",
    ),
    message=Text(
        "Le mot de passe du compte privilégié {subject} n’expire jamais.",
        "The password of the privileged account {subject} never expires.",
    ),
    remediation=Text(
        "Retirez l’option (Set-ADUser -PasswordNeverExpires $false) après avoir planifié le prochain changement ; "
        "pour un service, passez à un gMSA.",
        "Remove the option (Set-ADUser -PasswordNeverExpires $false) after planning the next change; for a "
        "service, move to a gMSA.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_dont_expire_priv@1", "pingcastle:P-ServiceDomainAdmin", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
