"""Without pre-authentication anyone obtains material to guess the password offline (AS-REP roasting).

CERT-FR, vuln_kerberos_properties_preauth. The tolerance for long passwords under a PSO is not applied: PSO are rarely
readable.
"""

from __future__ import annotations

from scanners.ad.facts import UAC_NO_PREAUTH, DirectoryFacts
from scanners.ad.judging import flagged
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled accounts."""
    return flagged(facts, facts.enabled, UAC_NO_PREAUTH)


RULE = Rule(
    id="ad.without_preauth",
    title=Text(
        "Compte sans préauthentification Kerberos",
        "Account without Kerberos pre-authentication",
    ),
    message=Text(
        "N’importe qui peut obtenir de quoi deviner hors ligne le mot de passe de {subject}.",
        "Anyone can obtain what it takes to guess offline the password of {subject}.",
    ),
    remediation=Text(
        "Vérifiez d’abord les applications Unix ou Java anciennes, puis décochez « La préauthentification Kerberos "
        "n’est pas nécessaire » : Set-ADAccountControl COMPTE -DoesNotRequirePreAuth $false, et changez le mot de "
        "passe. Effet : un client qui ne préauthentifie pas ne se connecte plus. Retour : la même commande avec "
        "$true.",
        "First check old Unix or Java applications, then clear “Do not require Kerberos preauthentication”: "
        "Set-ADAccountControl ACCOUNT -DoesNotRequirePreAuth $false, and change the password. Effect: a client that "
        "does not pre-authenticate no longer logs on. Back: the same command with $true.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_kerberos_properties_preauth@2", "pingcastle:S-NoPreAuth", "attack:T1558.004"),
    check=check,
    reads=("domain",),
)
