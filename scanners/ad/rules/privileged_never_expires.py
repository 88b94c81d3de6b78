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
        "Planifiez le prochain changement avec la personne, puis Set-ADUser COMPTE -PasswordNeverExpires $false ; "
        "pour un service, passez à un gMSA. Effet : un mot de passe plus vieux que la durée du domaine est à changer "
        "à la session suivante ; un service qui tourne sous ce compte échoue alors. Retour : Set-ADUser COMPTE "
        "-PasswordNeverExpires $true.",
        "Plan the next change with the person, then Set-ADUser ACCOUNT -PasswordNeverExpires $false; for a service, "
        "move to a gMSA. Effect: a password older than the domain allows must be changed at the next session; a "
        "service that runs under this account then fails. To go back: Set-ADUser ACCOUNT -PasswordNeverExpires $true.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_dont_expire_priv@1", "pingcastle:P-ServiceDomainAdmin", "attack:T1078.002"),
    check=check,
    reads=("domain",),
)
