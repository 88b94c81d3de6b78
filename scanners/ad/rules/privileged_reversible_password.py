"""A password kept in reversible form can be read by whoever reads the database.

CERT-FR, vuln_reversible_password_priv_uac.
"""

from __future__ import annotations

from scanners.ad.facts import UAC_REVERSIBLE, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Privileged accounts."""
    return flagged(facts, facts.privileged_users, UAC_REVERSIBLE)


RULE = Rule(
    id="ad.privileged_reversible_password",
    title=Text(
        "Mot de passe privilégié réversible",
        "Reversible privileged password",
    ),
    message=Text(
        "Le mot de passe de {subject} est conservé sous une forme réversible.",
        "The password of {subject} is kept in reversible form.",
    ),
    remediation=Text(
        "Set-ADAccountControl COMPTE -AllowReversiblePasswordEncryption $false, puis changez le mot de passe : "
        "l’ancien reste lisible jusque-là. Effet : une authentification CHAP ou Digest (RADIUS, vieux VPN) de ce "
        "compte échoue. Retour : $true, puis un nouveau mot de passe.",
        "Set-ADAccountControl ACCOUNT -AllowReversiblePasswordEncryption $false, then change the password: the old "
        "one stays readable until then. Effect: CHAP or Digest authentication (RADIUS, old VPN) of that account "
        "fails. Back: $true, then a new password.",
    ),
    severity=Severity.MEDIUM,
    refs=refs("anssi-ad:vuln_reversible_password_priv_uac@3", "pingcastle:S-Reversible", "attack:T1556.005"),
    check=check,
    reads=("domain",),
)
