"""A password that never expires is often never changed, even after a leak.

ANSSI warning_dont_expire: the list of such accounts, below the threshold of vuln_dont_expire or beyond it. Privileged
accounts have their own rule (vuln_dont_expire_priv).
"""

from __future__ import annotations

from scanners.ad.facts import UAC_NEVER_EXPIRES, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled users that are not privileged."""
    return flagged(facts, facts.users & facts.enabled & ~facts.privileged, UAC_NEVER_EXPIRES)


RULE = Rule(
    id="ad.never_expires_accounts",
    title=Text(
        "Mot de passe sans expiration",
        "Password that never expires",
    ),
    message=Text(
        "Le mot de passe de {subject} n’expire jamais.",
        "The password of {subject} never expires.",
    ),
    remediation=Text(
        "Compte de personne : prévenez-la, puis Set-ADUser COMPTE -PasswordNeverExpires $false ; si le mot de "
        "passe est déjà trop vieux, il est demandé à la prochaine ouverture de session. Compte de service : "
        "remplacez-le par un gMSA, ou notez au registre qui le change et quand. Pour revenir : "
        "-PasswordNeverExpires $true.",
        "A person’s account: tell them, then Set-ADUser ACCOUNT -PasswordNeverExpires $false; if the password "
        "is already too old, it is asked for at the next logon. A service account: replace it by a gMSA, or "
        "write in the register who changes it and when. To go back: -PasswordNeverExpires $true.",
    ),
    severity=Severity.LOW,
    refs=refs("anssi-ad:warning_dont_expire@2"),
    check=check,
    reads=("domain",),
)
