"""A password kept in reversible form can be read in clear by whoever obtains a copy of the directory.

ANSSI warning_reversible_password: flag 0x80 on accounts that are not privileged, people and machines. It does not move
the level; privileged accounts have their own rule (vuln_reversible_password_priv_uac).
"""

from __future__ import annotations

from scanners.ad.facts import UAC_REVERSIBLE, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts of people, services and machines that are not privileged."""
    return flagged(facts, facts.enabled & ~facts.privileged_users, UAC_REVERSIBLE)


RULE = Rule(
    id="ad.reversible_password",
    title=Text(
        "Mot de passe réversible d’un compte ordinaire",
        "Reversible password of an ordinary account",
    ),
    message=Text(
        "Le mot de passe de {subject} est conservé sous une forme réversible.",
        "The password of {subject} is kept in reversible form.",
    ),
    remediation=Text(
        "Cherchez l’application qui l’exige (CHAP, authentification Digest) et faites-la changer. Puis "
        "Set-ADAccountControl COMPTE -AllowReversiblePasswordEncryption $false, et changez le mot de passe : "
        "l’ancien reste lisible jusque-là. Pour revenir : -AllowReversiblePasswordEncryption $true et un "
        "nouveau changement.",
        "Look for the application that asks for it (CHAP, Digest authentication) and have it changed. Then "
        "Set-ADAccountControl ACCOUNT -AllowReversiblePasswordEncryption $false, and change the password: the "
        "former one stays readable until then. To go back: -AllowReversiblePasswordEncryption $true and one "
        "more change.",
    ),
    severity=Severity.MEDIUM,
    refs=refs(
        "anssi-ad:warning_reversible_password@3",
        "pingcastle:S-Reversible",
        "pingcastle:S-C-Reversible",
        "attack:T1556.005",
    ),
    check=check,
    reads=("domain",),
)
