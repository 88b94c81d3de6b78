"""A server renews its secret every 30 days; when it does not, it is cut off, cloned or restored.

ANSSI: 90 days at most (CERT-FR, vuln_password_change_server_no_change_90).
"""

from __future__ import annotations

from scanners.ad.facts import DirectoryFacts
from scanners.ad.judging import older
from scanners.model import Rule, Severity, Text, Verdict, refs

MAX_DAYS = 90


def check(facts: DirectoryFacts) -> Verdict:
    """Enabled servers other than controllers."""
    return older(facts, facts.servers & facts.enabled, "pwdLastSet", MAX_DAYS)


RULE = Rule(
    id="ad.server_password_age_90",
    title=Text(
        "Secret de serveur de plus de 90 jours",
        "Server secret older than 90 days",
    ),
    message=Text(
        "Le secret de {subject} date du {date} ({days} jours, {max_days} au plus).",
        "The secret of {subject} dates from {date} ({days} days, {max_days} at most).",
    ),
    remediation=Text(
        "Vérifiez le canal sécurisé (Test-ComputerSecureChannel -Repair) et que la stratégie « Désactiver les "
        "modifications de mot de passe du compte d’ordinateur » n’est pas active ; retirez du domaine ce qui "
        "n’existe plus. Sur le serveur : Reset-ComputerMachinePassword -Server DC1. Effet : les connexions se "
        "coupent quelques secondes. Retour : compte local (LAPS), puis Test-ComputerSecureChannel -Repair "
        "-Credential HOPITAL\\administrateur_nominatif.",
        "Check the secure channel (Test-ComputerSecureChannel -Repair) and that the policy “Disable machine account "
        "password changes” is off; remove from the domain what no longer exists. On the server: "
        "Reset-ComputerMachinePassword -Server DC1. Effect: connections are cut for a few seconds. Back: local "
        "account (LAPS), then Test-ComputerSecureChannel -Repair -Credential HOSPITAL\\named_administrator.",
    ),
    severity=Severity.HIGH,
    refs=refs("anssi-ad:vuln_password_change_server_no_change_90@2", "pingcastle:S-PwdLastSet-90"),
    check=check,
    reads=("domain",),
)
