"""A service name on a privileged account lets any user ask for a ticket and guess its password offline
(kerberoasting).

CERT-FR, vuln_spn_priv. Managed service accounts are left out: their password cannot be guessed.
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import verdict
from scanners.model import Rule, Severity, Text, Verdict, refs


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled privileged users."""
    services = facts.objects.texts("servicePrincipalName")
    return verdict(
        facts,
        facts.privileged_users & facts.users & facts.enabled,
        facts.having("servicePrincipalName"),
        lambda row: {
            "service": services[row][0],
            "services": len(services[row]),
            "password_set": facts.iso_date("pwdLastSet", row),
        },
    )


RULE = Rule(
    id="ad.privileged_spn",
    title=Text(
        "Compte privilégié portant un nom de service",
        "Privileged account with a service name",
    ),
    message=Text(
        "Tout utilisateur peut demander un ticket pour {service} et deviner hors ligne le mot de passe de {subject}.",
        "Any user may ask for a ticket for {service} and guess offline the password of {subject}.",
    ),
    remediation=Text(
        "Faites tourner le service sous un gMSA sans privilège et retirez le SPN du compte (setspn -D). En "
        "attendant, mot de passe aléatoire d’au moins 32 caractères et AES seul.",
        "Run the service under an unprivileged gMSA and remove the SPN from the account (setspn -D). Meanwhile, a "
        "random password of at least 32 characters and AES only.",
    ),
    severity=Severity.CRITICAL,
    refs=refs("anssi-ad:vuln_spn_priv@1", "pingcastle:P-Kerberoasting", "attack:T1558.003"),
    check=check,
    reads=("domain",),
)
